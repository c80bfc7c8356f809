"""How much the local store has still to tell W&B."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kedro_wandb.stores.base import Entry, Event, Version
from kedro_wandb.stores.local.store import LocalStore


@dataclass(frozen=True)
class Waiting:
    """What waits for an upload.

    Attributes:
        steps: That have ended and that W&B has not been told of in full.
        versions: Of them or with a waiting alias, that W&B is not known to have.
        bytes: Of the files of those versions and of the steps' images, each content once.
        aliases: That were moved.
    """

    steps: int
    versions: int
    bytes: int
    aliases: int


def waiting(store: LocalStore) -> Waiting:
    """Return what waits in a local store."""
    events = store.outbox.waiting_events()
    running = store.outbox.running()
    ended = [event for event in events if event.step not in running]
    aliases = store.outbox.waiting_aliases()
    named = {version.reference: version for _, _, version in aliases}
    named |= {event.version.reference: event.version for event in ended if event.version}
    unknown = [version for version in named.values() if store.outbox.remote_number(version) is None]
    sizes = {
        store.blob_path(entry.digest): entry.size or 0
        for version in unknown
        for entry in store.entries(version)
        if entry.ref is None
    }
    steps = {event.step for event in ended if event.step is not None}
    for image in (image for step in steps for image in store.outbox.images(step).values()):
        if image.path not in sizes and image.path.exists():
            sizes[image.path] = image.path.stat().st_size
    return Waiting(len(steps), len(unknown), sum(sizes.values()), len(aliases))


def unknown_bytes(store: LocalStore, events: Sequence[Event]) -> int:
    """Return the size of the versions of events that W&B is not known to have."""
    versions: dict[str, Version] = {
        event.version.reference: event.version for event in events if event.version is not None
    }
    unknown = (each for each in versions.values() if store.outbox.remote_number(each) is None)
    return sum(held_bytes(store.entries(each)) for each in unknown)


def held_bytes(entries: Iterable[Entry]) -> int:
    """Return the size of the files that the store holds; those of references are elsewhere."""
    return sum(entry.size or 0 for entry in entries if entry.ref is None)

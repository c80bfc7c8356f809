"""How much the local store has still to tell W&B."""

from __future__ import annotations

from dataclasses import dataclass

from kedro_wandb.stores.base import Version
from kedro_wandb.stores.local.store import LocalStore


@dataclass(frozen=True)
class Waiting:
    """What waits for an upload.

    Attributes:
        steps: That have ended and that W&B has not been told of in full.
        versions: Of them or with a waiting alias, that W&B is not known to have.
        bytes: Of the files of those versions and of the steps' images, each content once.
        aliases: That were moved by hand.
    """

    steps: int
    versions: int
    bytes: int
    aliases: int


def waiting(store: LocalStore) -> Waiting:
    """Return what waits in a local store."""
    steps, aliases = store.waiting(), store.waiting_aliases()
    named: dict[str, Version] = {version.reference: version for _, _, version in aliases}
    named |= {op.version.reference: op.version for step in steps for op in step.operations}
    unknown = [version for version in named.values() if store.remote_number(version) is None]
    sizes = {
        store.blob_path(entry.digest): entry.size or 0
        for version in unknown
        for entry in store.entries(version)
        if entry.ref is None
    }
    for image in (image for step in steps for image in step.media.values()):
        if image.path not in sizes and image.path.exists():
            sizes[image.path] = image.path.stat().st_size
    return Waiting(len(steps), len(unknown), sum(sizes.values()), len(aliases))

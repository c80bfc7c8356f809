"""What the tests say of steps that W&B has been told of, or has not."""

from __future__ import annotations

from collections.abc import Mapping

from kedro_wandb.stores.base import StepRecord
from kedro_wandb.stores.local.store import LocalStore


def ended(store: LocalStore) -> list[StepRecord]:
    """Return the steps that have ended and that W&B was not told of in full, oldest first."""
    waiting = {event.step for event in store.outbox.waiting_events()}
    return [
        each
        for each in reversed(store.steps())
        if each.state != "running" and each.step.id in waiting
    ]


def mark_synced(store: LocalStore, step: str, remote: Mapping[str, int]) -> None:
    """Remember that W&B has all of a step, and its numbers of versions by ours."""
    for reference, number in remote.items():
        store.outbox.note_remote(store.find(reference), number)
    store.outbox.mark_events_synced(
        event.number for event in store.outbox.waiting_events() if event.step == step
    )


def offline_folder(store: LocalStore, step: str) -> str | None:
    """Return the folder of a step's whole offline run."""
    with store.database.reading() as connection:
        row = connection.execute("SELECT offline_folder FROM steps WHERE id = ?", [step])
        folder: str | None = row.fetchone()["offline_folder"]
        return folder


def live(store: LocalStore) -> frozenset[str]:
    """Return the ids of the steps whose tracker lives: it holds the step's lock."""
    return store.locks.held(store.outbox.running())

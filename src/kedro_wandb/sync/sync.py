"""What was kept locally goes to W&B's server: replayed in its order, and told as done when seen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Event, Progress
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.sync.aliases import Aliases
from kedro_wandb.sync.bare import BareSteps
from kedro_wandb.sync.remote import Remotes
from kedro_wandb.sync.report import AliasReport, StepReport, SyncReport
from kedro_wandb.sync.steps import Replay
from kedro_wandb.sync.waiting import unknown_bytes

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.store import CloudStore

__all__ = ["AliasReport", "StepReport", "SyncReport", "sync"]

_LOCK = "sync.lock"
_LOCK_PATIENCE = 5.0
"""Seconds to wait for another sync."""


def sync(
    local: LocalStore,
    cloud: CloudStore,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    each: Callable[[StepReport], object] | None = None,
) -> SyncReport:
    """Tell W&B all that a local store has kept and W&B does not have.

    What happened is replayed in its order, as far as steps have ended; each event depends on
    earlier ones alone. It may be cut at any point and begun again. An event is told as done
    only when the server was seen to have it.

    Args:
        local: Where steps and versions were kept.
        cloud: Where they go.
        dry_run: Only tell what waits; nothing is asked of the server.
        progress: Called with numbers of bytes as they are sent.
        each: Called with the report of each step as soon as it is known.

    Returns:
        What became of each step and alias. No error of the server is raised.

    Raises:
        StoreUnavailableError: Another sync of this store is under way, or the local store
            can't be used.
    """
    if not local.folder.is_dir():
        return SyncReport()
    if dry_run:
        return _report(local, _ended(local), {}, [], "")
    with _alone(local.folder):
        events = _ended(local)
        if not events:
            return SyncReport()
        return _replay(local, cloud, events, progress or (lambda _: None), each or (lambda _: None))


def _ended(local: LocalStore) -> list[Event]:
    """Return what happened in steps that have ended, and by hand."""
    local.outbox.recover()
    running = local.outbox.running()
    events = local.outbox.waiting_events()
    running |= local.outbox.running()  # one may have begun or ended meanwhile
    return [event for event in events if event.step not in running]


def _replay(
    local: LocalStore,
    cloud: CloudStore,
    events: Sequence[Event],
    progress: Progress,
    each: Callable[[StepReport], object],
) -> SyncReport:
    told: dict[str, StepReport] = {}
    aliases: list[AliasReport] = []
    problem = ""
    last = {event.step: event.number for event in events}
    names = {event.version.name for event in events if event.version is not None}
    try:
        remotes = Remotes(cloud, sorted(names))
        moves = Aliases(local, cloud, remotes, events)
        replay = Replay(local, cloud, remotes, moves, BareSteps(local, cloud, events), progress)
        for event in events:
            if event.step is None:
                moves.note(event)
                continue
            replay.tell(event)
            if event.number == last[event.step]:
                told[event.step] = replay.end(event.step)
                each(told[event.step])
        aliases.extend(moves.settle())
    except StoreUnavailableError as error:
        problem = str(error)
        cloud.abandon()  # else the SDK's core would go on with the runs that are open
    except BaseException:
        cloud.abandon()
        raise
    return _report(local, events, told, aliases, problem)


def _report(
    local: LocalStore,
    events: Sequence[Event],
    told: dict[str, StepReport],
    aliases: Sequence[AliasReport],
    problem: str,
) -> SyncReport:
    """Return a report in which what was not tried waits."""
    steps = dict.fromkeys(event.step for event in events if event.step is not None)
    named = {each.alias for each in aliases}
    moved = [
        (f"{name}:{alias}", version) for name, alias, version in local.outbox.waiting_aliases()
    ]
    return SyncReport(
        tuple(told.get(step) or _waits(local, step, events) for step in steps),
        (
            *aliases,
            *(
                AliasReport(alias, version.reference, "waiting")
                for alias, version in moved
                if alias not in named
            ),
        ),
        problem,
    )


def _waits(local: LocalStore, step: str, events: Sequence[Event]) -> StepReport:
    of_step = [event for event in events if event.step == step]
    return StepReport(local.step(step).step, "waiting", bytes=unknown_bytes(local, of_step))


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a store's syncs.

    Raises:
        StoreUnavailableError: Another one holds it.
    """
    lock = FileLock(folder / _LOCK, timeout=_LOCK_PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        msg = f"Another sync of {folder} is under way; wait for its end."
        raise StoreUnavailableError(msg) from None
    try:
        yield
    finally:
        lock.release()

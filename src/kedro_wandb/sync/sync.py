"""What was kept locally goes to W&B's server: in order, once, and only told as done when seen."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from kedro_wandb.errors import StoreUnavailableError, TrackingError
from kedro_wandb.stores.base import Progress, Version
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.waiting import WaitingStep
from kedro_wandb.stores.wandb.checking import CloudChecker
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.report import AliasReport, Result, StepReport, SyncReport
from kedro_wandb.sync.steps import PostponedError, StepSync
from kedro_wandb.sync.uploading import Uploader

__all__ = ["AliasReport", "StepReport", "SyncReport", "sync"]

_LOCK = "sync.lock"
_LOCK_PATIENCE = 5.0
"""Seconds to wait for another sync; one that was killed may leave an upload that ends soon."""


def sync(
    local: LocalStore,
    cloud: CloudStore,
    environment: Mapping[str, str],
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    each: Callable[[StepReport], object] | None = None,
) -> SyncReport:
    """Tell W&B all that a local store has kept and W&B does not have.

    It may be cut at any point and begun again. A step is told as done only when the server
    was seen to have its run, its versions by their digests, its inputs and outputs.

    Args:
        local: Where steps and versions were kept.
        cloud: Where they go.
        environment: Of the processes that upload: the server's address and the key.
        dry_run: Only tell what waits; nothing is asked of the server.
        progress: Called with numbers of bytes as they are sent.
        each: Called with the report of each step as soon as it is known.

    Returns:
        What became of each step and alias. No error of the server is raised.

    Raises:
        StoreUnavailableError: Another sync of this store is under way, or the local store
            can't be used.
    """
    if dry_run or not local.folder.is_dir():
        return _preview(local)
    with _alone(local.folder) as lock:
        waiting = in_order(local.waiting())
        if not waiting and not local.waiting_aliases():
            return SyncReport()
        return _Sync(local, cloud, each or (lambda _: None)).run(
            waiting, environment, lock, progress or (lambda _: None)
        )


class _Sync:
    """One sync, under its lock."""

    def __init__(
        self, local: LocalStore, cloud: CloudStore, each: Callable[[StepReport], object]
    ) -> None:
        self._local, self._cloud, self._each = local, cloud, each
        self._checker = CloudChecker.of(cloud)
        self._steps: list[StepReport] = []
        self._aliases: list[AliasReport] = []

    def run(
        self,
        waiting: Sequence[WaitingStep],
        environment: Mapping[str, str],
        lock: int,
        progress: Progress,
    ) -> SyncReport:
        problem = ""
        try:
            entity = self._checker.entity()
            folder = self._local.folder
            uploader = Uploader(environment, self._cloud.project, entity, folder, [lock])
            teller = StepSync(self._local, self._cloud, self._checker, uploader, progress)
            self._tell_steps(waiting, teller)
            self._tell_aliases()
        except StoreUnavailableError as error:
            problem = str(error)
        told = {report.step.id for report in self._steps}
        rest = [_waits(self._local, each) for each in waiting if each.record.step.id not in told]
        named = {report.alias for report in self._aliases}
        aliases = [each for each in _waiting_aliases(self._local) if each.alias not in named]
        return SyncReport((*self._steps, *rest), (*self._aliases, *aliases), problem)

    def _tell_steps(self, waiting: Sequence[WaitingStep], teller: StepSync) -> None:
        unfinished = {each.record.step.id for each in waiting} | self._local.running()
        for step in waiting:
            report = self._told(step, teller, unfinished)
            self._steps.append(report)
            self._each(report)
            if report.result == "failed":
                self._recover()
            elif report.result != "waiting":
                unfinished.discard(step.record.step.id)

    def _told(self, step: WaitingStep, teller: StepSync, unfinished: Collection[str]) -> StepReport:
        try:
            return teller.tell(step, unfinished)
        except PostponedError as error:
            return StepReport(step.record.step, "waiting", str(error))
        except (TrackingError, OSError, ValueError) as error:
            return StepReport(step.record.step, "failed", str(error))
        except BaseException:
            self._cloud.abandon()
            raise

    def _recover(self) -> None:
        """Get ready for what follows a failure, if the server answers at all.

        Raises:
            StoreUnavailableError: It does not.
        """
        # Both connections go through the SDK's core, and would miss it if it went first.
        self._cloud.close()
        self._checker.close()
        self._cloud.abandon()
        self._checker.entity()

    def _tell_aliases(self) -> None:
        for name, alias, version in self._local.waiting_aliases():
            said = f"{name}:{alias}", version.reference
            try:
                self._aliases.append(AliasReport(*said, *self._told_alias(name, alias, version)))
            except TrackingError as error:
                self._aliases.append(AliasReport(*said, "failed", str(error)))
                self._recover()

    def _told_alias(self, name: str, alias: str, version: Version) -> tuple[Result, str]:
        if self._checker.counterpart(version) is None:
            return "waiting", "W&B does not have that version yet"
        there = self._has_alias(version, alias)
        if not there:
            self._cloud.set_alias(version, alias)
            if not self._has_alias(version, alias):
                return "failed", "W&B took it without an error, but lacks it"
        self._local.mark_alias_synced(name, alias, version)
        return "already there" if there else "uploaded", ""

    def _has_alias(self, version: Version, alias: str) -> bool:
        holder = self._checker.holder(version.type, version.name, alias)
        return holder is not None and holder.digest == version.digest


def in_order(waiting: Sequence[WaitingStep]) -> list[WaitingStep]:
    """Return steps so that versions come after lower ones, and uses after what made them.

    Where that is impossible, and otherwise, the older step comes first.
    """
    makers: dict[str, str] = {}
    for step in waiting:
        for operation in step.operations:
            version = operation.version
            makers.setdefault(version.reference, version.step or step.record.step.id)
    rest, ordered = {each.record.step.id: each for each in waiting}, []
    needs = {id_: _needs(step, makers) - {id_} for id_, step in rest.items()}
    while rest:
        free = (id_ for id_ in rest if not needs[id_] & rest.keys())
        ordered.append(rest.pop(next(free, next(iter(rest)))))
    return ordered


def _needs(step: WaitingStep, makers: Mapping[str, str]) -> set[str]:
    """Return the ids of the steps whose versions precede those of a step."""
    found = set()
    for operation in step.operations:
        name, number = operation.version.name, operation.version.number
        references = (f"{name}:v{each}" for each in range(number + 1))
        found |= {makers[each] for each in references if each in makers}
    return found


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Hold the lock of a store's syncs, which the uploads of a killed one hold until they end.

    Raises:
        StoreUnavailableError: Another one holds it.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT)
    give_up = time.monotonic() + _LOCK_PATIENCE
    try:
        while not _locked(descriptor):
            if time.monotonic() > give_up:
                msg = f"Another sync of {folder} is under way; wait for its end."
                raise StoreUnavailableError(msg)
            time.sleep(0.1)
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _preview(local: LocalStore) -> SyncReport:
    waiting = in_order(local.waiting())
    return SyncReport(
        tuple(_waits(local, each) for each in waiting), tuple(_waiting_aliases(local))
    )


def _waits(local: LocalStore, step: WaitingStep) -> StepReport:
    versions = {each.version.reference: each.version for each in step.operations}
    unknown = [each for each in versions.values() if local.remote_number(each) is None]
    return StepReport(step.record.step, "waiting", bytes=sum(each.size for each in unknown))


def _waiting_aliases(local: LocalStore) -> list[AliasReport]:
    return [
        AliasReport(f"{name}:{alias}", version.reference, "waiting")
        for name, alias, version in local.waiting_aliases()
    ]

"""The files that a run read or wrote, as entries of an artifact."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kedro_wandb.errors import FileChangedError
from kedro_wandb.protocol.marks import ITSELF, marks, written
from kedro_wandb.protocol.plan import DatasetPlan, Mark
from kedro_wandb.stores.base import Source


class NothingToLogError(Exception):
    """There is no file; the text says why."""


def sources_written(plan: DatasetPlan, saved: Iterable[str] | None = None) -> tuple[Source, ...]:
    """Return the files that a run wrote to a dataset.

    Args:
        plan: A dataset on this machine.
        saved: Ids of the partitions that were seen to be saved; ``None`` if unknown.

    Raises:
        NothingToLogError: There is none that this run wrote.
    """
    now = marks(plan.where, plan.suffix)
    changed = written(plan.marks, now)
    if not changed and saved is None:
        msg = "not written by this run"
        raise NothingToLogError(msg)
    if plan.kind == "partitions":
        names = set(changed) | {f"{each}{plan.suffix}" for each in saved or ()}
        return _sources(plan, [name for name in now if name in names])
    return _sources(plan, list(now))


def sources_read(plan: DatasetPlan, read: Iterable[str] | None = None) -> tuple[Source, ...]:
    """Return the files of a dataset that a run reads, as they were when it began.

    Args:
        plan: A dataset on this machine.
        read: Ids of the partitions that were read; ``None`` if unknown, then all are.

    Raises:
        NothingToLogError: There is none.
        FileChangedError: A file is not as it was when the run began.
    """
    names = list(plan.marks)
    if plan.kind == "partitions" and read is not None:
        wanted = {f"{each}{plan.suffix}" for each in read}
        names = [name for name in names if name in wanted]
    now = marks(plan.where, plan.suffix)
    for name in names:
        _check_unchanged(plan, name, now)
    return _sources(plan, names)


def _check_unchanged(plan: DatasetPlan, name: str, now: dict[str, Mark]) -> None:
    if now.get(name) != plan.marks[name]:
        msg = f"{name or plan.dataset} changed while the run was reading it"
        raise FileChangedError(msg)


def _sources(plan: DatasetPlan, names: list[str]) -> tuple[Source, ...]:
    if not names:
        msg = "there is no file"
        raise NothingToLogError(msg)
    folder = Path(plan.where)
    if names == [ITSELF]:
        return (Source(name=folder.name, path=folder),)
    return tuple(Source(name=name, path=folder / name) for name in sorted(names))

"""The files that a run read or wrote, as drafts of artifacts with what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kedro_wandb.errors import FileChangedError, NothingToLogError
from kedro_wandb.protocol.marks import ITSELF, marks, written
from kedro_wandb.protocol.plan import LOCAL_KINDS, DatasetPlan, Mark
from kedro_wandb.stores.base import Draft, Progress, Source
from kedro_wandb.stores.digests import file_digest, manifest_digest
from kedro_wandb.stores.fetching import CHECKOUTS
from kedro_wandb.stores.withheld import withheld
from kedro_wandb.tracker.facts import table_facts
from kedro_wandb.tracker.remote import remote_sources


def draft_read(
    plan: DatasetPlan, partitions: Iterable[str] | None, tick: Progress | None = None
) -> Draft:
    """Return what a run read from a dataset.

    Args:
        plan: The dataset.
        partitions: Ids of those that were read; ``None`` if unknown.
        tick: Called with 0 while a remote filesystem is asked.

    Raises:
        NothingToLogError: There is no file.
        FileChangedError: A file is not as it was when the run began.
        OSError: A remote filesystem can't be asked.
    """
    _check_kind(plan)
    if _is_here(plan):
        return _draft(plan, sources_read(plan, partitions), {}, tick)
    return _draft(plan, remote_sources(plan, partitions, tick=tick), {})


def draft_offered(
    plan: DatasetPlan, offered: Iterable[str], written: Draft, tick: Progress | None = None
) -> Draft:
    """Return the partitions that a node could read, some of which the same run has written.

    Args:
        plan: The dataset.
        offered: Ids of those that could be read.
        written: What the run has written.
        tick: Called with 0 while a remote filesystem is asked.

    Raises:
        NothingToLogError: There is none.
        FileChangedError: One that the run has not written is not as it was when it began.
        OSError: A remote filesystem can't be asked.
    """
    _check_kind(plan)
    if not _is_here(plan):
        return _draft(plan, remote_sources(plan, offered, tick=tick), {})
    wanted = {f"{each}{plan.suffix}" for each in offered}
    now = marks(plan.where, plan.suffix)
    fresh = {source.name for source in written.sources}
    for name in wanted - fresh:
        _check_unchanged(plan, name, now)
    return _draft(plan, _sources(plan, [name for name in now if name in wanted]), {})


def offered_beside(plan: DatasetPlan, offered: Iterable[str], written: Draft) -> tuple[str, ...]:
    """Return the ids of the partitions that were offered, unless a run has just written those.

    Args:
        plan: The dataset.
        offered: Ids of those that could be read.
        written: What the run has written.
    """
    beside = {f"{each}{plan.suffix}": each for each in offered}
    if plan.kind == "partitions":  # a class may have ids that are no names of files
        there = {*plan.marks, *marks(plan.where, plan.suffix)}
        beside = {name: each for name, each in beside.items() if name in there}
    is_same = beside.keys() == {source.name for source in written.sources}
    return () if is_same else tuple(beside.values())


def draft_checked_out(plan: DatasetPlan, store: Path, tick: Progress | None = None) -> Draft:
    """Return a version that the run has loaded from another store than the present one.

    Args:
        plan: A dataset whose ``reference`` names a digest.
        store: Folder of the local store, where loaded versions are checked out.
        tick: Called with 0 for each piece that was read, as a sign of life.

    Raises:
        NothingToLogError: Its files are not there, or are not what the digest says.
    """
    name, _, digest = (plan.reference or "").partition(":")
    folder = store / CHECKOUTS / name / digest
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))
             if path.is_file()}  # fmt: skip
    alive = _alive(tick)
    digests = {entry: file_digest(path, alive) for entry, path in files.items()}
    if manifest_digest(digests) != digest:
        msg = f"{plan.where} is not in this store, and was not fetched whole from the other one"
        raise NothingToLogError(msg)
    sources = tuple(Source(entry, path) for entry, path in files.items())
    return Draft(name, plan.type, sources)


def draft_written(
    plan: DatasetPlan,
    partitions: Iterable[str] | None,
    started: float,
    facts: Mapping[str, Any],
    tick: Progress | None = None,
    left: Mapping[str, Mark] | None = None,
) -> Draft:
    """Return what a run wrote to a dataset.

    Args:
        plan: The dataset.
        partitions: Ids of those that were seen to be saved, empty for a dataset without
            any; ``None`` if no save was seen.
        started: When the run began, seconds since the epoch.
        facts: Further metadata.
        tick: Called with 0 while a remote filesystem is asked.
        left: Marks of its files as the run left them, if that is some time ago.

    Raises:
        NothingToLogError: There is no file that this run wrote.
        FileChangedError: A file was overwritten since.
        OSError: A remote filesystem can't be asked.
    """
    _check_kind(plan)
    if _is_here(plan):
        return _draft(plan, sources_written(plan, partitions, left), facts, tick)
    names = list(partitions or ()) or None
    sources = remote_sources(plan, names, None if names else started, tick)
    return _draft(plan, sources, facts)


def _is_here(plan: DatasetPlan) -> bool:
    return plan.kind in LOCAL_KINDS


def _check_kind(plan: DatasetPlan) -> None:
    if plan.kind in {"none", "artifact"}:
        raise NothingToLogError(plan.reason or "read from the store, never written")


def _alive(tick: Progress | None) -> Callable[[object], object]:
    """Return what makes a sign of life of each piece that was read."""
    return lambda _: tick and tick(0)


def _draft(
    plan: DatasetPlan,
    sources: tuple[Source, ...],
    facts: Mapping[str, Any],
    tick: Progress | None = None,
) -> Draft:
    files = [source.path for source in sources if source.path is not None]
    layout = "file" if files in ([Path(plan.where)], [Path(plan.copy_at)]) else "folder"
    size = sum(file.stat().st_size for file in files)
    known = {"layout": layout, "size": size}
    if plan.is_withheld:
        known["content"] = plan.content
        sources = tuple(withheld(each, plan.artifact, _alive(tick)) for each in sources)
    else:
        known |= table_facts(files, tick)
    return Draft(
        name=plan.artifact,
        type=plan.type,
        sources=sources,
        description=plan.description,
        metadata={**plan.metadata, **known, **facts},
        aliases=plan.aliases,
    )


def sources_written(
    plan: DatasetPlan,
    saved: Iterable[str] | None = None,
    left: Mapping[str, Mark] | None = None,
) -> tuple[Source, ...]:
    """Return the files that a run wrote to a dataset.

    Args:
        plan: A dataset on this machine.
        saved: Ids of the partitions that were seen to be saved; ``None`` if unknown.
        left: Marks as the run left them, if that is some time ago.

    Raises:
        NothingToLogError: There is none that this run wrote.
        FileChangedError: One was overwritten since.
    """
    now = marks(plan.where, plan.suffix)
    changed = written(plan.marks, now)
    if not changed and saved is None:
        msg = "not written by this run"
        raise NothingToLogError(msg)
    names = list(now)
    if plan.kind == "partitions":
        wanted = set(changed) | {f"{each}{plan.suffix}" for each in saved or ()}
        names = [name for name in now if name in wanted]
    changed = [name for name in names if left is not None and left.get(name) != now[name]]
    if changed:
        msg = f"{changed[0] or plan.dataset} was overwritten before it was stored"
        raise FileChangedError(msg)
    return _sources(plan, names)


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
        names = [name for name in names if name in wanted] if wanted else []
        if not wanted and plan.marks:
            msg = "nothing new: no partition of it was offered"
            raise NothingToLogError(msg)
        names = names or list(plan.marks)  # ids that are no names of files: all may have been read
    if plan.copy_at:
        return _sources(plan, names, Path(plan.copy_at))
    now = marks(plan.where, plan.suffix)
    for name in names:
        _check_unchanged(plan, name, now)
    return _sources(plan, names)


def _check_unchanged(plan: DatasetPlan, name: str, now: dict[str, Mark]) -> None:
    if name not in plan.marks or now.get(name) != plan.marks[name]:
        msg = f"{name or plan.dataset} changed while the run was reading it"
        raise FileChangedError(msg)


def _sources(plan: DatasetPlan, names: list[str], at: Path | None = None) -> tuple[Source, ...]:
    if not names:
        msg = "there is no file"
        raise NothingToLogError(msg)
    folder = Path(plan.where)
    if names == [ITSELF]:
        return (Source(name=folder.name, path=at or folder),)
    return tuple(Source(name=name, path=(at or folder) / name) for name in sorted(names))

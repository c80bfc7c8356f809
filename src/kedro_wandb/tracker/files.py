"""Datasets of a run as drafts of artifacts: their files, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.stores.base import Draft, Progress, Source
from kedro_wandb.tracker.facts import table_facts
from kedro_wandb.tracker.remote import remote_sources
from kedro_wandb.tracker.sources import NothingToLogError, sources_read, sources_written


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
        return _draft(plan, sources_read(plan, partitions), {})
    return _draft(plan, remote_sources(plan, partitions, tick=tick), {})


def draft_written(
    plan: DatasetPlan,
    partitions: Iterable[str] | None,
    started: float,
    facts: Mapping[str, Any],
    tick: Progress | None = None,
) -> Draft:
    """Return what a run wrote to a dataset.

    Args:
        plan: The dataset.
        partitions: Ids of those that were seen to be saved, empty for a dataset without
            any; ``None`` if no save was seen.
        started: When the run began, seconds since the epoch.
        facts: Further metadata.
        tick: Called with 0 while a remote filesystem is asked.

    Raises:
        NothingToLogError: There is no file that this run wrote.
        OSError: A remote filesystem can't be asked.
    """
    _check_kind(plan)
    if _is_here(plan):
        return _draft(plan, sources_written(plan, partitions), facts)
    names = list(partitions or ()) or None
    sources = remote_sources(plan, names, None if names else started, tick)
    return _draft(plan, sources, facts)


def _is_here(plan: DatasetPlan) -> bool:
    return plan.kind in {"path", "partitions"}


def _check_kind(plan: DatasetPlan) -> None:
    if plan.kind in {"none", "artifact"}:
        raise NothingToLogError(plan.reason or "read from the store, never written")


def _draft(plan: DatasetPlan, sources: tuple[Source, ...], facts: Mapping[str, Any]) -> Draft:
    files = [source.path for source in sources if source.path is not None]
    layout = "file" if files == [Path(plan.where)] else "folder"
    size = sum(file.stat().st_size for file in files)
    return Draft(
        name=plan.artifact,
        type=plan.type,
        sources=sources,
        description=plan.description,
        metadata={**plan.metadata, "layout": layout, "size": size, **table_facts(files), **facts},
        aliases=plan.aliases,
    )

"""What W&B's server told of versions and steps, as records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kedro_wandb.stores.base import (
    LATEST,
    State,
    Step,
    StepRecord,
    Version,
)
from kedro_wandb.stores.wandb.keys import ENDED, FINISHED, RUN_ID, STARTED

if TYPE_CHECKING:
    import wandb
    from wandb.apis.public import Run

_OF_WANDB = ("job", "wandb-")
"""Types, and beginnings of types, of what W&B logs by itself."""

_STATES: Mapping[str, State] = {
    "running": "running",
    "pending": "running",
    "finished": "finished",
    "crashed": "killed",
    "killed": "killed",
}
_FAILURES: Mapping[str, State] = {
    "failed": "failed",
    "interrupted": "interrupted",
    "killed": "killed",
}


def told(artifact: wandb.Artifact, step: str | None = None) -> Version:
    """Return a version as the public API tells it.

    Args:
        artifact: Of the public API.
        step: Who made it, if that is known.
    """
    return Version(
        name=artifact.name.partition(":")[0],
        type=artifact.type,
        number=number_of(artifact),
        digest=artifact.digest,
        size=artifact.size,
        aliases=_latest_first(artifact.aliases),
        description=artifact.description or "",
        metadata=artifact.metadata,
        created=artifact.created_at,
        step=step,
    )


def told_by_node(node: Mapping[str, Any]) -> Version:
    """Return a version as GraphQL tells it; what was not asked for is empty."""
    name = node["artifactSequence"]["name"]
    # Those of other collections that link to the version are not its own.
    aliases = [
        each["alias"]
        for each in node["aliases"]
        if (each["artifactCollection"] or {}).get("name") == name
    ]
    return Version(
        name=name,
        type=node["artifactType"]["name"],
        number=node["versionIndex"],
        digest=node["digest"],
        size=int(node["size"]),
        aliases=_latest_first(aliases),
        description=node.get("description") or "",
        metadata=json.loads(node.get("metadata") or "{}"),
        created=node["createdAt"],
        step=(node["createdBy"] or {}).get("name"),
    )


def _latest_first(aliases: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(aliases, key=lambda alias: (alias != LATEST, alias)))


def told_with_maker(artifact: wandb.Artifact) -> Version:
    """Return a version with the run that made it, which costs another request."""
    run = artifact.logged_by()
    return told(artifact, None if run is None else run.id)


def number_of(artifact: wandb.Artifact) -> int:
    """Return 3 for ``v3``."""
    return int(artifact.version.removeprefix("v"))


def is_ours(kind: str) -> bool:
    """Return whether artifacts of a type are not what W&B logs by itself."""
    return not kind.startswith(_OF_WANDB)


def record_of(run: Run, *, is_whole: bool = False) -> StepRecord:
    """Return the step that a run is.

    Args:
        run: Of the public API.
        is_whole: Whether its config and summary have just been told with it.
    """
    if not is_whole:
        run.load_full_data(force=True)
    config, summary = dict(run.config), dict(run.summary)
    state = state_of(run)
    started, finished = _times(config.pop(STARTED, None), summary, run.created_at, run.heartbeat_at)
    step = Step(
        run_id=str(config.pop(RUN_ID, "")),
        id=run.id,
        job_type=run.job_type or "",
        experiment=run.group or "",
        name=run.name or "",
        config=config,
        tags=tuple(run.tags or ()),
        started=started,
    )
    ended = None if state == "running" else finished
    return StepRecord(step, state, ended, run.url, _numbers(summary))


def record_by_node(node: Mapping[str, Any], url: str) -> StepRecord:
    """Return the step that a run is, as GraphQL tells it, without its config and summary."""
    config = config_by_node(node)
    summary = json.loads(node["summaryMetrics"] or "{}")
    state = told_state(node["state"], summary.get(ENDED))
    stamps = node["createdAt"], node["heartbeatAt"]
    started, finished = _times(config.get(STARTED), summary, *stamps)
    step = Step(
        run_id=str(config.get(RUN_ID, "")),
        id=node["name"],
        job_type=node["jobType"] or "",
        experiment=node["group"] or "",
        name=node["displayName"] or "",
        started=started,
    )
    return StepRecord(step, state, None if state == "running" else finished, url)


def config_by_node(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a run's config, as GraphQL tells it."""
    config = json.loads(node["config"] or "{}")
    return {key: each["value"] for key, each in config.items() if "value" in each}


def _times(
    started: object, summary: Mapping[str, Any], created: str, heartbeat: str
) -> tuple[float, float]:
    """Return when a step began and ended; the server's own stamps are those of the upload."""
    return _moment(started, created), _moment(summary.get(FINISHED), heartbeat)


def _moment(told_by_us: object, stamp: str) -> float:
    try:
        return seconds_of(str(told_by_us))
    except ValueError:  # of a run that something else made, or edited
        return seconds_of(stamp)


def _numbers(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return a run's metrics; W&B tells NaN and infinity as texts."""
    told_numbers = {key: value for key, value in summary.items() if not key.startswith("_")}
    return {key: float(value) for key, value in told_numbers.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value in {"NaN", "Infinity", "-Infinity"}
    return isinstance(value, int | float) and not isinstance(value, bool)


def state_of(run: Run) -> State:
    """Return how a run is, or how it ended."""
    if run.state in _STATES:
        return _STATES[run.state]  # without asking for the summary
    summary: Any = run.summary
    return told_state(run.state, summary.get(ENDED))


def told_state(state: str, ended: object) -> State:
    """Return how a run is or ended, by W&B's word and by ours in its summary."""
    return _STATES.get(state) or _FAILURES.get(str(ended), "failed")


def seconds_of(moment: str) -> float:
    """Return a moment in seconds since the epoch."""
    return dt.datetime.fromisoformat(moment).timestamp()

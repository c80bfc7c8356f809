"""All runs of a project: one record a step, with its parameters and metrics."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kedro_wandb.stores.base import State, StepRecord


@dataclass(frozen=True)
class RunRecord:
    """A step of a run, as a row of W&B's table of runs has it.

    Attributes:
        id: Of the step; W&B's run id.
        experiment: W&B's group.
        step: Name of the modular pipeline.
        run_id: Kedro's run id.
        state: How it is or how it ended.
        started: Seconds since the epoch.
        duration: In seconds; ``None`` while it runs.
        parameters: By their names with dots; values are no mappings.
        metrics: By name, such as ``model_metrics/mae``.
        url: Where to look at it; ``None`` for the local store.
    """

    id: str
    experiment: str
    step: str
    run_id: str
    state: State
    started: float
    duration: float | None
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    url: str | None = None


class HasSteps(Protocol):
    """What ``run_records`` needs of a store."""

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""


def run_records(
    store: HasSteps, *, experiment: str | None = None, step: str | None = None
) -> list[RunRecord]:
    """Return all runs that a store knows, those that started last first.

    Args:
        store: Either one.
        experiment: Only those of this one.
        step: Only those of this modular pipeline.

    Raises:
        StoreUnavailableError: The store can't be asked.
    """
    return [
        record_of(each)
        for each in store.steps()
        if experiment in {None, each.step.experiment} and step in {None, each.step.job_type}
    ]


def record_of(told: StepRecord) -> RunRecord:
    """Return a step as a row of W&B's table of runs has it."""
    step, parameters = told.step, told.step.config.get("parameters")
    return RunRecord(
        id=step.id,
        experiment=step.experiment,
        step=step.job_type,
        run_id=step.run_id,
        state=told.state,
        started=step.started,
        duration=None if told.finished is None else max(0.0, told.finished - step.started),
        parameters=dict(flat(parameters)) if isinstance(parameters, Mapping) else {},
        metrics=dict(told.summary),
        url=told.url,
    )


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give nested values by their names with dots; an empty mapping stays one.

    >>> dict(flat({"split.seed": 3, "price": {"min": 10, "max": 350}}))
    {'split.seed': 3, 'price.min': 10, 'price.max': 350}
    """
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def finite(value: Any) -> Any:
    """Return a value with texts, as W&B has them, for the numbers that JSON does not know.

    >>> finite({"a": [1.5, float("nan")], "b": float("-inf")})
    {'a': [1.5, 'NaN'], 'b': '-Infinity'}
    """
    if isinstance(value, Mapping):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    is_odd = isinstance(value, float) and not math.isfinite(value)
    return json.dumps(value) if is_odd else value

"""Runs as the tests of tables and comparisons tell them."""

from __future__ import annotations

from typing import Any

from kedro_wandb.reading.runs import RunRecord
from kedro_wandb.stores.base import State


def a_record(
    name: str = "r1",
    *,
    experiment: str = "weekly",
    step: str = "modeling",
    state: State = "finished",
    started: float = 100.0,
    duration: float | None = 10.0,
    parameters: dict[str, Any] | None = None,
    metrics: dict[str, float] | None = None,
) -> RunRecord:
    """Return a run; what is not said is the same for all."""
    return RunRecord(
        id=name,
        experiment=experiment,
        step=step,
        run_id="run-1",
        state=state,
        started=started,
        duration=duration,
        parameters=parameters or {},
        metrics=metrics or {},
    )

"""A tracked run, from Kedro's side."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic_core import PydanticSerializationError

from kedro_wandb.hook.run import TrackedRun
from kedro_wandb.protocol.plan import RunPlan, StorePlan
from kedro_wandb.protocol.process import Trackers
from kedro_wandb.settings.config import Config


class Counting(Trackers):
    """Counts the tracker processes that are taken."""

    taken = 0

    def take(self, environment: object) -> object:  # type: ignore[override]
        """Count one."""
        self.taken += 1
        raise OSError(environment)


def test_a_plan_that_can_not_be_sent_starts_no_tracker(tmp_path: Path) -> None:
    """Otherwise its process would wait for nobody."""
    plan = RunPlan(
        run_id="run",
        experiment="weekly",
        project_path=tmp_path,
        started=0.0,
        kedro={"env": object()},
        only_missing=False,
        store=StorePlan(kind="local", project="tiny", entity=None, folder=tmp_path),
        config=Config(),
        steps=(),
        nodes=(),
        datasets={},
    )
    trackers = Counting()
    with pytest.raises(PydanticSerializationError):
        TrackedRun(plan, trackers, {}, dict)
    assert trackers.taken == 0

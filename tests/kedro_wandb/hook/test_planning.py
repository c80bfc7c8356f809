"""What is asked of datasets besides their description."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.pipeline import Node, Pipeline

from kedro_wandb.hook import planning
from kedro_wandb.protocol.plan import DatasetPlan


class PartitionedDataset:
    """Named as Kedro's, so that it is taken for one."""


class Endless(PartitionedDataset):
    """One whose listing hangs, as of a share that is gone."""

    def load(self) -> Any:
        """Never return."""
        threading.Event().wait()


def same(first: Any, second: Any) -> Any:
    return first or second


def test_classes_that_list_for_ever_hold_the_end_of_a_run_for_one_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of them together."""
    monkeypatch.setattr(planning, "LISTING", 0.2)
    names = ["first", "second"]
    pipeline = Pipeline([Node(same, names, "made", name="same")])
    datasets = {
        name: DatasetPlan(dataset=name, artifact=name, kind="partitions", where=str(Path("data")))
        for name in names
    }
    plan: Any = SimpleNamespace(datasets=datasets)
    catalog: Any = dict.fromkeys(names, Endless())
    begin = time.monotonic()
    assert planning.offered_partitions(pipeline, catalog, plan) == {}
    assert time.monotonic() - begin < 20  # and not without end

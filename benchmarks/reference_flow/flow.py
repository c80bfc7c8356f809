"""All five steps, each a Python process of its own, as a person or a script would call them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.processes import Cost, run

BENCHMARKS = Path(__file__).resolve().parents[1]

FEWEST = 15_000
"""Rows that a cleaned drop must have."""


@dataclass(frozen=True)
class Flow:
    """What the flow took, and how good its model is.

    Attributes:
        costs: By step.
        validation: Mean absolute error (USD), R² and the seconds of the fit.
        test: Mean absolute error and R².
    """

    costs: Mapping[str, Cost]
    validation: Mapping[str, float]
    test: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Of all steps together, on the clock."""
        return sum(cost.seconds for cost in self.costs.values())

    @property
    def cpu_seconds(self) -> float:
        """Of all steps together."""
        return sum(cost.cpu_seconds for cost in self.costs.values())


@dataclass(frozen=True)
class Step:
    """What a step's script is given.

    Attributes:
        arguments: Of its command.
        reads: Which of them earlier steps have written.
        writes: Which of them it writes.
    """

    arguments: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]


def steps_of(drop: Path, fewest: int) -> dict[str, Step]:
    """Return the steps for a drop, in order."""
    parts, fitted = ("training.csv", "test.csv"), ("forest.joblib", "importance.png")
    return {
        "clean": Step((str(drop), "cleaned.csv"), (), ("cleaned.csv",)),
        # The first delivery has none before it.
        "check": Step(("cleaned.csv", "cleaned.csv", str(fewest)), ("cleaned.csv",), ()),
        "split": Step(("cleaned.csv", *parts), ("cleaned.csv",), parts),
        "train": Step(
            ("training.csv", *fitted, "validation.json"),
            ("training.csv",),
            (*fitted, "validation.json"),
        ),
        "judge": Step(
            ("forest.joblib", "test.csv", "test.json"),
            ("forest.joblib", "test.csv"),
            ("test.json",),
        ),
    }


def run_flow(
    drop: Path,
    folder: Path,
    fewest: int = FEWEST,
    tracked: Mapping[str, str] | None = None,
) -> Flow:
    """Do the weekly job on one drop.

    Args:
        drop: One CSV file of listings.
        folder: For the files between the steps.
        fewest: Rows that have to be left after cleaning.
        tracked: Variables that lead the SDK to a server; without them nothing is tracked.

    Raises:
        RuntimeError: A step failed.
    """
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, **(tracked or {}), "PYTHONPATH": str(BENCHMARKS)}
    costs: dict[str, Cost] = {}
    for name, step in steps_of(drop, fewest).items():
        command = [sys.executable, "-m", f"reference_flow.{name}"]
        if tracked:
            command[-1] = "reference_flow.tracked"
            command += [name, ",".join(step.reads), ",".join(step.writes)]
        costs[name] = run([*command, *step.arguments], folder, environment)
    validation, test = (
        json.loads((folder / f"{part}.json").read_text(encoding="utf-8"))
        for part in ("validation", "test")
    )
    return Flow(costs, validation, test)

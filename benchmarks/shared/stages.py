"""Time and memory of a run by pipeline, from what the plugin ``stage_clock`` has written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.plugins import install
from shared.processes import Cost, clean_environment, kedro


@dataclass(frozen=True)
class Stage:
    """One pipeline of a run.

    Attributes:
        seconds: Of its nodes, with loading and saving.
        memory: Highest resident size of Kedro's process meanwhile, bytes.
    """

    seconds: float
    memory: int


@dataclass(frozen=True)
class Staged:
    """A command, and the pipelines that it ran.

    Attributes:
        cost: Of the whole command.
        stages: By the name of the pipeline; the rest of the command is in none of them.
    """

    cost: Cost
    stages: Mapping[str, Stage]


def kedro_by_stage(
    project: Path,
    folder: Path,
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    accepted: tuple[int, ...] = (0,),
) -> Staged:
    """Run a command of Kedro's in a project, with the clock in a folder of its own."""
    told = folder / "stages.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    told.unlink(missing_ok=True)
    environment = install(folder, "stage_clock", clean_environment(project))
    environment |= {"STAGE_CLOCK": str(told), **(variables or {})}
    cost = kedro(project, *arguments, environment=environment, accepted=accepted)
    return Staged(cost, read_stages(told))


def read_stages(file: Path) -> dict[str, Stage]:
    """Add up what the clock has written, but for starts and ends."""
    stages: dict[str, Stage] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        before = stages.get(told["stage"], Stage(0.0, 0))
        stages[told["stage"]] = Stage(
            before.seconds + told["seconds"], max(before.memory, told["memory"])
        )
    return {name: stage for name, stage in stages.items() if name not in {"start", "end"}}

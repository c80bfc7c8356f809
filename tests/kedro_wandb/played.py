"""Runs as a recorder is told them: a plan over files of a test, and the messages of its nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory_store import MemoryStore

from kedro_wandb.protocol.marks import marks
from kedro_wandb.protocol.plan import DatasetPlan, NodePlan, RunPlan, StepPlan, StorePlan
from kedro_wandb.settings.config import Config
from kedro_wandb.stores.base import Store
from kedro_wandb.tracker.recorder import Recorder
from kedro_wandb.tracker.writer import Writer

Nodes = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Inputs and outputs by node, named ``step.node``."""


def in_memory(name: str) -> DatasetPlan:
    """Return the plan of a dataset without a file."""
    return DatasetPlan(dataset=name, artifact=name, kind="none", reason="held in memory only")


def in_file(folder: Path, name: str, at: str = "") -> DatasetPlan:
    """Return the plan of a dataset in a text file, as it is now."""
    where = folder / (at or f"{name}.txt")
    return DatasetPlan(
        dataset=name,
        artifact=name,
        kind="path",
        where=str(where),
        place=str(where),
        marks=marks(where),
    )


def in_partitions(folder: Path, name: str) -> DatasetPlan:
    """Return the plan of a folder of text files, as they are now."""
    where = folder / name
    return DatasetPlan(
        dataset=name,
        artifact=name,
        kind="partitions",
        where=str(where),
        place=str(where),
        suffix=".txt",
        marks=marks(where, ".txt"),
    )


def plan_of(folder: Path, nodes: Nodes, *special: DatasetPlan, **other: Any) -> RunPlan:
    """Return a plan; datasets that are not given are text files in the folder."""
    names = [name for inputs, outputs in nodes.values() for name in (*inputs, *outputs)]
    datasets = {name: in_file(folder, name) for name in names}
    datasets |= {each.dataset: each for each in special}
    steps = dict.fromkeys(node.partition(".")[0] for node in nodes)
    return RunPlan(
        run_id="run",
        experiment="weekly",
        project_path=folder,
        started=0.0,
        kedro={},
        only_missing=False,
        store=StorePlan(kind="local", project="tiny", entity=None, folder=folder / "store"),
        config=Config(),
        steps=tuple(StepPlan(id=name, name=name) for name in steps),
        nodes=tuple(
            NodePlan(name=name, step=name.partition(".")[0], inputs=inputs, outputs=outputs)
            for name, (inputs, outputs) in nodes.items()
        ),
        datasets=datasets,
        **other,
    )


@dataclass
class Played:
    """A recorder, and what it wrote.

    Attributes:
        plan: The run.
        store: What it writes to.
    """

    plan: RunPlan
    store: Store = field(default_factory=MemoryStore)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        """Begin the run."""
        self.recorder = Recorder(self.plan, Writer(self.store), {}, clock=lambda: 1.0)

    def node(
        self, name: str, does: Callable[[], object] = lambda: None, **read: Iterable[str]
    ) -> None:
        """Let a node run: its inputs are read, its files written, its outputs saved.

        Args:
            name: As the plan has it.
            does: Called when the inputs are loaded, to change files.
            read: Partitions that were offered, by dataset.
        """
        plan = next(node for node in self.plan.nodes if node.name == name)
        self.recorder.begin_node(name)
        for dataset, partitions in read.items():
            self.recorder.read(dataset, partitions)
        self.recorder.start_node(name)
        does()
        self.recorder.ran(name, streaming=False)
        for dataset in plan.outputs:
            self.write(dataset, f"made by {name}")
            self.recorder.saved(dataset)

    def write(self, dataset: str, text: str) -> None:
        """Write the file of a dataset, if it is one file that nobody has written yet."""
        plan = self.plan.datasets[dataset]
        if plan.kind == "path" and marks(plan.where) == plan.marks:
            Path(plan.where).write_text(text)

    def inputs(self, step: str) -> set[str]:
        """Return what a step used."""
        return {version.reference for version in self.store.inputs(step)}

    def outputs(self, step: str) -> set[str]:
        """Return what a step logged."""
        return {version.reference for version in self.store.outputs(step)}

    def rows(self, step: str) -> list[tuple[str, ...]]:
        """Return the lines of the closing table for a step."""
        return [
            (row.dataset, row.artifact and f"{row.artifact}:{row.version}", row.status, row.reason)
            for row in self.recorder.rows
            if row.step == step
        ]

    def made_of(self, reference: str) -> set[str]:
        """Return the versions whose digests stand in a version's metadata."""
        digests = self.store.find(reference).metadata["inputs"]
        return {self.store.find(f"{name}:{digest}").reference for name, digest in digests.items()}

"""The steps of a run that are open, each with what its nodes have told so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro_wandb.errors import TrackingError
from kedro_wandb.protocol.plan import DatasetPlan, NodePlan, RunPlan
from kedro_wandb.stores.base import Draft, Ending, State, Step
from kedro_wandb.tracker.closing import Table
from kedro_wandb.tracker.facts import Metrics, metrics_of
from kedro_wandb.tracker.media import NO_FIGURE, is_shown
from kedro_wandb.tracker.writer import Writer


@dataclass
class OpenStep:
    """A step that was begun and has not ended.

    Attributes:
        name: Of its pipeline.
        id: In the store.
        unfinished: Nodes that have not run yet.
        taken: Datasets that are its inputs, or that could not be.
        digests: Of the versions that its nodes have read or made, by dataset.
        summary: Numbers for W&B's summary.
        media: Figures by name.
        is_open: Whether the store has begun it.
    """

    name: str
    id: str
    unfinished: set[str]
    taken: set[str] = field(default_factory=set)
    digests: dict[str, str] = field(default_factory=dict)
    summary: dict[str, float] = field(default_factory=dict)
    media: dict[str, Path] = field(default_factory=dict)
    is_open: bool = True

    def show(self, plan: DatasetPlan, draft: Draft) -> Metrics:
        """Put the numbers of an output into the summary, or a figure into the media.

        Returns:
            The numbers, and what is to be said; empty where it is no metrics.
        """
        files = [source.path for source in draft.sources if source.path is not None]
        if len(files) != 1:
            return Metrics()
        (file,) = files
        if is_shown(file, plan.media):
            self.media[plan.dataset] = file
            return Metrics()
        if plan.media == "plotly" and file.suffix == ".json":
            return Metrics(told=NO_FIGURE)
        if file.suffix != ".json" or not plan.metrics:
            return Metrics()
        metrics = metrics_of(file)
        self.summary |= {f"{plan.dataset}/{name}": each for name, each in metrics.numbers.items()}
        return metrics


class Steps:
    """Opens the steps of a run in its store, and closes them.

    Args:
        target: The store.
        table: Told how steps ended that did not end well.
        provenance: Facts for each step's config besides its parameters, such as ``git``.
        clock: Seconds since the epoch.

    Attributes:
        problems: What could not be begun.
    """

    def __init__(
        self,
        target: Writer,
        table: Table,
        provenance: Mapping[str, Any],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._target, self._table = target, table
        self._provenance, self._clock = provenance, clock
        self._open: dict[str, OpenStep] = {}
        self.problems: list[str] = []

    def of(self, node: NodePlan, plan: RunPlan) -> OpenStep:
        """Return the step of a node, which is begun with its first."""
        if node.step not in self._open:
            members = {other.name for other in plan.nodes if other.step == node.step}
            id_ = next(step.id for step in plan.steps if step.name == node.step)
            self._open[node.step] = OpenStep(node.step, id_, members)
            self._open[node.step].is_open = self._begin(node.step, plan)
        return self._open[node.step]

    def find(self, name: str) -> OpenStep | None:
        """Return a step if it is open."""
        return self._open.get(name)

    def all(self) -> list[OpenStep]:
        """Return all that are open."""
        return list(self._open.values())

    def close(self, step: OpenStep, state: State) -> None:
        """End a step."""
        del self._open[step.name]
        if state != "finished":
            self._table.tell(step.name, "", state)
        if not step.is_open:
            return
        ending = Ending(state, self._clock(), step.summary, step.media)
        try:
            self._target.close_step(step.id, ending)
        except (TrackingError, OSError) as error:
            self._table.tell(step.name, "", "not logged", reason=f"the step's end: {error}")

    def _begin(self, name: str, plan: RunPlan) -> bool:
        its = next(step for step in plan.steps if step.name == name)
        step = Step(
            id=its.id,
            job_type=name,
            experiment=plan.experiment,
            run_id=plan.run_id,
            name=f"{name} {plan.run_id}",
            config={"parameters": its.parameters, **self._provenance},
            tags=plan.config.tags,
            started=self._clock(),
        )
        try:
            self._target.open_step(step)
        except TrackingError as error:
            self.problems.append(str(error))
            return False
        return True

"""What happened in one Kedro run, written to a store: steps, inputs, outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from kedro_wandb.errors import NothingToLogError, TrackingError
from kedro_wandb.protocol.plan import DatasetPlan, NodePlan, RunPlan, StepPlan
from kedro_wandb.protocol.rows import FIRST_SEEN, Row
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores.base import Draft, Ending, Outcome, Progress, State, Step, Version
from kedro_wandb.tracker.evidence import Evidence
from kedro_wandb.tracker.facts import IMAGES, flat_numbers
from kedro_wandb.tracker.files import draft_read, draft_written
from kedro_wandb.tracker.writer import Target

T = TypeVar("T")

NOT_OPENED = "its step could not be begun"

INCOMPLETE = "the run failed, and this runner does not tell whether the file is complete"


@dataclass
class _OpenStep:
    id: str
    unfinished: set[str]
    taken: set[str] = field(default_factory=set)
    digests: dict[str, str] = field(default_factory=dict)
    summary: dict[str, float] = field(default_factory=dict)
    media: dict[str, Path] = field(default_factory=dict)
    is_open: bool = True


@dataclass(frozen=True)
class _Known:
    """Content that this run has logged or used; no version if that failed."""

    step: str
    draft: Draft | None = None
    version: Version | None = None


class Recorder:
    """Turns the events of one Kedro run into steps, uses and versions.

    Nothing that goes wrong with one dataset keeps the others from being logged: it becomes
    a row of the closing table, with the reason.

    Attributes:
        rows: The closing table so far.
        problems: What went wrong with whole steps.
    """

    def __init__(
        self,
        plan: RunPlan,
        target: Target,
        provenance: dict[str, Any],
        progress: Progress | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Begin.

        Args:
            plan: The run.
            target: Where to write.
            provenance: Facts for each step's config besides its parameters, such as ``git``.
            progress: Told of the bytes that were read.
            clock: Seconds since the epoch.
        """
        self._plan, self._target, self._provenance = plan, target, provenance
        self._progress, self._clock = progress, clock
        self._nodes = {node.name: node for node in plan.nodes}
        self._producers = {name: node for node in plan.nodes for name in node.outputs}
        self._steps: dict[str, _OpenStep] = {}
        self._known: dict[str, _Known] = {}
        self._read: dict[str, tuple[str, ...]] = {}
        self._saved: dict[str, set[str]] = {}
        self._streaming: set[str] = set()
        self._has_events = False
        self.rows: list[Row] = []
        self.problems: list[str] = []

    def begin_node(self, node: str) -> None:
        """Open the step of a node that begins to load its inputs."""
        self._has_events = True
        self._step(self._nodes[node])

    def read(self, dataset: str, partitions: Iterable[str]) -> None:
        """Take note of the partitions that were offered to a node."""
        self._read[dataset] = tuple(partitions)

    def start_node(self, node: str) -> None:
        """Record the inputs of a node, which are loaded."""
        plan = self._nodes[node]
        step = self._step(plan)
        for dataset in plan.inputs:
            self._take(plan.step, step, dataset)

    def saved(self, dataset: str, partitions: Iterable[str] = ()) -> None:
        """Log a dataset that was saved; one that is saved in pieces waits for the last."""
        self._saved.setdefault(dataset, set()).update(partitions)
        node = self._producers[dataset]
        if node.name not in self._streaming:
            self._give(node, dataset)
            self._close_if_done(node)

    def ran(self, node: str, *, streaming: bool) -> None:
        """Take note that a node's function returned; ``streaming``: its results come in pieces."""
        plan = self._nodes[node]
        if streaming:
            self._streaming.add(node)
            return
        self._step(plan).unfinished.discard(node)
        self._close_if_done(plan)

    def end(self, state: State, offered: dict[str, tuple[str, ...]] | None = None) -> None:
        """Record what is left, and close all steps.

        Args:
            state: How the run ended.
            offered: Partitions by dataset, where no node has told which it read.
        """
        if not self._has_events:
            self._read.update(offered or {})
            self._infer(state)
        for node in [self._nodes[name] for name in self._streaming]:
            self._finish_streaming(node, state)
        for name, step in list(self._steps.items()):
            self._close(name, step, state)

    def _infer(self, state: State) -> None:
        """Find out from the files which nodes ran, where the runner has told nothing."""
        evidence = Evidence(self._plan, is_finished=state == "finished")
        for node in self._plan.nodes:
            if not evidence.ran(node):
                continue
            self.begin_node(node.name)
            self.start_node(node.name)
            for dataset in node.outputs:
                if evidence.is_complete(dataset):
                    self._give(node, dataset)
                else:
                    self._tell(node.step, dataset, "not logged", reason=INCOMPLETE)
            self.ran(node.name, streaming=False)

    def _finish_streaming(self, node: NodePlan, state: State) -> None:
        for dataset in node.outputs:
            if dataset in self._known:
                continue
            if state == "finished":
                self._give(node, dataset)
            elif dataset in self._saved:
                self._tell(node.step, dataset, "not logged", reason=INCOMPLETE)

    def _step(self, node: NodePlan) -> _OpenStep:
        if node.step not in self._steps:
            plan = next(step for step in self._plan.steps if step.name == node.step)
            members = {other.name for other in self._plan.nodes if other.step == node.step}
            self._steps[node.step] = _OpenStep(plan.id, members)
            self._steps[node.step].is_open = self._opened(plan)
        return self._steps[node.step]

    def _opened(self, plan: StepPlan) -> bool:
        step = Step(
            id=plan.id,
            job_type=plan.name,
            experiment=self._plan.experiment,
            run_id=self._plan.run_id,
            name=f"{plan.name} {self._plan.run_id}",
            config={"parameters": plan.parameters, **self._provenance},
            tags=self._plan.config.tags,
            started=self._clock(),
        )
        try:
            self._target.open_step(step)
        except TrackingError as error:
            self.problems.append(str(error))
            return False
        return True

    def _close_if_done(self, node: NodePlan) -> None:
        step = self._steps.get(node.step)
        if step is None or step.unfinished:
            return
        mine = [each for each in self._plan.nodes if each.step == node.step]
        if all(dataset in self._known for each in mine for dataset in each.outputs):
            self._close(node.step, step, "finished")

    def _close(self, name: str, step: _OpenStep, state: State) -> None:
        del self._steps[name]
        if not step.is_open:
            return
        ending = Ending(state, self._clock(), step.summary, step.media)
        try:
            self._target.close_step(step.id, ending)
        except (TrackingError, OSError) as error:
            self._tell(name, "", "not logged", reason=f"the step's end: {error}")

    def _take(self, name: str, step: _OpenStep, dataset: str) -> None:
        if dataset in step.taken:
            return
        step.taken.add(dataset)
        producer = self._producers.get(dataset)
        if producer is not None and producer.name in self._streaming:
            self._give(producer, dataset)  # whoever reads it finds it complete
        known = self._known.get(dataset)
        if known is not None and (known.step == name or known.draft is None):
            return  # of the same step, or already told why not
        with_outcome = self._guarded(name, dataset, lambda: self._use(step, dataset, known))
        if with_outcome is None:
            return
        draft, outcome = with_outcome
        self._known.setdefault(dataset, _Known("", draft, outcome.version))
        step.digests[dataset] = outcome.version.digest
        reason = FIRST_SEEN if outcome.status == "new" else ""
        self._tell(name, dataset, "used", outcome.version, reason)

    def _use(
        self, step: _OpenStep, dataset: str, known: _Known | None
    ) -> tuple[Draft | None, Outcome]:
        plan = self._plan.datasets[dataset]
        if plan.kind == "artifact":
            reference = plan.reference
            if reference is None:
                msg = f"there is no {plan.where}"
                raise NothingToLogError(msg)
            return None, self._target.use_version(step.id, reference)
        if known is not None and known.draft is not None:
            draft = known.draft
        else:
            read = self._read.get(dataset, plan.partitions)
            draft = draft_read(plan, read, self._progress)
        version = known.version if known else None
        return draft, self._target.use(step.id, draft, version, self._progress)

    def _give(self, node: NodePlan, dataset: str) -> None:
        if dataset in self._known and self._known[dataset].step == node.step:
            return
        step = self._step(node)
        self._known[dataset] = _Known(node.step)
        done = self._guarded(node.step, dataset, lambda: self._log(node, step, dataset))
        if done is None:
            return
        draft, outcome = done
        self._known[dataset] = _Known(node.step, draft, outcome.version)
        step.digests[dataset] = outcome.version.digest
        self._tell(node.step, dataset, outcome.status, outcome.version)
        self._show(step, self._plan.datasets[dataset], draft)

    def _log(self, node: NodePlan, step: _OpenStep, dataset: str) -> tuple[Draft, Outcome]:
        plan = self._plan.datasets[dataset]
        digests = {name: step.digests[name] for name in node.inputs if name in step.digests}
        facts = {
            "node": node.name,
            "pipeline": node.step,
            "kedro_run_id": self._plan.run_id,
            "inputs": digests,
            "git_commit": (self._provenance.get("git") or {}).get("commit"),
        }
        draft = draft_written(
            plan, self._saved.get(dataset), self._plan.started, facts, self._progress
        )
        return draft, self._target.log(step.id, draft, self._progress)

    def _show(self, step: _OpenStep, plan: DatasetPlan, draft: Draft) -> None:
        """Put numbers into the summary, and figures into the media, of the step."""
        files = [source.path for source in draft.sources if source.path is not None]
        if len(files) != 1:
            return
        (file,) = files
        if file.suffix == ".json" and plan.metrics:
            numbers = flat_numbers(file)
            step.summary |= {f"{plan.dataset}/{name}": each for name, each in numbers.items()}
        if file.suffix.lower() in IMAGES:
            step.media[plan.dataset] = file

    def _guarded(self, step: str, dataset: str, action: Callable[[], T]) -> T | None:
        """Do something with one dataset; what goes wrong becomes a row of the table."""
        if not self._steps[step].is_open:
            self._tell(step, dataset, "not logged", reason=NOT_OPENED)
            return None
        try:
            return action()
        except (NothingToLogError, TrackingError, OSError, ValueError) as error:
            self._tell(step, dataset, "not logged", reason=str(error))
        except Exception as error:  # noqa: BLE001 - nor does what nobody has foreseen
            reason = f"{type(error).__name__}: {error}"
            self._tell(step, dataset, "not logged", reason=reason)
        return None

    def _tell(
        self,
        step: str,
        dataset: str,
        status: Any,
        version: Version | None = None,
        reason: str = "",
    ) -> None:
        plan = self._plan.datasets.get(dataset)
        self.rows.append(
            Row(
                step=step,
                dataset=dataset,
                artifact=plan.artifact if plan and version else "",
                version=version.label if version else "",
                status=status,
                reason=redacted_text(reason, self._plan.config.redact),
                size=version.size if version else 0,
            )
        )

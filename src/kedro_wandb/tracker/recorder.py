"""What happened in one Kedro run, written to a store: steps, inputs, outputs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from kedro_wandb.errors import ArtifactNotFoundError, NothingToLogError
from kedro_wandb.protocol.plan import DatasetPlan, Mark, NodePlan, RunPlan
from kedro_wandb.protocol.rows import FIRST_SEEN
from kedro_wandb.stores.base import Draft, Outcome, Progress, State, Version
from kedro_wandb.stores.local.passing import copies_folder
from kedro_wandb.tracker.alerts import Alerts
from kedro_wandb.tracker.aliases import AliasMoves
from kedro_wandb.tracker.closing import Table, stored_bytes
from kedro_wandb.tracker.evidence import Evidence
from kedro_wandb.tracker.files import (
    draft_checked_out,
    draft_offered,
    draft_read,
    draft_written,
    offered_beside,
)
from kedro_wandb.tracker.origins import origins
from kedro_wandb.tracker.row_runs import RowRuns
from kedro_wandb.tracker.steps import OpenStep, Steps
from kedro_wandb.tracker.writer import Writer

T = TypeVar("T")

NOT_OPENED = "its step could not be begun"

NOTHING_LEFT: Mapping[str, Mapping[str, Mark]] = MappingProxyType({})

INCOMPLETE = "the run failed, and this runner does not tell whether the file is complete"


@dataclass(frozen=True)
class _Known:
    """Content that this run has logged or used, or why it could not.

    Attributes:
        step: That wrote it; empty if none did.
        draft: Its files; ``None`` for a version from the store.
        version: As the store has it; ``None`` if that failed.
        problem: Why it failed.
    """

    step: str
    draft: Draft | None = None
    version: Version | None = None
    problem: str = ""


class Recorder:
    """Turns the events of one Kedro run into steps, uses and versions.

    Nothing that goes wrong with one dataset keeps the others from being logged: it becomes
    a row of the closing table, with the reason.

    Attributes:
        rows: The closing table so far.
        problems: What went wrong with whole steps.
        aliases: Those that the run moves.
    """

    def __init__(
        self,
        plan: RunPlan,
        target: Writer,
        provenance: dict[str, Any],
        progress: Progress | None = None,
        left: Mapping[str, Mapping[str, Mark]] = NOTHING_LEFT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Begin.

        Args:
            plan: The run.
            target: Where to write.
            provenance: Facts for each step's config besides its parameters, such as ``git``.
            progress: Told of the bytes that were read.
            left: Marks of the files by dataset, from when Kedro's process waits no longer:
                what is overwritten after that is not this run's.
            clock: Seconds since the epoch.
        """
        self._plan, self._target, self._provenance = plan, target, provenance
        self._progress, self._left = progress, left
        self._nodes = {node.name: node for node in plan.nodes}
        self._origins = origins(plan)
        self._producers = {name: node for node in plan.nodes for name in node.outputs}
        self._written_at = {
            place: name for name in self._producers if (place := plan.datasets[name].place)
        }
        self._table = Table(plan.config.redact)
        self._steps = Steps(target, self._table, provenance, clock)
        self._known: dict[str, _Known] = {}
        self._read: dict[str, tuple[str, ...]] = {}
        self._saved: dict[str, set[str]] = {}
        self._streaming: set[str] = set()
        self._has_events = False
        self.rows = self._table.rows
        self.problems = self._steps.problems
        self.aliases = AliasMoves(target, self._version_of)
        self._rows = RowRuns(target, plan, provenance, progress, clock)
        self._alerts = Alerts(target, plan.config.redact)

    def extend(self, node: NodePlan, dataset: DatasetPlan) -> None:
        """Take in a load or a save that nobody knew of when the run began.

        Args:
            node: Stands for it.
            dataset: That is loaded or saved, as it is now.
        """
        name, before = dataset.dataset, self._plan.datasets.get(dataset.dataset)
        nodes, datasets = (*self._plan.nodes, node), {**self._plan.datasets, name: dataset}
        self._plan = self._plan.model_copy(update={"nodes": nodes, "datasets": datasets})
        self._nodes[node.name] = node
        self._origins = origins(self._plan)
        if name in node.outputs:
            self._producers[name] = node
            self._saved.pop(name, None)
        known = self._known.get(name)
        is_own = known is not None and known.step != ""
        is_changed = before is not None and before.marks != dataset.marks and not is_own
        if name in node.outputs or is_changed:
            self._known.pop(name, None)  # it has other content than before
            for step in self._steps.all():
                step.taken.discard(name)
        if name in node.outputs and dataset.place:
            self._written_at[dataset.place] = name

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
        for dataset, through in self._origins[node].items():
            self._take(step, dataset, through)

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
        try:
            if not self._has_events:
                self._read.update(offered or {})
                self._infer(state)
            for node in [self._nodes[name] for name in self._streaming]:
                self._finish_streaming(node, state)
        except Exception as error:  # noqa: BLE001 - no step may stay open for it
            self.problems.append(f"{type(error).__name__}: {error}")
        self.aliases.end()
        self.rows += self.aliases.rows
        self.problems += [*self.aliases.problems, *self._rows.problems, *self._alerts.problems]
        for step in self._steps.all():
            self._steps.close(step, state)
        if any(plan.copy_at for plan in self._plan.datasets.values()):
            folder = copies_folder(self._plan.store.folder, self._plan.id)
            shutil.rmtree(folder, ignore_errors=True)

    def _version_of(self, dataset: str) -> Version | None:
        return self._known[dataset].version if dataset in self._known else None

    def _infer(self, state: State) -> None:
        """Find out from the files which nodes ran, where the runner has told nothing."""
        evidence = Evidence(self._plan, is_finished=state == "finished")
        self.problems += evidence.problems
        for node in self._plan.nodes:
            if not evidence.ran(node):
                continue
            self.begin_node(node.name)
            self.start_node(node.name)
            for dataset in node.outputs:
                if evidence.is_complete(dataset):
                    self._give(node, dataset)
                else:
                    self._table.tell(node.step, dataset, "not logged", reason=INCOMPLETE)
            self.ran(node.name, streaming=False)

    def _finish_streaming(self, node: NodePlan, state: State) -> None:
        for dataset in node.outputs:
            if dataset in self._known:
                continue
            if state == "finished":
                self._give(node, dataset)
            elif dataset in self._saved:
                self._table.tell(node.step, dataset, "not logged", reason=INCOMPLETE)

    def _step(self, node: NodePlan) -> OpenStep:
        return self._steps.of(node, self._plan)

    def _close_if_done(self, node: NodePlan) -> None:
        step = self._steps.find(node.step)
        if step is None or step.unfinished:
            return
        mine = [each for each in self._plan.nodes if each.step == node.step]
        if all(dataset in self._known for each in mine for dataset in each.outputs):
            self._steps.close(step, "finished")

    def _take(self, step: OpenStep, dataset: str, through: str) -> None:
        if dataset in step.taken:
            return
        step.taken.add(dataset)
        producer = self._producers.get(dataset)
        if producer is not None and producer.name in self._streaming:
            self._give(producer, dataset)  # whoever reads it finds it complete
        known = self._known_now(dataset)
        if known is not None and known.problem:
            if known.step != step.name:
                self._table.tell(step.name, dataset, "not logged", reason=known.problem)
            return
        if known is None or known.step != step.name:
            self._use(step, dataset, known, through)
        elif known.version is not None:
            step.digests[dataset] = known.version.digest
        if known is not None and known.draft is not None and known.step:
            plan = self._plan.datasets[dataset]
            offered = self._read.get(dataset, plan.partitions) or ()
            beside = offered_beside(plan, offered, known.draft)
            if beside:
                self._use_offered(step, dataset, beside, known.draft)

    def _known_now(self, dataset: str) -> _Known | None:
        """Return what is at the dataset's place by now, under whichever name it was written."""
        writer = self._written_at.get(self._plan.datasets[dataset].place, dataset)
        return self._known.get(writer) or self._known.get(dataset)

    def _use(self, step: OpenStep, dataset: str, known: _Known | None, through: str) -> None:
        done = self._guarded(step, dataset, lambda: self._used(step, dataset, known))
        if done is None:
            return
        draft, outcome = done
        self._known.setdefault(dataset, _Known("", draft, outcome.version))
        self.aliases.settle()
        remark = f"through {through}" if through else ""
        self._tell_used(step, dataset, draft, outcome, remark)

    def _used(
        self, step: OpenStep, dataset: str, known: _Known | None
    ) -> tuple[Draft | None, Outcome]:
        plan = self._plan.datasets[dataset]
        if plan.kind == "artifact":
            return None, self._use_pinned(step, plan)
        if known is not None and known.draft is not None:
            draft = known.draft
        else:
            read = self._read.get(dataset, plan.partitions)
            draft = draft_read(plan, read, self._progress)
        version = known.version if known else None
        return draft, self._target.use(step.id, draft, version, self._progress)

    def _use_pinned(self, step: OpenStep, plan: DatasetPlan) -> Outcome:
        """Use the version that the run has loaded, also where the store does not know it."""
        if plan.reference is None:
            msg = f"there is no {plan.where}"
            raise NothingToLogError(msg)
        try:
            return self._target.use_version(step.id, plan.reference)
        except ArtifactNotFoundError:
            draft = draft_checked_out(plan, self._plan.store.folder, self._progress)
            return self._target.use(step.id, draft, None, self._progress)

    def _use_offered(
        self,
        step: OpenStep,
        dataset: str,
        offered: tuple[str, ...],
        written: Draft,
    ) -> None:
        """Use the partitions that a node could read, where not all are those just written."""
        plan = self._plan.datasets[dataset]

        def use() -> tuple[Draft, Outcome]:
            draft = draft_offered(plan, offered, written, self._progress)
            return draft, self._target.use(step.id, draft, None, self._progress)

        done = self._guarded(step, dataset, use)
        if done is not None:
            self._tell_used(step, dataset, *done, "all that was offered")

    def _tell_used(
        self,
        step: OpenStep,
        dataset: str,
        draft: Draft | None,
        outcome: Outcome,
        remark: str,
    ) -> None:
        step.digests[dataset] = outcome.version.digest
        reason = FIRST_SEEN if outcome.status == "new" else remark
        stored = stored_bytes(draft, outcome)
        withheld = self._plan.datasets[dataset].is_withheld
        row = (dataset, "used", outcome.version, reason, stored)
        self._table.tell(step.name, *row, withheld=withheld)

    def _give(self, node: NodePlan, dataset: str) -> None:
        if dataset in self._known and self._known[dataset].step == node.step:
            return
        step = self._step(node)
        self._known[dataset] = _Known(node.step)
        if self._plan.datasets[dataset].kind == "alias":
            self.aliases.decided(node.step, self._plan.datasets[dataset])
            return
        done = self._guarded(step, dataset, lambda: self._log(node, step, dataset))
        if done is None:
            self._known[dataset] = _Known(node.step, problem=self.rows[-1].reason)
            return
        draft, outcome = done
        self._known[dataset] = _Known(node.step, draft, outcome.version)
        self.aliases.settle()
        step.digests[dataset] = outcome.version.digest
        plan, version = self._plan.datasets[dataset], outcome.version
        told = [step.show(plan, draft).remark, self._rows.add(plan, draft, version),
                self._alerts.send(step.id, plan, draft, outcome)]  # fmt: skip
        remark, stored = "; ".join(filter(None, told)), stored_bytes(draft, outcome)
        row = (dataset, outcome.status, version, remark, stored)
        self._table.tell(node.step, *row, withheld=plan.is_withheld)

    def _log(self, node: NodePlan, step: OpenStep, dataset: str) -> tuple[Draft, Outcome]:
        plan = self._plan.datasets[dataset]
        read = self._origins[node.name]
        digests = {name: step.digests[name] for name in read if name in step.digests}
        facts = {
            "node": node.name,
            "pipeline": node.step,
            "kedro_run_id": self._plan.run_id,
            "inputs": digests,
            "git_commit": (self._provenance.get("git") or {}).get("commit"),
        }
        saved, left = self._saved.get(dataset), self._left.get(dataset)
        draft = draft_written(plan, saved, self._plan.started, facts, self._progress, left)
        return draft, self._target.log(step.id, draft, self._progress)

    def _guarded(self, step: OpenStep, dataset: str, action: Callable[[], T]) -> T | None:
        if not step.is_open:
            self._table.tell(step.name, dataset, "not logged", reason=NOT_OPENED)
            return None
        return self._table.guarded(step.name, dataset, action)

"""One Kedro run that is being tracked, from Kedro's side."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kedro_wandb.errors import TrackingError
from kedro_wandb.hook.late import late_texts
from kedro_wandb.hook.names import untranscoded
from kedro_wandb.hook.table import show_closing_table
from kedro_wandb.hook.waiting import Waiting
from kedro_wandb.protocol.line import Message, TrackerGoneError
from kedro_wandb.protocol.marks import marks
from kedro_wandb.protocol.moves import AliasMove, lose_moves, note_moves
from kedro_wandb.protocol.plan import LOCAL_KINDS, DatasetPlan, NodePlan, RunPlan
from kedro_wandb.protocol.process import TrackerBusyError, TrackerProcess, Trackers
from kedro_wandb.protocol.rows import Row
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores.base import State
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.passing import hold_run

logger = logging.getLogger("kedro_wandb")

UNTOLD = "the tracker goes on alone, and has not told yet that it was moved"

Offered = Callable[[], dict[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Report:
    """What the tracker says at the end of a run."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]
    where: str
    moves: tuple[AliasMove, ...] = ()


class TrackedRun:
    """Tells the tracker what happens in a run, and what it answers to the user.

    No method raises for a failure of the tracking, but ``end`` if it is configured to.
    """

    def __init__(
        self,
        plan: RunPlan,
        trackers: Trackers,
        environment: Mapping[str, str],
        offered: Offered,
        locks: Locks | None = None,
    ) -> None:
        """Begin.

        Args:
            plan: The run.
            trackers: Where a tracker process is taken from.
            environment: Of that process.
            offered: Lists partitions, where no node has told which it read.
            locks: Of the store, for what the run leaves there in passing.
        """
        self.run_id, self.experiment = plan.run_id, plan.experiment
        self.raises = plan.config.on_error == "raise"
        self.thread = threading.get_ident()
        self._owner = os.getpid()
        self._plan, self._trackers, self._offered = plan, trackers, offered
        self._lock = threading.Lock()
        self._locks = locks or Locks(plan.store.folder / "locks")
        self._begun: set[str] = set()
        self._nodes = {node.name for node in plan.nodes}
        self._problem: str | None = None
        self._tracker: TrackerProcess | None = None
        # Before there is a process, which an error of either would leave behind.
        message = {"op": "begin", "plan": plan.model_dump(mode="json")}
        self._tell_late()
        self._hold(plan.datasets.values())
        try:
            self._tracker = trackers.take(environment)
        except OSError as error:
            self._problem = f"the tracker process can't be started: {error}"
        self._send(message)

    def _hold(self, datasets: Iterable[DatasetPlan]) -> None:
        """Let nobody clean away the decisions that the run is going to leave."""
        if any(dataset.kind == "alias" for dataset in datasets):
            hold_run(self._locks, self._plan.id)

    def _tell_late(self) -> None:
        """Tell of earlier runs that their trackers have ended alone."""
        try:
            told = late_texts(self._plan.store.folder)
        except (OSError, ValueError) as error:
            told = [f"Reports of earlier runs can't be read: {error}"]
        for text in told:
            logger.warning("%s", text)

    @property
    def problem(self) -> str | None:
        """Why nothing is tracked any more; ``None`` as long as it is."""
        return self._problem

    def _send(self, message: Message) -> None:
        if self._tracker is None or os.getpid() != self._owner:
            return  # a forked worker of a runner has no say
        with self._lock:
            try:
                self._tracker.send(message)
            except TrackerGoneError as error:
                self._lose(str(error))

    def _lose(self, problem: str) -> None:
        self._problem = f"the tracker process was lost: {problem}"
        if self._tracker is not None:
            self._tracker.kill()
        self._tracker = None

    def extend(self, node: NodePlan, dataset: DatasetPlan) -> None:
        """A load or a save that nobody knew of when the run began."""
        datasets = {**self._plan.datasets, dataset.dataset: dataset}
        self._plan = self._plan.model_copy(update={"datasets": datasets})
        self._hold([dataset])
        parts = {"node": node.model_dump(mode="json"), "dataset": dataset.model_dump(mode="json")}
        self._send({"op": "extend", **parts})

    def begin_node(self, node: str) -> None:
        """A node begins to load its inputs."""
        if node in self._nodes - self._begun and os.getpid() == self._owner:
            self._begun.add(node)
            self._send({"op": "begin_node", "node": node})

    def read(self, dataset: str, data: object) -> None:
        """A dataset was loaded; of partitions, only their ids are looked at."""
        name, parts = untranscoded(dataset), self._partitions(dataset, data)
        if parts is not None:
            self._send({"op": "read", "dataset": name, "partitions": parts})

    def _partitions(self, dataset: str, data: object) -> list[str] | None:
        plan = self._plan.datasets.get(untranscoded(dataset))
        has_parts = plan is not None and plan.has_parts
        return list(map(str, data)) if has_parts and isinstance(data, dict) else None

    def start_node(self, node: str) -> None:
        """A node has loaded its inputs."""
        self.begin_node(node)
        self._send({"op": "start_node", "node": node})

    def ran(self, node: str, *, streaming: bool) -> None:
        """A node's function returned."""
        self._send({"op": "ran", "node": node, "streaming": streaming})

    def saved(self, dataset: str, data: object) -> None:
        """A dataset was saved."""
        name, parts = untranscoded(dataset), self._partitions(dataset, data)
        if name in self._plan.datasets:
            self._send({"op": "saved", "dataset": name, "partitions": parts or []})

    def end(self, state: State) -> Report | None:
        """End the run, and tell the user what was logged.

        Args:
            state: How the run ended.

        Raises:
            TrackingError: Something failed, and ``on_error`` is ``raise``.
        """
        if os.getpid() != self._owner:
            return None
        try:
            offered = {} if self._begun else self._offered()
            self._send({"op": "end", "state": state, "offered": offered})
            report = self._answer()
        finally:
            self._locks.close()
        note_moves(report.moves) if report else lose_moves(self._problem or UNTOLD)
        problems = [each for each in (self._problem, *(report.problems if report else ())) if each]
        if report is not None and (report.rows or not problems):
            self._show(report)
        if problems:
            self._complain(problems)
        return report

    def settle(self) -> None:
        """Wait until all that was told is recorded, as before a file is written again."""
        self._send({"op": "settle"})
        self._reply()

    def _answer(self) -> Report | None:
        tracker, message = self._tracker, self._reply()
        if tracker is None or message is None:
            return None
        self._trackers.give_back(tracker)
        self._tracker = None
        return _report(message)

    def _reply(self) -> Message | None:
        tracker = self._tracker
        if tracker is None:
            return None
        try:
            with Waiting() as waiting:
                return tracker.answer(cap=self._plan.config.timeouts.wait, watch=waiting.show)
        except TrackerGoneError as error:
            self._lose(str(error))
            return None
        except TrackerBusyError as error:
            self._leave(tracker, str(error))
            return None

    def _show(self, report: Report) -> None:
        if logger.isEnabledFor(logging.INFO):
            with contextlib.suppress(OSError, ValueError):  # nobody reads stderr any more
                show_closing_table(report.rows, report.where)

    def _leave(self, tracker: TrackerProcess, why: str) -> None:
        """Wait no longer: the tracker goes on alone, with what the run wrote until now."""
        self._tracker = None
        here = [plan for plan in self._plan.datasets.values() if plan.kind in LOCAL_KINDS]
        tracker.leave({plan.dataset: marks(plan.where, plan.suffix) for plan in here})
        logger.warning(
            "W&B tracking: %s. It goes on alone; the next command tells what was stored. "
            "Until then, a file that is written again may be lost to it.",
            why,
        )

    def _complain(self, problems: list[str]) -> None:
        told = redacted_text(problems[0], self._plan.config.redact)
        msg = f"W&B tracking: {told.rstrip('.')}."
        if len(problems) > 1:
            msg += f" ({len(problems) - 1} more problem(s) after that.)"
        if self.raises:
            raise TrackingError(msg)
        logger.warning("%s The pipeline's results are not affected.", msg)


def _report(message: Mapping[str, Any]) -> Report:
    rows = [Row(**row) for row in message["rows"]]
    order = list(dict.fromkeys(row.step for row in rows))
    rows.sort(key=lambda row: order.index(row.step))  # steps may have run side by side
    moves = tuple(AliasMove(**move) for move in message["moves"])
    return Report(tuple(rows), tuple(message["problems"]), message["where"], moves)

"""The tracker process itself: reads messages, records runs, answers with the closing table."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any, cast

from pydantic import TypeAdapter

from kedro_wandb.errors import TrackingError
from kedro_wandb.protocol.late import Late, LateReport
from kedro_wandb.protocol.line import Message
from kedro_wandb.protocol.plan import DatasetPlan, Mark, NodePlan, RunPlan
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.settings.redaction import DEFAULT_PATTERNS, redacted_text
from kedro_wandb.stores.base import Progress, Store
from kedro_wandb.stores.fetching import fetch_whole
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.passing import hold_run, temporary_folder
from kedro_wandb.stores.opening import cloud_store
from kedro_wandb.tracker.git import git_facts
from kedro_wandb.tracker.pulse import Pulse
from kedro_wandb.tracker.recorder import Recorder
from kedro_wandb.tracker.writer import Writer, make_writer

_PARENT_EVERY = 1.0

READS = frozenset({"address", "find", "fetch", "versions", "steps"})
"""Questions about what the server has, which belong to no run."""

_WAITED_FOR = READS | {"end", "settle"}
"""Messages that somebody waits for the answer to."""

_MARKS = TypeAdapter(dict[str, dict[str, Mark]])

Say = Callable[[Message], bool]
"""Sends a message to Kedro's process; false if that listens no more."""


class Tracker:
    """Records one run at a time, and never lets an error out.

    Args:
        say: Sends a message to Kedro's process.
        writer: Makes what the runs are written to.
    """

    def __init__(self, say: Say, writer: Callable[[RunPlan, Pulse], Writer] = make_writer) -> None:
        self._say, self._make_writer = say, writer
        self._pulse = Pulse(say)
        self._writer: Writer | None = None
        self._recorder: Recorder | None = None
        self._problems: list[str] = []
        self._secret: Sequence[str] = DEFAULT_PATTERNS
        self._late: LateReport | None = None
        self._told: Late | None = None
        self._is_alone = False
        self._left: dict[str, dict[str, Mark]] = {}
        self._lock = threading.Lock()
        self._passing: Locks | None = None

    def notice(self, message: Message) -> None:
        """Take note of a message that has come in, in the thread that reads them."""
        if message["op"] == "begin":
            self._expect(message["plan"])
        elif message["op"] == "left":
            self._go_on_alone(message["marks"])
        elif message["op"] in _WAITED_FOR:
            self._pulse.start()

    def _expect(self, plan: dict[str, Any]) -> None:
        """Prepare for the end of a run that nobody waits for; its plan is not checked yet."""
        folder, run_id = plan.get("store", {}).get("folder"), plan.get("run_id")
        if folder and run_id:
            self._late, self._told = LateReport(Path(folder), run_id), Late(run_id)

    def handle(self, message: Message) -> None:
        """Do what a message asks for; what goes wrong is told at the end of the run."""
        if message["op"] in READS:
            self.read(message)
            return
        try:
            self._handle(message)
        except Exception as error:  # noqa: BLE001 - a run must not suffer from its tracking
            self._problems.append(f"{type(error).__name__}: {error}")
        if message["op"] == "settle":
            self._pulse.stop()
            self._say({"op": "settled"})
        if message["op"] == "end":
            self._answer(is_awaited=message["state"] != "killed")

    def read(self, message: Message) -> None:
        """Answer a question about the versions on the server."""
        asked = message["store"]
        timeouts = Timeouts(**asked["timeouts"])
        what = str(message.get("reference") or message.get("name") or message["op"])
        self._pulse.begin(what, seconds=timeouts.start + 4 * timeouts.call)
        store = cloud_store(asked["project"], asked["entity"], Path(asked["folder"]), timeouts)
        answer = answer_reader(message, store, self._pulse.moved)
        self._pulse.stop()
        self._say(answer)

    def _handle(self, message: Message) -> None:
        operation = message["op"]
        if operation == "begin":
            self._begin(RunPlan.model_validate(message["plan"]))
            return
        recorder = self._recorder
        if recorder is None:
            return
        if operation == "extend":
            node = NodePlan.model_validate(message["node"])
            recorder.extend(node, DatasetPlan.model_validate(message["dataset"]))
        elif operation == "begin_node":
            recorder.begin_node(message["node"])
        elif operation == "read":
            recorder.read(message["dataset"], message["partitions"])
        elif operation == "start_node":
            recorder.start_node(message["node"])
        elif operation == "saved":
            recorder.saved(message["dataset"], message["partitions"])
        elif operation == "ran":
            recorder.ran(message["node"], streaming=message["streaming"])
        elif operation == "end":
            recorder.end(message["state"], message.get("offered"))

    def _begin(self, plan: RunPlan) -> None:
        self._problems = []
        self._secret = plan.config.redact
        self._recorder = self._writer = None
        self._passing = Locks(plan.store.folder / "locks")
        if any(each.copy_at or each.kind == "alias" for each in plan.datasets.values()):
            hold_run(self._passing, plan.id)
        self._writer = self._make_writer(plan, self._pulse)
        git = git_facts(plan.project_path)
        provenance: dict[str, Any] = {"kedro": plan.kedro} | ({"git": git} if git else {})
        self._recorder = Recorder(plan, self._writer, provenance, self._pulse.moved, self._left)

    def _answer(self, *, is_awaited: bool) -> None:
        """Tell what became of the run, once nothing of it is held open any more."""
        writer, recorder = self._writer, self._recorder
        self._recorder = self._writer = None
        where = ""
        if recorder is not None:
            self._problems[:0] = recorder.problems
        if writer is not None:
            self._problems[:0] = writer.problems()
            where = writer.where()
            with contextlib.suppress(Exception):
                writer.close()
        self._problems = [redacted_text(each, self._secret) for each in self._problems]
        if self._passing is not None:
            self._passing.close()
        rows = tuple(recorder.rows) if recorder else ()
        done = {
            "op": "done",
            "rows": [asdict(row) for row in rows],
            "problems": self._problems,
            "moves": [asdict(move) for move in recorder.aliases.moves] if recorder else [],
            "where": where,
        }
        self._pulse.stop()
        with self._lock:
            is_heard = self._say(done)
            if self._told is not None:
                self._told = replace(
                    self._told,
                    ended=True,
                    rows=rows,
                    problems=tuple(self._problems),
                    where=where,
                )
            if is_awaited and (self._is_alone or not is_heard):
                self._report()

    def _go_on_alone(self, marks: object) -> None:
        """Take note that Kedro's process waits no longer.

        Args:
            marks: Of the files as it left them: what is overwritten later is not this run's.
        """
        self._left.update(_MARKS.validate_python(marks))
        with self._lock:
            self._is_alone = True
            self._report()

    def _report(self) -> None:
        if self._late is not None and self._told is not None:
            with contextlib.suppress(OSError):  # where nothing can be written, nothing is told
                self._late.write(self._told)

    def parent_gone(self) -> None:
        """Close what is open: the process that ran the pipeline is no more."""
        if self._recorder is not None:
            self.handle({"op": "end", "state": "killed"})


def main() -> None:
    """Serve the process at the other end of stdin and stdout until it goes."""
    back = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the SDK prints must not get between our lines
    lock = threading.Lock()

    def say(message: Message) -> bool:
        try:
            with lock:
                back.write(json.dumps(message) + "\n")
                back.flush()
        except (OSError, ValueError):
            return False
        return True

    inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
    stdin = os.fdopen(os.dup(0), encoding="utf-8")
    with _own_temporary_folder():
        tracker = Tracker(say)
        threading.Thread(target=_read, args=(stdin, inbox, tracker), daemon=True).start()
        threading.Thread(target=_watch_parent, args=(os.getppid(), inbox), daemon=True).start()
        while (message := inbox.get()) is not None:
            tracker.handle(message)
        tracker.parent_gone()
    sys.stderr.flush()
    os._exit(0)  # the SDK's own exit handlers may wait for ever


@contextlib.contextmanager
def _own_temporary_folder() -> Iterator[None]:
    """Leave nothing behind of what the SDK puts into the temporary folder and never removes."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # without it, litter is all that is lost
            own = str(stack.enter_context(temporary_folder()))
            os.environ["TMPDIR"] = tempfile.tempdir = own
        yield


def _read(stream: IO[str], inbox: queue.SimpleQueue[Message | None], tracker: Tracker) -> None:
    for line in stream:
        if not line.endswith("\n"):
            break  # the other process ended in the middle of a message
        message = json.loads(line)
        tracker.notice(message)
        inbox.put(message)
    inbox.put(None)


def _watch_parent(parent: int, inbox: queue.SimpleQueue[Message | None]) -> None:
    """Notice the parent's end also while its forked workers hold the pipe open."""
    while os.getppid() == parent:
        time.sleep(_PARENT_EVERY)
    inbox.put(None)


def answer_reader(message: Message, store: Store, progress: Progress | None = None) -> Message:
    """Do, in the tracker process, what Kedro's process asks for; see ``checkout``.

    Args:
        message: The question.
        store: That is asked.
        progress: Told of bytes that are moved, as a sign of life.
    """
    try:
        return {"op": "found", **_found(message, store, progress)}
    except (TrackingError, OSError) as error:
        kind = type(error).__name__ if isinstance(error, TrackingError) else "TrackingError"
        return {"op": "failed", "error": kind, "text": str(error)}


def _found(message: Message, store: Store, progress: Progress | None) -> Message:
    operation = message["op"]
    if operation == "steps":
        return {"steps": [asdict(record) for record in store.steps()]}
    if operation == "versions":
        return {"versions": [asdict(version) for version in store.versions(message["name"])]}
    version = store.find(message["reference"])
    if operation == "address":  # asked of a server alone
        return {"address": cast("Any", store).version_url(version)}
    if operation == "fetch":
        fetch_whole(store, version, Path(message["folder"]), progress)
    return {"version": asdict(version)}

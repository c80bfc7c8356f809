"""The tracker process itself: reads messages, records runs, answers with the closing table."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from kedro_wandb.errors import TrackingError
from kedro_wandb.protocol.line import Message
from kedro_wandb.protocol.plan import RunPlan
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Progress, Store
from kedro_wandb.stores.fetching import fetch_whole
from kedro_wandb.tracker.git import git_facts
from kedro_wandb.tracker.recorder import Recorder
from kedro_wandb.tracker.writer import Writer, make_writer

ALIVE_EVERY = 0.5
"""Seconds between two words about progress."""

READS = frozenset({"find", "fetch", "versions", "steps"})
"""Questions about what the server has, which belong to no run."""

_PARENT_EVERY = 1.0
_MORE = 10.0

Say = Callable[[Message], None]


class Tracker:
    """Records one run at a time, and never lets an error out."""

    def __init__(self, say: Say, writer: Callable[[RunPlan, Say], Writer] = make_writer) -> None:
        """Begin.

        Args:
            say: Sends a message to Kedro's process.
            writer: Makes what the runs are written to.
        """
        self._say, self._make_writer = say, writer
        self._writer: Writer | None = None
        self._recorder: Recorder | None = None
        self._problems: list[str] = []
        self._told = 0.0

    def handle(self, message: Message) -> None:
        """Do what a message asks for; what goes wrong is told at the end of the run."""
        if message["op"] in READS:
            self.read(message)
            return
        try:
            self._handle(message)
        except Exception as error:  # noqa: BLE001 - a run must not suffer from its tracking
            self._problems.append(f"{type(error).__name__}: {error}")
        if message["op"] == "end":
            self._answer()

    def read(self, message: Message) -> None:
        """Answer a question about the versions on the server."""
        from kedro_wandb.stores.wandb.store import CloudStore  # noqa: PLC0415 - imports the SDK

        asked = message["store"]
        store = CloudStore(
            asked["project"],
            asked["entity"],
            Path(asked["folder"]),
            Timeouts(**asked["timeouts"]),
        )
        self._say(answer_reader(message, store, self._progress))

    def _handle(self, message: Message) -> None:
        operation = message["op"]
        if operation == "begin":
            self._begin(RunPlan.model_validate(message["plan"]))
            return
        recorder = self._recorder
        if recorder is None:
            return
        if operation == "begin_node":
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
        self._recorder = self._writer = None
        self._writer = self._make_writer(plan, self._say)
        git = git_facts(plan.project_path)
        provenance: dict[str, Any] = {"kedro": plan.kedro} | ({"git": git} if git else {})
        self._recorder = Recorder(plan, self._writer, provenance, self._progress)

    def _progress(self, _: int) -> None:
        now = time.monotonic()
        if now - self._told > ALIVE_EVERY:
            self._told = now
            self._say({"op": "wait", "seconds": _MORE})

    def _answer(self) -> None:
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
        self._say(
            {
                "op": "done",
                "rows": [asdict(row) for row in recorder.rows] if recorder else [],
                "problems": self._problems,
                "moves": [asdict(move) for move in recorder.aliases.moves] if recorder else [],
                "where": where,
            }
        )

    def parent_gone(self) -> None:
        """Close what is open: the process that ran the pipeline is no more."""
        if self._recorder is not None:
            self.handle({"op": "end", "state": "killed"})


def main() -> None:
    """Serve the process at the other end of stdin and stdout until it goes."""
    back = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the SDK prints must not get between our lines

    writing = threading.Lock()  # downloads tell of their progress from several threads

    def say(message: Message) -> None:
        with writing, contextlib.suppress(OSError, ValueError):
            back.write(json.dumps(message) + "\n")
            back.flush()

    inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
    stdin = os.fdopen(os.dup(0), encoding="utf-8")
    threading.Thread(target=_read, args=(stdin, inbox), daemon=True).start()
    threading.Thread(target=_watch_parent, args=(os.getppid(), inbox), daemon=True).start()
    tracker = Tracker(say)
    while (message := inbox.get()) is not None:
        tracker.handle(message)
    tracker.parent_gone()
    sys.stderr.flush()
    os._exit(0)  # the SDK's own exit handlers may wait for ever


def _read(stream: IO[str], inbox: queue.SimpleQueue[Message | None]) -> None:
    for line in stream:
        inbox.put(json.loads(line))
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
    if operation == "fetch":
        fetch_whole(store, version, Path(message["folder"]), progress)
    return {"version": asdict(version)}

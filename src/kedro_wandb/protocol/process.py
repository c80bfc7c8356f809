"""The tracker process, as Kedro's process sees it."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kedro_wandb.protocol.line import Line, Message, TrackerGoneError
from kedro_wandb.protocol.plan import Mark

PATIENCE = 10.0
"""Seconds without any word from the tracker after which it is given up."""

STILL = 120.0
"""Seconds, all waits together, in which it may be at work without moving a byte."""

LOG = "KEDRO_WANDB_LOG"
"""Environment variable: a file for what the tracker process and the SDK have to say."""

_GOODBYE = 2.0
_START = (
    "import sys; sys.path.append(sys.argv[1]); from kedro_wandb.tracker.main import main; main()"
)


class TrackerBusyError(Exception):
    """The tracker is at work, for longer than anyone waits."""


class TrackerProcess:
    """A process of its own that hashes, stores and talks to W&B.

    Whatever hangs or crashes in there, Kedro's process only ever waits a bounded time. It
    is in a session of its own, so that Ctrl-C reaches Kedro alone, and ends when Kedro's
    process does: then it closes what is open.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it.

        Args:
            environment: Its variables; the API key may be among them, and ``LOG``.

        Raises:
            OSError: It can't be started.
        """
        self.environment = dict(environment)
        package = str(Path(__file__).parents[2])
        with contextlib.ExitStack() as stack:
            log = self.environment.get(LOG)
            stream = stack.enter_context(Path(log).open("ab")) if log else subprocess.DEVNULL
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                # -P: what lies in the user's folder is none of its modules.
                [sys.executable, "-P", "-c", _START, package],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=self.environment,
                start_new_session=True,
            )
        if self._process.stdin is None or self._process.stdout is None:
            msg = "no pipes"
            raise OSError(msg)
        self._line = Line(
            os.dup(self._process.stdin.fileno()), os.dup(self._process.stdout.fileno())
        )
        self._process.stdin.close()
        self._process.stdout.close()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def send(self, message: Message) -> None:
        """Send a message without waiting.

        Raises:
            TrackerGoneError: It has ended.
        """
        self._line.send(message)

    def answer(
        self,
        patience: float = PATIENCE,
        cap: float | None = None,
        watch: Callable[[Message], object] = lambda _: None,
    ) -> Message:
        """Wait for its answer, as long as it tells that it is at work.

        Args:
            patience: Seconds without a word after which it is given up.
            cap: Seconds to wait in all; ``None``: as long as bytes move.
            watch: Called with each word on what it is doing.

        Raises:
            TrackerBusyError: It is at work, and the time to wait is over.
            TrackerGoneError: It has ended, or said nothing for too long.
        """
        return await_answer(self._line, patience, cap, watch)

    def leave(self, marks: Mapping[str, Mapping[str, Mark]]) -> None:
        """Let it go on alone; it tells what became of the run when somebody asks next.

        Args:
            marks: Of the run's files, by dataset: what is overwritten later is not the run's.
        """
        with contextlib.suppress(TrackerGoneError):
            self._line.send({"op": "left", "marks": marks}, wait=_GOODBYE)
        self._line.close()
        self._process.returncode = 0  # nobody waits for it: no warning that it still runs

    def close(self) -> None:
        """Let it end; kill it if it does not within a short time."""
        with contextlib.suppress(OSError):
            self._line.close()
        try:
            self._process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._line.close()


def await_answer(
    line: Line,
    patience: float = PATIENCE,
    cap: float | None = None,
    watch: Callable[[Message], object] = lambda _: None,
) -> Message:
    """Wait for an answer; see ``TrackerProcess.answer``."""
    begin = time.monotonic()
    over = begin + cap if cap is not None else math.inf
    deadline, heard, moved, still = begin + patience, begin, -1, 0.0
    while True:
        message = line.receive(min(deadline, over))
        now = time.monotonic()
        if message is None and now < over:
            msg = f"no word from it for {patience:.0f} seconds"
            raise TrackerGoneError(msg)
        if message is not None and message["op"] != "wait":
            return message
        if message is None or still > STILL:
            msg = f"it is still at work after {now - begin:.1f} seconds"
            raise TrackerBusyError(msg)
        still += now - heard if message["moved"] == moved else 0.0
        moved, heard, deadline = message["moved"], now, now + message["seconds"]
        watch(message)


class Trackers:
    """Tracker processes, one for each run at a time; an idle one serves the next run."""

    def __init__(
        self, start: Callable[[Mapping[str, str]], TrackerProcess] = TrackerProcess
    ) -> None:
        """Begin with none.

        Args:
            start: Starts one.
        """
        self._start = start
        self._idle: list[TrackerProcess] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()

    def take(self, environment: Mapping[str, str]) -> TrackerProcess:
        """Return a tracker with that environment, idle or new.

        Raises:
            OSError: None can be started.
        """
        with self._lock:
            if os.getpid() != self._owner:  # after a fork the others are our parent's
                self._idle, self._owner = [], os.getpid()
            for tracker in list(self._idle):
                self._idle.remove(tracker)
                if tracker.is_alive and tracker.environment == dict(environment):
                    return tracker
                tracker.close()
        return self._start(environment)

    def give_back(self, tracker: TrackerProcess) -> None:
        """Keep a tracker for the next run."""
        with self._lock:
            self._idle.append(tracker)

    def close(self) -> None:
        """End those that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        if os.getpid() == self._owner:
            for tracker in idle:
                tracker.close()

"""The tracker process, as Kedro's process sees it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from kedro_wandb.protocol.line import Line, Message, TrackerGoneError

PATIENCE = 10.0
"""Seconds without any word from the tracker after which it is given up."""

LOG = "KEDRO_WANDB_LOG"
"""Environment variable: a file for what the tracker process and the SDK have to say."""

_GOODBYE = 2.0
_START = (
    "import sys; sys.path.append(sys.argv[1]); from kedro_wandb.tracker.main import main; main()"
)


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
                [sys.executable, "-c", _START, package],
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

    def answer(self, patience: float = PATIENCE) -> Message:
        """Wait for its answer, as long as it keeps telling that it is at work.

        Args:
            patience: Seconds without a word after which it is given up.

        Raises:
            TrackerGoneError: It has ended, or said nothing for too long.
        """
        deadline = time.monotonic() + patience
        while True:
            message = self._line.receive(deadline)
            if message is None:
                msg = f"no word from it for {patience:.0f} seconds"
                raise TrackerGoneError(msg)
            if message["op"] != "wait":
                return message
            deadline = max(deadline, time.monotonic() + message["seconds"])

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

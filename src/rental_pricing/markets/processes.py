"""Commands side by side: a process for each, so many at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_THREADS = ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
"""How many threads numeric libraries, and how many processes joblib, take by themselves.

OpenBLAS, Arrow and PyTorch go by the first one, too.
"""

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_GRACE = ((signal.SIGINT, 20.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 0.0))
"""What a process is told that has to end, and for how many seconds it is then left alone."""


@dataclass(frozen=True)
class Job:
    """A command.

    Attributes:
        name: What it is for.
        command: The program and its arguments.
        answer: File for what it says on stdout.
        log: File for what it says on stderr.
    """

    name: str
    command: Sequence[str]
    answer: Path
    log: Path


@dataclass(frozen=True)
class Ended:
    """A job that has ended, or was not begun any more.

    Attributes:
        job: The job.
        code: As of ``subprocess.Popen.returncode``; ``None`` where it was not begun.
        seconds: It took.
        told_to_end: Whether it had been told to end by then.
    """

    job: Job
    code: int | None
    seconds: float
    told_to_end: bool = False


class Processes:
    """Runs jobs, and ends them all when it is told to.

    Each is in a process group of its own: Ctrl-C reaches this process alone, which then ends
    each group in order, whatever else it has started.
    """

    def __init__(
        self,
        number: int,
        variables: Mapping[str, str],
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Begin with none.

        Args:
            number: So many at a time, 1 or more.
            variables: The environment of each.
            say: Tells people, as soon as it is told to stop, that it does.
        """
        self._say = say
        self._number, self._variables = number, dict(variables)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.RLock()  # a signal may come while one is handled
        self._stopping: int | None = None

    @property
    def stopped_by(self) -> int | None:
        """The number of the signal that told it to stop, if one did."""
        return self._stopping

    def run(self, jobs: Sequence[Job], begun: Callable[[Job], object]) -> Iterator[Ended]:
        """Run jobs in their order, the next when one ends; give each as it ends.

        Args:
            jobs: Whatever becomes of one, the others are run.
            begun: Called when one begins, in a thread.

        Raises:
            OSError: One can't be started.
        """
        with self._told_to_stop(), ThreadPoolExecutor(self._number) as pool:
            try:
                for done in as_completed([pool.submit(self._run, job, begun) for job in jobs]):
                    yield done.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if self._running:  # whoever took what was given has failed
                    self.stop(signal.SIGTERM)

    def stop(self, number: int) -> None:
        """Begin no other job, and end those that run; at once where it is told for the second time.

        Args:
            number: Of the signal that is the reason.
        """
        with self._lock:
            if self._stopping is not None:
                self._send(signal.SIGKILL)
                return
            self._stopping = number
        threading.Thread(target=self._end, name="ending", daemon=True).start()

    def _run(self, job: Job, begun: Callable[[Job], object]) -> Ended:
        with contextlib.ExitStack() as stack:
            with self._lock:
                if self._stopping is not None:
                    return Ended(job, None, 0.0)
                start = time.monotonic()
                process = subprocess.Popen(  # noqa: S603 - our own command
                    job.command,
                    stdin=subprocess.DEVNULL,
                    stdout=stack.enter_context(job.answer.open("wb")),
                    stderr=stack.enter_context(job.log.open("wb")),
                    env=self._variables,
                    process_group=0,
                )
                self._running.add(process)
            begun(job)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                _signal(process, signal.SIGKILL)  # what it has left behind in its group
                self._running.discard(process)
                code = process.wait()
                told_to_end = self._stopping is not None
        return Ended(job, code, time.monotonic() - start, told_to_end)

    def _end(self) -> None:
        name = signal.Signals(self._stopping or 0).name
        self._say(f"{name}: those at work are ended, none is begun. Once more ends them at once.")
        for number, patience in _GRACE:
            self._send(number)
            deadline = time.monotonic() + patience
            while self._running and time.monotonic() < deadline:
                time.sleep(0.05)

    def _send(self, number: int) -> None:
        with self._lock:
            for process in self._running:
                _signal(process, number)

    @contextlib.contextmanager
    def _told_to_stop(self) -> Iterator[None]:
        """Stop by signals; those that this process ignores, such as SIGHUP of nohup, still do not.

        They are handled all the same: what is ignored here would be ignored by the jobs, too.
        """

        def handle(number: int, _: FrameType | None) -> None:
            if before[signal.Signals(number)] != signal.SIG_IGN:
                self.stop(number)

        before = {number: signal.getsignal(number) for number in _STOPS}
        for number in _STOPS:
            signal.signal(number, handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the group of a process, which has its number until it is waited for."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def shared_out(cores: int, number: int, variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which so many processes at a time don't fight over the cores.

    What the user has set stays.

    Args:
        cores: Of this machine.
        number: Of processes at a time.
        variables: The environment, such as ``os.environ``.

    >>> shared_out(8, 3, {})
    {'OMP_NUM_THREADS': '2', 'LOKY_MAX_CPU_COUNT': '2'}
    >>> shared_out(8, 3, {"OMP_NUM_THREADS": "8"})["OMP_NUM_THREADS"]
    '8'
    """
    return dict.fromkeys(_THREADS, str(max(1, cores // number))) | dict(variables)

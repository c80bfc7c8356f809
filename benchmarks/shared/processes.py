"""Commands in processes of their own: what they take, and how much memory each process had."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

STEP = 0.05
"""Seconds between two looks at the memory."""

ROLES = {"kedro_wandb.tracker": "tracker", "multiprocessing": "worker", "wandb-core": "SDK"}
"""What a process is for, by a part of its command; the first one is the command's own."""


@dataclass(frozen=True)
class Cost:
    """What one command took.

    Attributes:
        seconds: On the clock.
        cpu_seconds: Of the process and of those that it awaited.
        memory: Highest resident size of a process, bytes, by its role.
        output: What it wrote.
    """

    seconds: float
    cpu_seconds: float
    memory: Mapping[str, int] = field(default_factory=dict)
    output: str = ""

    def peak(self, role: str = "command") -> float:
        """Return the highest resident size of a process of that role, GB; 0 without any."""
        return self.memory.get(role, 0) / 1e9


def clean_environment(project: Path) -> dict[str, str]:
    """Return the variables of a command that finds nobody's account: it is tracked locally.

    Its modules stay compiled, as everywhere where nobody forbids it.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("WANDB_") and key != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | {"NETRC": str(project / "no.netrc"), "KEDRO_DISABLE_TELEMETRY": "1"}


def kedro(
    project: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    python: str | Path = sys.executable,
    accepted: Sequence[int] = (0,),
) -> Cost:
    """Run a command of Kedro's in a project. See :func:`run`."""
    return run(
        [str(python), "-m", "kedro", *arguments],
        project,
        clean_environment(project) if environment is None else environment,
        accepted,
    )


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    accepted: Sequence[int] = (0,),
) -> Cost:
    """Run a command to its end.

    Each process's memory is its own: the kernel's high-water mark, which begins anew with the
    program (that of ``getrusage`` does not).

    Raises:
        RuntimeError: It ended with another exit status than those accepted.
    """
    with (Path(folder) / "command.log").open("w+", encoding="utf-8") as log:
        begin = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=folder, env=dict(environment), stdout=log, stderr=subprocess.STDOUT
        )
        memory: dict[str, int] = {}
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, memory, ended))
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watch.join()
        log.seek(0)
        output = log.read()
    if process.returncode not in accepted:
        msg = f"{' '.join(command)} ended with {process.returncode}:\n{output[-3000:]}"
        raise RuntimeError(msg)
    return Cost(seconds, used.ru_utime + used.ru_stime, memory, output)


def _watch(first: int, memory: dict[str, int], ended: threading.Event) -> None:
    while not ended.wait(STEP):
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(first)
            for process in (root, *root.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    role = "command" if process is root else role_of(process.cmdline())
                    memory[role] = max(memory.get(role, 0), high_water(process))


def role_of(command: Sequence[str]) -> str:
    """Return what a process is for."""
    told = " ".join(command)
    return next((role for part, role in ROLES.items() if part in told), "other")


def high_water(process: psutil.Process) -> int:
    """Return a process's highest resident size so far, bytes; the present one if none is told."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(process.memory_info().rss)

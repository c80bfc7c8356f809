"""A Dask cluster of separate processes, as people start one: a scheduler and workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = str(Path(__file__).parent)  # of deadly_work.py
_PATIENCE = 60  # seconds


@dataclass
class Cluster:
    """A scheduler and its workers, each a process.

    Attributes:
        folder: Of what they write for themselves.
        workers: Those that were started.
    """

    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Of the scheduler."""
        return str(json.loads((self.folder / "scheduler.json").read_text())["address"])

    def start(self) -> subprocess.Popen[bytes]:
        """Start the scheduler, and wait until it can be reached."""
        scheduler = self._run(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
            "--no-dashboard", "--scheduler-file", str(self.folder / "scheduler.json"),
        )  # fmt: skip
        end = time.monotonic() + _PATIENCE
        while not (self.folder / "scheduler.json").exists():
            assert scheduler.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        return scheduler

    def add_worker(self) -> None:
        """Start a worker: one process without a nanny, so that who kills it ends it."""
        worker = self._run(
            "distributed.cli.dask_worker", self.address, "--no-nanny", "--nthreads", "1",
            "--memory-limit", "1GB", "--no-dashboard", "--host", "127.0.0.1",
            "--local-directory", str(self.folder),
        )  # fmt: skip
        self.workers.append(worker)

    def replace_the_dead(self) -> None:
        """Let there be two workers again."""
        self.workers = [each for each in self.workers if each.poll() is None]
        while len(self.workers) < 2:
            self.add_worker()
        while len(self.workers) > 2:
            surplus = self.workers.pop()
            surplus.terminate()
            surplus.wait()

    def _run(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": os.pathsep.join([_HERE, *sys.path])},
            )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    scheduler = made.start()
    try:
        made.add_worker()
        made.add_worker()
        yield made
    finally:
        for process in (*made.workers, scheduler):
            process.kill()
            process.wait()

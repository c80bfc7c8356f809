"""The processes of a search: how they call, and that they end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rental_pricing.tuning.workers import workers

SEARCH = """
import os, sys, time
from pathlib import Path
from rental_pricing.tuning.workers import workers


def judge(number):
    Path(sys.argv[1], f"{number}.part").write_text(str(os.getpid()))
    Path(sys.argv[1], f"{number}.part").rename(Path(sys.argv[1], str(number)))
    end = time.monotonic() + 120
    while time.monotonic() < end:
        pass


with workers(2) as run:
    list(run(judge, [0, 1]))
"""


def is_alive(process: int) -> bool:
    """Whether a process works: a dead one that nobody has asked for is none."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.split()[0] not in "ZX"


def test_one_worker_is_this_process() -> None:
    """Nothing is started, and nothing watched."""
    with workers(1) as run:
        assert list(run(lambda number: (number, os.getpid()), range(3))) == [
            (number, os.getpid()) for number in range(3)
        ]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at Linux's processes")
def test_workers_end_soon_after_the_search_was_killed(tmp_path: Path) -> None:
    """Though each is amid a trial that takes two minutes."""
    with subprocess.Popen([sys.executable, "-c", SEARCH, str(tmp_path)]) as search:
        deadline = time.monotonic() + 100
        while len(list(tmp_path.glob("[01]"))) < 2:
            assert time.monotonic() < deadline
            assert search.poll() is None
            time.sleep(0.1)
        judges = [int(file.read_text(encoding="utf-8")) for file in tmp_path.glob("[01]")]
        assert all(is_alive(each) for each in judges)
        search.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(is_alive(each) for each in judges):
        assert time.monotonic() < deadline
        time.sleep(0.1)

"""How much time experiment tracking adds to the default run.

Run from anywhere::

    python benchmarks/tracking_time.py [--pairs 7]

Each pair is two `kedro run`s of the committed drops, without and with tracking (offline), one
after the other in the same project folder, in turns the one first and the other. The first
pair, in which every version is new, is told apart from the rest, in which none is. Whole
commands are timed. Times of one machine are comparable within one call of this script only.

Exit status: 0 if tracking adds no more than the limit at the median, 1 if it does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 1.5
"""Seconds that tracking may add at the median."""


def main(arguments: list[str]) -> int:
    """Time the pairs, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="pairs of runs")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; seconds of the whole command")
    print(f"{'':12}{'untracked':>10}{'tracked':>10}{'added':>8}")
    added = []
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder) / "project")
        time_run(project, "disabled")  # warms the disk's cache
        for number in range(given.pairs):
            modes = ["disabled", "offline"] if number % 2 else ["offline", "disabled"]
            took = {mode: time_run(project, mode) for mode in modes}
            added.append(took["offline"] - took["disabled"])
            what = "all new" if number == 0 else "unchanged"
            print(
                f"{what:12}{took['disabled']:10.2f}{took['offline']:10.2f}{added[-1]:8.2f}",
                flush=True,
            )
    median = statistics.median(added)
    verdict = "met   " if median <= LIMIT else "MISSED"
    print(f"{verdict}  median {median:.2f} s added, limit {LIMIT:.1f} s")
    return 0 if median <= LIMIT else 1


def make_project(project: Path) -> Path:
    """Copy what a run needs to a fresh folder."""
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    shutil.copytree(ROOT / "data/01_raw", project / "data/01_raw")
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project)
    for name in ("conf/local", "src"):
        (project / name).mkdir()
    return project


def time_run(project: Path, mode: str) -> float:
    """Run all pipelines and return the seconds of the whole command."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "kedro", "run"],
        cwd=project,
        env=os.environ | {"WANDB_MODE": mode},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

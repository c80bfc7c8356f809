"""How long the pipelines take, on the committed drops and on larger synthetic ones.

Run from anywhere::

    python benchmarks/run_time.py [--rows 12000 100000] [--drops FOLDER]

Then the second week of the committed drops, or of those in a folder, is done by ``kedro run``
and by ``kedro weekly``, each from a copy of the project as the first week has left it.

Each run is a `kedro run` in a process and a project folder of its own. Times of one machine
are comparable within one call of this script only; the claim is about the committed drops.

Exit status: 0 if the pipelines take less than the limit on the committed drops, and the week
not more than twice the run's time; 1 if not.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMITTED = ROOT / "data/01_raw/listings"
LIMIT = 20.0
"""Seconds that the pipelines may take on the committed drops."""

MOST_WEEKLY = 2.0
"""Times the run's seconds that the week may take."""

_DONE = re.compile(r"completed successfully in ([\d.]+) (sec|min)")


@dataclass(frozen=True)
class Timing:
    """One run: seconds of the pipelines, and of the whole command."""

    pipelines: float
    command: float


def main(arguments: list[str]) -> int:
    """Time the runs, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000], help="larger drops")
    parser.add_argument("--repeats", type=int, default=3, help="runs on the committed drops")
    parser.add_argument("--drops", type=Path, default=COMMITTED, help="whose weeks are done")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; seconds of the pipelines / of the whole command")
    with tempfile.TemporaryDirectory() as folder:
        ratio = time_week(Path(folder), given.drops.resolve())
        committed = [time_run(Path(folder), COMMITTED) for _ in range(given.repeats)]
        for timing in committed:
            show("committed drops, 18,000 rows", timing)
        for rows in given.rows:
            drops = Path(folder) / f"drops_{rows}"
            make_drop(drops, rows)
            show(f"one synthetic drop of {rows:,} rows", time_run(Path(folder), drops))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest peak memory of a process: {peak:.0f} MB")
    median = sorted(timing.pipelines for timing in committed)[len(committed) // 2]
    print(f"{'met   ' if median < LIMIT else 'MISSED'}  median {median:.1f} s, limit {LIMIT:.0f} s")
    is_quick = ratio <= MOST_WEEKLY
    print(f"{'met   ' if is_quick else 'MISSED'}  a week: {ratio:.2f} runs, limit {MOST_WEEKLY:g}")
    return 0 if median < LIMIT and is_quick else 1


def make_drop(folder: Path, rows: int) -> None:
    """Write one synthetic drop."""
    command = [sys.executable, str(ROOT / "tools/synthetic_drops.py"), "--rows", str(rows)]
    command += ["--date", "2024-01-08", "--seed", "1", "--to", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own script


def time_week(folder: Path, drops: Path) -> float:
    """Do the second week by either command, and return the ratio of their seconds."""
    first, *_ = sorted(drops.glob("????-??-??.csv*"))
    before = make_project(folder)
    given = f"drops={drops}"
    kedro(before, "run", "--params", f"{given},as_of={first.name[:10]}")
    seconds = {}
    for command in ("run", "weekly"):
        project = folder / command
        shutil.copytree(before, project)
        start, cpu = time.perf_counter(), cpu_seconds()
        kedro(project, command, "--params", given)
        seconds[command] = time.perf_counter() - start
        told = f"the second week by kedro {command}"
        print(f"{told:40}{seconds[command]:17.1f}   CPU {cpu_seconds() - cpu:.1f}", flush=True)
    return seconds["weekly"] / seconds["run"]


def cpu_seconds() -> float:
    """Return the CPU time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def time_run(folder: Path, drops: Path) -> Timing:
    """Run all pipelines in a fresh project folder."""
    project = make_project(folder)
    start = time.perf_counter()
    said = kedro(project, "run", "--params", f"drops={drops}")
    seconds = time.perf_counter() - start
    told = _DONE.search(said)
    if told is None:
        msg = f"the run did not say how long it took:\n{said[-2000:]}"
        raise RuntimeError(msg)
    return Timing(float(told[1]) * (60 if told[2] == "min" else 1), seconds)


def make_project(folder: Path) -> Path:
    """Make a project folder without drops."""
    project = Path(tempfile.mkdtemp(dir=folder))
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    shutil.copy(ROOT / "pyproject.toml", project)
    shutil.copy(ROOT / ".telemetry", project)
    (project / "conf/local").mkdir()
    (project / "src").mkdir()
    return project


def kedro(project: Path, *arguments: str) -> str:
    """Call a command in a process of its own, and return what it logged."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"kedro {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}"
        raise RuntimeError(msg)
    return done.stderr


def show(what: str, timing: Timing) -> None:
    """Print one line."""
    print(f"{what:40}{timing.pipelines:8.1f} /{timing.command:7.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How long the pipelines take, on the committed drops and on larger synthetic ones.

Run from anywhere::

    python benchmarks/run_time.py [--rows 12000 100000]

Each run is a `kedro run` in a process and a project folder of its own. Times of one machine
are comparable within one call of this script only; the claim is about the committed drops.

Exit status: 0 if the pipelines take less than the limit on the committed drops, 1 if not.
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
LIMIT = 20.0
"""Seconds that the pipelines may take on the committed drops."""

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
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; seconds of the pipelines / of the whole command")
    with tempfile.TemporaryDirectory() as folder:
        committed = [
            time_run(Path(folder), ROOT / "data/01_raw/listings") for _ in range(given.repeats)
        ]
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
    return 0 if median < LIMIT else 1


def make_drop(folder: Path, rows: int) -> None:
    """Write one synthetic drop."""
    command = [sys.executable, str(ROOT / "tools/synthetic_drops.py"), "--rows", str(rows)]
    command += ["--date", "2024-01-08", "--seed", "1", "--to", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own script


def time_run(folder: Path, drops: Path) -> Timing:
    """Run all pipelines in a fresh project folder."""
    project = Path(tempfile.mkdtemp(dir=folder))
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    shutil.copy(ROOT / "pyproject.toml", project)
    shutil.copy(ROOT / ".telemetry", project)
    (project / "conf/local").mkdir()
    (project / "src").mkdir()
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", "run", "--params", f"drops={drops}"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    told = _DONE.search(done.stderr)
    if told is None:
        msg = f"the run did not say how long it took:\n{done.stderr[-2000:]}"
        raise RuntimeError(msg)
    return Timing(float(told[1]) * (60 if told[2] == "min" else 1), seconds)


def show(what: str, timing: Timing) -> None:
    """Print one line."""
    print(f"{what:40}{timing.pipelines:8.1f} /{timing.command:7.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How much time experiment tracking adds to a run without an account.

Run from anywhere::

    python benchmarks/tracking_time.py [--pairs 7] [--project product|starter|both]

Each pair is two `kedro run`s, without and with tracking, one after the other in the same
project folder, in turns the one first and the other; whole commands are timed. The projects
are this one on its committed drops, and one in the shape of Kedro's tutorial, which is small.
The first pair, in which every version is new, is told apart from the rest, in which none is.
Times of one machine are comparable within one call of this script only.

Exit status: 0 if tracking adds no more than the limits at the median, 1 if it does.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

SHUTTLES = 20_000
"""Rows of the small project's tables."""


@dataclass(frozen=True)
class Limit:
    """What tracking may add at the median: seconds, and as a multiple of the untracked run."""

    seconds: float
    ratio: float


LIMITS = {"product": Limit(0.3, 1.1), "starter": Limit(0.5, 1.1)}


def main(arguments: list[str]) -> int:
    """Time the pairs of each project, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="pairs of runs")
    parser.add_argument("--project", choices=[*LIMITS, "both"], default="both")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; seconds of the whole command")
    chosen = [given.project] if given.project in LIMITS else list(LIMITS)
    met = [time_project(name, given.pairs) for name in chosen]
    return 0 if all(met) else 1


def time_project(name: str, pairs: int) -> bool:
    """Time the pairs of a project, and return whether it keeps its limit."""
    print(f"{name:12}{'untracked':>10}{'tracked':>10}{'added':>8}{'ratio':>8}")
    added, ratios = [], []
    with tempfile.TemporaryDirectory() as folder:
        project = MAKERS[name](Path(folder) / "project")
        time_run(project, tracked=False)  # warms the disk's cache
        for number in range(pairs):
            order = [False, True] if number % 2 else [True, False]
            took = {tracked: time_run(project, tracked=tracked) for tracked in order}
            added.append(took[True] - took[False])
            ratios.append(took[True] / took[False])
            what = "all new" if number == 0 else "unchanged"
            print(
                f"{what:12}{took[False]:10.2f}{took[True]:10.2f}{added[-1]:8.2f}{ratios[-1]:8.3f}",
                flush=True,
            )
    seconds, ratio, limit = statistics.median(added), statistics.median(ratios), LIMITS[name]
    is_met = seconds <= limit.seconds and ratio <= limit.ratio
    print(
        f"{'met   ' if is_met else 'MISSED'}  {name}: median {seconds:.2f} s added, limit "
        f"{limit.seconds:.1f} s; median ratio {ratio:.3f}, limit {limit.ratio:.1f}"
    )
    return is_met


def make_product(project: Path) -> Path:
    """Copy what a run of this project needs to a fresh folder."""
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    shutil.copytree(ROOT / "data/01_raw", project / "data/01_raw")
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project)
    for name in ("conf/local", "src"):
        (project / name).mkdir()
    return project


def make_starter(project: Path) -> Path:
    """Build the small project, which is one of the tests'."""
    sys.path[:0] = [str(ROOT / "tests/kedro_wandb"), str(ROOT / "tests")]
    importlib.import_module("spaceflights").make_spaceflights(project, SHUTTLES)
    (project / "conf/base/wandb.yml").write_text("project: starter\n", encoding="utf-8")
    return project


MAKERS: dict[str, Callable[[Path], Path]] = {"product": make_product, "starter": make_starter}


def time_run(project: Path, *, tracked: bool) -> float:
    """Run all pipelines and return the seconds of the whole command."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    # No key of whoever runs this is found, so that tracking goes to the local store.
    environment = kept | {"NETRC": str(project / "no.netrc")}
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "kedro", "run"],
        cwd=project,
        env=environment | ({} if tracked else {"WANDB_MODE": "disabled"}),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

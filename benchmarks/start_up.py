"""How long short commands take, beside what Kedro itself takes with the same plugins.

Run from anywhere::

    python benchmarks/start_up.py [--repeats 7]

Whole commands are timed, each in a process of its own, in turns, so that a busy moment
strikes all alike; CPU time is that of the command and of the processes that it started and
awaited. The floor is a project of one trivial node with the same plugins installed. Tracked
runs are tracked locally, without an account. Times of one machine are comparable within one
call of this script only.

Exit status: 0 if the validation takes no more than its limits at the median, 1 if it does.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VALIDATION = "run --pipelines data_validation"
LIMITS = {False: 3.0, True: 3.5}
"""Seconds that the validation of the committed drops may take, untracked and tracked."""

FLOOR = {
    "pyproject.toml": (
        '[tool.kedro]\npackage_name = "floor"\nproject_name = "floor"\n'
        'kedro_init_version = "1.7.0"\nsource_dir = "src"\n'
    ),
    "src/floor/__init__.py": "",
    "src/floor/settings.py": "",
    "src/floor/pipeline_registry.py": (
        "from kedro.pipeline import Node, Pipeline\n\n\n"
        "def nothing():\n    return 1\n\n\n"
        "def register_pipelines():\n"
        "    return {'__default__': Pipeline([Node(nothing, None, 'one')])}\n"
    ),
    "conf/base/catalog.yml": "",
    "conf/local/.gitkeep": "",
}


@dataclass(frozen=True)
class Case:
    """A command, where it runs, and whether it is tracked."""

    what: str
    project: Path
    arguments: str
    tracked: bool = False


@dataclass(frozen=True)
class Timing:
    """Seconds of one command."""

    wall: float
    cpu: float


def main(arguments: list[str]) -> int:
    """Time the commands, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="runs of each command")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; medians of {given.repeats} whole commands, seconds")
    with tempfile.TemporaryDirectory() as folder:
        floor, project = make_floor(Path(folder) / "floor"), make_project(Path(folder) / "project")
        run(Case("", project, "run --pipelines data_processing,data_validation", tracked=True))
        cases = [
            Case("kedro --help, floor", floor, "--help"),
            Case("kedro --help", project, "--help"),
            Case("one node, floor", floor, "run"),
            Case("data_processing", project, "run --pipelines data_processing"),
            Case("data_validation", project, VALIDATION),
            Case(
                "data_processing, tracked", project, "run --pipelines data_processing", tracked=True
            ),
            Case("data_validation, tracked", project, VALIDATION, tracked=True),
        ]
        took = {case: [run(case)] for case in cases}
        for _ in range(given.repeats - 1):
            for case in cases:
                took[case].append(run(case))
    return show(took)


def show(took: dict[Case, list[Timing]]) -> int:
    """Print the medians beside the limits; return 1 if one is missed."""
    print(f"{'':28}{'wall':>7}{'CPU':>7}{'limit':>7}")
    missed = False
    for case, timings in took.items():
        wall = statistics.median(each.wall for each in timings)
        cpu = statistics.median(each.cpu for each in timings)
        limit = LIMITS[case.tracked] if case.arguments == VALIDATION else None
        verdict = "" if limit is None else f"{limit:7.1f}  {'met' if wall <= limit else 'MISSED'}"
        missed |= limit is not None and wall > limit
        print(f"{case.what:28}{wall:7.2f}{cpu:7.2f}{verdict}")
    return int(missed)


def make_floor(project: Path) -> Path:
    """Write the least project that Kedro runs."""
    for name, content in FLOOR.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return project


def make_project(project: Path) -> Path:
    """Copy what a run needs to a fresh folder, with the committed drops."""
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    shutil.copytree(ROOT / "data/01_raw", project / "data/01_raw")
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project)
    for name in ("conf/local", "src"):
        (project / name).mkdir()
    return project


def run(case: Case) -> Timing:
    """Run a command to its end.

    Raises:
        RuntimeError: It failed.
    """
    names = {"WANDB_MODE", "WANDB_API_KEY"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"KEDRO_DISABLE_TELEMETRY": "1"}
    environment |= {"WANDB_MODE": "offline" if case.tracked else "disabled"}
    before, start = _cpu(), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", *case.arguments.split()],
        cwd=case.project,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    wall = time.perf_counter() - start
    if done.returncode:
        told = f"{done.stdout[-1000:]}{done.stderr[-1000:]}"
        msg = f"{case.what}: exit status {done.returncode}\n{told}"
        raise RuntimeError(msg)
    return Timing(wall, _cpu() - before)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

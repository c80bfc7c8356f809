"""What many markets cost: to read, to look through, to do, and on disk.

Run from anywhere::

    python benchmarks/markets.py [--markets 8] [--rows 12000] [--jobs 2]

Each market is a synthetic city of its own folder of configuration, with the default model, tracked
locally. ``kedro markets`` does the first week of one half with one process at a time, of the
other with as many as are asked for, then all of them once more, which is nothing new. CPU time
is that of the command and of all processes that it started; wall time is told as a ratio.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tools"))

from synthetic_drops import make_drop, write_drop  # noqa: E402 - where it lies is known now

DAY = "2024-01-08"


@dataclass(frozen=True)
class Took:
    """What a command took."""

    wall: float
    cpu: float
    answer: dict[str, Any]


def main(arguments: list[str]) -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markets", type=int, default=8, help="cities, an even number")
    parser.add_argument("--rows", type=int, default=12_000, help="of each city's drop")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    given = parser.parse_args(arguments)
    half = given.markets // 2
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        names = make_project(project, 2 * half, given.rows)
        alone = run(project, "--jobs", "1", *names[:half])
        beside = run(project, "--jobs", str(given.jobs), *names[half:])
        again = run(project, "--except", "base")
        planned = run(project, "--except", "base", "--dry-run")
        # Of no market of that name: all are read, and none is run.
        read = run(project, "nowhere", status=2)
        bare = run(project, "nowhere", "--conf-source", "bare", status=2)
        logs = Path(beside.answer["logs"])
        size = size_of(logs) / half
        disk = {name: size_of(project / name) / (2 * half) for name in ("data", ".wandb")}
    print(f"{os.cpu_count()} cores; {2 * half} markets of {given.rows:,} rows; of each market:")
    print(f"reading its configuration      {(read.cpu - bare.cpu) / (2 * half):8.2f} CPU s")
    print(f"first week                     {alone.cpu / half:8.2f} CPU s")
    print(f"first week, {given.jobs} at a time        {beside.cpu / half:8.2f} CPU s")
    print(f"nothing new                    {again.cpu / (2 * half):8.2f} CPU s")
    print(f"dry run                        {planned.cpu / (2 * half):8.2f} CPU s")
    print(f"{given.jobs} at a time / one at a time     {beside.wall / alone.wall:8.2f} of the time")
    print(f"log of a first week            {size / 1e3:8.1f} kB")
    for name, held in disk.items():
        print(f"on disk in {name:8}            {held / 1e6:8.1f} MB")


def make_project(project: Path, markets: int, rows: int) -> list[str]:
    """Copy the configuration to a fresh folder, and add cities with a drop each."""
    for name in ("conf", "bare"):
        shutil.copytree(ROOT / "conf", project / name, ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project)
    for name in ("conf/local", "src"):
        (project / name).mkdir()
    names = [f"city{number}" for number in range(1, markets + 1)]
    for number, name in enumerate(names, start=1):
        drops = project / f"data/{name}/01_raw/listings"
        drops.mkdir(parents=True)
        drop = make_drop(rows, date=dt.date.fromisoformat(DAY), seed=number)
        write_drop(drop, drops / f"{DAY}.csv")
        (project / "conf" / name).mkdir()
        told = f"market: {{name: {name}}}\n"
        (project / "conf" / name / "parameters.yml").write_text(told, encoding="utf-8")
    return names


def run(project: Path, *arguments: str, status: int = 0) -> Took:
    """Run ``kedro markets``.

    Raises:
        RuntimeError: It ends with another exit status.
    """
    names = {name for name in os.environ if name.startswith("WANDB_")}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"KEDRO_DISABLE_TELEMETRY": "1", "NETRC": os.devnull}
    before, start = _cpu(), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", "markets", "--json", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode != status:
        msg = f"exit status {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-1000:]}"
        raise RuntimeError(msg)
    answer = json.loads(done.stdout or "{}")
    return Took(time.perf_counter() - start, _cpu() - before, answer)


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1:])

"""Speed and memory of pricing listings in bulk, by ``kedro run --pipelines inference``.

Run from anywhere::

    python benchmarks/inference.py [--drops FOLDER] [--rows 1000000]

A model is trained from the drops, and released, in a project folder of its own. Then each
command runs in a process of its own, with tracking as shipped: listings of the newest drop under
new ids, 20,000 of them without and with five similar ones each, a hundred with explanations, and
``--rows`` in one file: as they are, and moved out of the city, so that a note has to be written
for each.

Exit status: 0 if all targets are met, 1 if not.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FEW, SOME = 100, 20_000

MAX_SECONDS = 6.0
"""Longest time of the whole command for 20,000 listings."""

MAX_SIMILAR, MAX_EXPLAINED = 3.0, 5.0
"""Longest time that similar listings of 20,000, and explanations of 100, may add, seconds."""

MIN_RATE, MAX_MEMORY = 20_000, 1.0
"""Least rows a second of a large file, and most memory, GB (10**9 bytes)."""


@dataclass(frozen=True)
class Cost:
    """What one command took.

    Attributes:
        seconds: On the clock.
        cpu_seconds: Of the process and its tracker.
        memory: Highest resident size, GB.
    """

    seconds: float
    cpu_seconds: float
    memory: float


def main(arguments: list[str]) -> int:
    """Measure, print and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drops", type=Path, default=ROOT / "data/01_raw/listings")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the large file")
    parser.add_argument("--repeats", type=int, default=3, help="of the small ones")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder, "project"), given.drops.resolve())
        newest = max(given.drops.resolve().glob("*.csv*"))
        files = {n: Path(folder, f"{n}.csv") for n in (FEW, SOME, given.rows)}
        for rows, file in files.items():
            write_listings(file, newest, rows)
        outside = Path(folder, "outside.csv")
        write_listings(outside, newest, given.rows, north=5.0)

        def best(file: Path, similar: int = 0, explain: int = 0) -> Cost:
            costs = [price(project, file, similar, explain) for _ in range(given.repeats)]
            return min(costs, key=lambda cost: cost.seconds)

        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        plain = show(f"{SOME} listings", best(files[SOME]))
        similar = show("... with five similar ones each", best(files[SOME], similar=5))
        few = show(f"{FEW} listings", best(files[FEW]))
        explained = show("... explained", best(files[FEW], explain=FEW))
        large = show(f"{given.rows} listings", price(project, files[given.rows]))
        told = show("... all outside of the city", price(project, outside))
    rates = [given.rows / cost.seconds for cost in (large, told)]
    memory = max(large.memory, told.memory)
    beside = {
        "similar ones": (similar.seconds - plain.seconds, MAX_SIMILAR),
        "explanations": (explained.seconds - few.seconds, MAX_EXPLAINED),
    }
    met = {
        f"{SOME} listings in {plain.seconds:.1f} s, at most {MAX_SECONDS:.0f}": (
            plain.seconds <= MAX_SECONDS
        ),
        **{
            f"{what} {seconds:.1f} s more, at most {most:.0f}": seconds <= most
            for what, (seconds, most) in beside.items()
        },
        f"{min(rates):.0f} rows/s of a large file, at least {MIN_RATE}": min(rates) >= MIN_RATE,
        f"{memory:.2f} GB, at most {MAX_MEMORY:.0f}": memory <= MAX_MEMORY,
    }
    for target, is_met in met.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {target}")
    return 0 if all(met.values()) else 1


def make_project(path: Path, drops: Path) -> Path:
    """Train a model in a fresh project folder, and put it into production."""
    shutil.copytree(ROOT / "conf", path / "conf", ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, path)
    (path / "conf/local").mkdir()
    (path / "src").mkdir()
    kedro(path, "run", "--params", f"drops={drops}")  # the first model is released by rule
    return path


def price(project: Path, file: Path, similar: int = 0, explain: int = 0) -> Cost:
    """Price a file's listings."""
    chosen = f"inference.similar={similar},inference.explain={explain}"
    return kedro(
        project, "run", "--pipelines", "inference", "--params", f"to_price={file},{chosen}"
    )


def kedro(project: Path, *arguments: str) -> Cost:
    """Run a command in a process of its own, tracked in the local store."""
    environment = {key: each for key, each in os.environ.items() if not key.startswith("WANDB_")}
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", *arguments],
        cwd=project,
        env=environment | {"WANDB_MODE": "offline"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        msg = f"kedro {' '.join(arguments)} ended with {process.returncode}"
        raise RuntimeError(msg)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)


def write_listings(file: Path, drop: Path, rows: int, north: float = 0.0) -> None:
    """Write the rows of a drop again and again under new ids, moved north by degrees."""
    opened = gzip.open if drop.suffix == ".gz" else open
    with opened(drop, "rt", encoding="utf-8", newline="") as source:
        header, *records = csv.reader(source)
    place, latitude = header.index("id"), header.index("latitude")
    for record in records:
        record[latitude] = f"{float(record[latitude] or 0) + north:.5f}"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        for number in range(rows):
            record = records[number % len(records)]
            writer.writerow([*record[:place], 10**9 + number, *record[place + 1 :]])


def show(what: str, cost: Cost) -> Cost:
    """Print one line."""
    print(
        f"{what:34}{cost.seconds:7.1f} s{cost.cpu_seconds:8.1f} CPU s{cost.memory:7.2f} GB",
        flush=True,
    )
    return cost


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

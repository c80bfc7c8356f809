"""Speed and memory of data_processing on one core, beside a bare read of the same files.

    python benchmarks/processing.py [--rows 100000] [--drops 10] [--quick]

Ten drops are made from the rows of a given drop (the committed synthetic one by default) under
new ids, 90 % of which each drop shares with the one before. Three stages, each in a process of
its own, pinned to one core, without threads:

- ``read``: ``pyarrow.csv`` reads all files as texts and throws them away,
- ``ingest``: each drop is checked, read, typed and judged,
- ``whole``: that, the typed drops, listings, rejected rows and accounts on disk.

``--rows 2000000`` is the size of the targets; it takes some minutes and 3 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import pyarrow as pa
from pyarrow import csv as arrow_csv

from rental_pricing.datasets.files import JSONDataset
from rental_pricing.datasets.table_pieces import TablePiecesDataset
from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.datasets.weekly_drops import WeeklyDropsDataset
from rental_pricing.listings.ingest import Findings
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.pipelines.data_processing.nodes import select_listings, type_drops
from shared.configuration import base_parameters
from shared.drops import ROWS_OF, make_drops
from shared.pairs import in_turns
from shared.processes import high_water
from shared.results import Section, Table, Target, close, options, parse

STAGES = {
    "read": "`pyarrow.csv` alone",
    "ingest": "read, typed and judged",
    "whole": "listings on disk",
}
QUICK_ROWS = 5_000
MIN_RATE = {"ingest": 400_000, "whole": 250_000}
"""Lowest number of rows a second of CPU time."""

MAX_MEMORY = 4.0
"""Most memory of a stage, GB (10**9 bytes)."""


@dataclass(frozen=True)
class Result:
    """What one stage took.

    Attributes:
        rows: Raw rows.
        cpu_seconds: Of all threads.
        seconds: On the clock.
        memory: Highest resident size, GB.
    """

    rows: int
    cpu_seconds: float
    seconds: float
    memory: float


def read_bare(folder: Path) -> int:
    """Read all files with ``pyarrow.csv`` alone; return the number of rows."""
    rows = 0
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8") as opened:
            texts = dict.fromkeys(opened.readline().strip().split(","), pa.string())
        table = arrow_csv.read_csv(
            file,
            arrow_csv.ReadOptions(use_threads=False),
            arrow_csv.ParseOptions(newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=texts),
        )
        rows += table.num_rows
    return rows


def process(folder: Path, *, whole: bool) -> int:
    """Ingest all drops, or process them to the end; return the number of rows."""
    market = MarketParameters(**base_parameters()["market"])
    parameters = ProcessingParameters(**base_parameters()["data_processing"])
    weekly = WeeklyDropsDataset(path=str(folder)).load()
    made, window = type_drops(weekly, None, None, market, parameters)
    if not whole:
        return sum(
            piece.num_rows
            for drop in made.drops.values()
            for piece in drop.pieces(Findings(drop.file))
        )
    results = folder / "results"
    typed = TypedDropsDataset(path=f"{results}/typed_drops")
    typed.save(made)
    listings, rejected, report = select_listings(typed.load(), window)
    TablePiecesDataset(filepath=f"{results}/listings.parquet").save(listings)
    TablePiecesDataset(filepath=f"{results}/rejected_listings.parquet").save(rejected)
    JSONDataset(filepath=f"{results}/processing_report.json").save(report)
    rows: int = report["total"]["rows"]
    return rows


def run_stage(stage: str, folder: Path) -> Result:
    """Run a stage in this process, on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    began, cpu = time.perf_counter(), time.process_time()
    rows = read_bare(folder) if stage == "read" else process(folder, whole=stage == "whole")
    return Result(
        rows,
        time.process_time() - cpu,
        time.perf_counter() - began,
        high_water(psutil.Process()) / 1e9,
    )


def in_a_process(stage: str, folder: Path) -> Result:
    """Run a stage in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--stage", stage, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str]) -> int:
    """Make the drops, run the stages, and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--drops", type=int, default=10)
    parser.add_argument("--rows", type=int, default=100_000, help="of each drop")
    parser.add_argument("--rows-of", type=Path, default=ROWS_OF, help="a drop to take rows from")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parse(parser, arguments)
    if given.stage:
        print(json.dumps(asdict(run_stage(given.stage, given.folder))))
        return 0
    rows = QUICK_ROWS if given.quick else given.rows
    with tempfile.TemporaryDirectory() as place:
        drops = make_drops(Path(place) / "drops", given.drops, rows, given.rows_of)
        found = in_turns({stage: _call(stage, drops) for stage in STAGES}, given.pairs)
    return close(section({stage: results[0] for stage, results in found.items()}), given)


def _call(stage: str, drops: Path) -> Callable[[], Result]:
    return lambda: in_a_process(stage, drops)


def section(results: dict[str, Result]) -> Section:
    """Return the results."""
    bare = results["read"].cpu_seconds
    rows = [
        [
            STAGES[stage],
            f"{each.cpu_seconds / bare:.2f}",
            f"{each.rows / each.cpu_seconds:,.0f}",
            f"{each.cpu_seconds:.2f}",
            f"{each.seconds:.2f}",
            f"{each.memory:.2f}",
        ]
        for stage, each in results.items()
    ]
    head = ["", "of a bare read", "rows per CPU second", "CPU seconds", "seconds", "GB"]
    targets = [
        Target(f"{STAGES[stage]}, rows per CPU second", each.rows / each.cpu_seconds, least, "",
               is_least=True)
        for stage, least in MIN_RATE.items()
        if (each := results[stage])
    ]  # fmt: skip
    memory = max(each.memory for each in results.values())
    about = (
        f"{results['read'].rows:,} synthetic rows in equal drops, 90 % of the ids of each known "
        "from the one before; each stage in a process of its own, on one core, without Kedro."
    )
    return Section(
        "Processing on one core",
        about,
        [Table("By stage:", head, rows)],
        [*targets, Target("largest stage", memory, MAX_MEMORY, "GB")],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Speed and memory of data_processing on one core, beside a bare read of the same files.

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
import csv
import gzip
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import yaml
from pyarrow import csv as arrow_csv

from rental_pricing.datasets.files import JSONDataset
from rental_pricing.datasets.table_pieces import TablePiecesDataset
from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.datasets.weekly_drops import WeeklyDropsDataset
from rental_pricing.listings.ingest import Findings
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.pipelines.data_processing.nodes import select_listings, type_drops

ROOT = Path(__file__).resolve().parents[1]
ROWS_OF = ROOT / "data/01_raw/listings/2024-01-08.csv.gz"

STAGES = ("read", "ingest", "whole")
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


def make_drops(folder: Path, rows_of: Path, drops: int, rows: int) -> None:
    """Write drops of equal size; each shares 90 % of its ids with the one before."""
    opened = gzip.open if rows_of.suffix == ".gz" else open
    with opened(rows_of, "rt", encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    place = header.index("id")
    tails = [_line(record[:place] + record[place + 1 :]) for record in records]
    first = _line(["id", *header[:place], *header[place + 1 :]])
    for drop in range(drops):
        start = drop * rows // 10
        lines = (f"{1000 + n},{tails[n % len(tails)]}" for n in range(start, start + rows))
        with (folder / f"2024-01-{drop + 1:02}.csv").open("w", encoding="utf-8", newline="") as out:
            out.write(first)
            out.writelines(lines)


def _line(values: list[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


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
    market = MarketParameters(**_block("parameters.yml", "market"))
    block = _block("parameters_data_processing.yml", "data_processing")
    parameters = ProcessingParameters(**block)
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


def _block(file: str, name: str) -> dict[str, object]:
    text = (ROOT / "conf/base" / file).read_text(encoding="utf-8")
    block: dict[str, object] = yaml.safe_load(text)[name]
    return block


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
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    )


def in_a_process(stage: str, folder: Path) -> Result:
    """Run a stage in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--stage", stage, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def is_met(stage: str, result: Result) -> bool:
    """Say whether a stage is as fast and small as it has to be."""
    return (
        result.rows / result.cpu_seconds >= MIN_RATE.get(stage, 0) and result.memory <= MAX_MEMORY
    )


def main() -> int:
    """Make the drops, run the stages, print a table; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drops", type=int, default=10, help="at most 31")
    parser.add_argument("--rows", type=int, default=100_000, help="of each drop")
    parser.add_argument("--rows-of", type=Path, default=ROWS_OF, help="a drop to take rows from")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage:
        print(json.dumps(asdict(run_stage(asked.stage, asked.folder))))
        return 0
    with tempfile.TemporaryDirectory() as place:
        make_drops(Path(place), asked.rows_of, asked.drops, asked.rows)
        results = {stage: in_a_process(stage, Path(place)) for stage in STAGES}
    print("stage       rows  CPU s  clock s  rows/CPU s  times a bare read    GB  target")
    bare = results["read"].cpu_seconds
    for stage, result in results.items():
        print(
            f"{stage:<7}{result.rows:>9}{result.cpu_seconds:>7.2f}{result.seconds:>9.2f}"
            f"{result.rows / result.cpu_seconds:>12,.0f}{result.cpu_seconds / bare:>19.2f}"
            f"{result.memory:>6.2f}  {'met' if is_met(stage, result) else 'missed'}"
        )
    return 0 if all(is_met(stage, result) for stage, result in results.items()) else 1


if __name__ == "__main__":
    sys.exit(main())

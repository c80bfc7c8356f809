"""Drops to measure on: the real ones, or synthetic ones of any size."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

from shared.projects import COMMITTED, ROOT

ROWS_OF = COMMITTED / "2024-01-08.csv.gz"
"""The drop whose rows large ones repeat."""

FIRST = dt.date(2024, 1, 8)
REAL_DAY = "2019-07-08"


def real_drops() -> Path | None:
    """Return the folder of the real drops (variable LISTINGS_DATA), if it is there."""
    told = os.environ.get("LISTINGS_DATA")
    folder = Path(told) if told else ROOT.parent / "shared/data/listings"
    return folder.resolve() if (folder / f"{REAL_DAY}.csv").is_file() else None


def synthetic_drop(
    folder: Path, rows: int, day: str = "2024-01-08", after: Path | None = None
) -> Path:
    """Invent one drop, the update of an earlier one if that is given; return its folder."""
    command = [sys.executable, str(ROOT / "tools/synthetic_drops.py"), "--rows", str(rows)]
    command += ["--date", day, "--seed", "1", "--to", str(folder)]
    command += ["--update-of", str(after)] if after else []
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own script
    return folder


def make_drops(folder: Path, drops: int, rows: int, rows_of: Path = ROWS_OF) -> Path:
    """Write drops of equal size; each shares 90 % of its ids with the one before.

    Args:
        folder: For ``2024-01-08.csv``, when those rows were delivered, and the days after.
        drops: How many.
        rows: Of each drop.
        rows_of: A drop whose rows are repeated under new ids.

    Returns:
        The folder.
    """
    folder.mkdir(exist_ok=True)
    opened = gzip.open if rows_of.suffix == ".gz" else open
    with opened(rows_of, "rt", encoding="utf-8", newline="") as file:
        header, *records = csv.reader(file)
    place = header.index("id")
    tails = [_line(record[:place] + record[place + 1 :]) for record in records]
    first = _line(["id", *header[:place], *header[place + 1 :]])
    for drop in range(drops):
        start = drop * rows // 10
        lines = (f"{1000 + n},{tails[n % len(tails)]}" for n in range(start, start + rows))
        day = FIRST + drop * dt.timedelta(days=1)
        with (folder / f"{day}.csv").open("w", encoding="utf-8", newline="") as out:
            out.write(first)
            out.writelines(lines)
    return folder


def _line(values: list[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()

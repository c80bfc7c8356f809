"""Write a synthetic drop: `python -m rental_pricing.synthetic --rows 12000 --date 2024-01-08 …`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rental_pricing.synthetic import (
    listing_blocks,
    read_drop,
    update_listings,
    write_drop,
    write_source_note,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the drop that the command line asks for and say what was written.

    Args:
        arguments: The command line without the program's name; default: the real one.

    Raises:
        SystemExit: If the command line makes no sense.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    suffix = ".csv.gz" if options.gzip else ".csv"
    path = options.to / f"{options.date.isoformat()}{suffix}"
    try:
        listings = _listings(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    rows = write_drop(listings, path)
    write_source_note(options.to)
    size = path.stat().st_size
    sys.stdout.write(f"{path}: {rows:,} synthetic listings, {size:,} bytes\n")


def _listings(options: argparse.Namespace) -> pd.DataFrame | Iterator[pd.DataFrame]:
    if options.update_of is None:
        return listing_blocks(options.rows, seed=options.seed, as_of=options.date)
    return update_listings(
        read_drop(options.update_of),
        rows=options.rows,
        repeat_share=options.repeat_share,
        seed=options.seed,
        as_of=options.date,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rental_pricing.synthetic",
        description="Write a drop of synthetic listings: invented rows, no real data.",
    )
    parser.add_argument("--rows", type=int, required=True, help="how many rows")
    parser.add_argument(
        "--date", type=dt.date.fromisoformat, required=True, help="date of the drop, YYYY-MM-DD"
    )
    parser.add_argument("--seed", type=int, default=1, help="same seed, same rows")
    parser.add_argument("--to", type=Path, default=Path("data/01_raw/listings"), help="folder")
    parser.add_argument(
        "--update-of", type=Path, metavar="DROP", help="earlier drop whose listings come again"
    )
    parser.add_argument(
        "--repeat-share",
        type=float,
        default=0.3,
        help="with --update-of: share of rows that repeat an id of the earlier drop",
    )
    parser.add_argument("--gzip", action="store_true", help="write .csv.gz")
    return parser


if __name__ == "__main__":
    main()

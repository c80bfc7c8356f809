"""Drops as files: a CSV a week, gzipped or not, the same bytes for the same listings."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import pandas as pd

from rental_pricing.listings.columns import RAW_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


SOURCE_NOTE = (
    "Synthetic listings, invented by `rental_pricing.synthetic` so that there is something to run "
    "on. No row, title or host is real; draw no conclusions about the city from them.\n"
)
"""What `SOURCE.md` beside synthetic drops says; the reports repeat it."""


def write_drop(listings: pd.DataFrame | Iterable[pd.DataFrame], path: Path) -> int:
    """Write a drop; a file is complete or not there at all.

    Args:
        listings: The listings, or blocks of them that are written one after the other.
        path: Where to; a name that ends in `.gz` is compressed.

    Returns:
        The number of rows written.
    """
    blocks = [listings] if isinstance(listings, pd.DataFrame) else listings
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    rows = 0
    try:
        with _open(partial, compress=path.suffix == ".gz") as file:
            for block in blocks:
                block.to_csv(
                    file,
                    columns=list(RAW_COLUMNS),
                    header=rows == 0,
                    index=False,
                    lineterminator="\n",
                    encoding="utf-8",
                )
                rows += len(block)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def write_source_note(folder: Path) -> None:
    """Say beside the drops that they are synthetic, unless a note stands there already."""
    note = folder / "SOURCE.md"
    if not note.exists():
        note.write_text(SOURCE_NOTE, encoding="utf-8")


def read_drop(path: Path) -> pd.DataFrame:
    """Read a drop as `generate_listings` gives it: only an empty field is missing.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing.
    """
    return pd.read_csv(path, usecols=list(RAW_COLUMNS), keep_default_na=False, na_values=[""])


@contextmanager
def _open(path: Path, *, compress: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as raw:
        if not compress:
            yield raw
            return
        # No name and no time in the header: the bytes depend on the rows alone.
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
            yield cast("IO[bytes]", file)

"""Make synthetic drops: invented listings in the shape of Inside Airbnb's summary files.

    python tools/synthetic_drops.py --rows 12000 --date 2024-01-08 --seed 1 --gzip

No row, title or host is real. The same arguments give the same rows, and the same bytes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from synthetic_draws import Random, generator, normal
from synthetic_listings import DAYS_PER_MONTH, dates, invent_listings, rates

SOURCE_NOTE = (
    "Synthetic listings, invented by `tools/synthetic_drops.py` so that there is something to run "
    "on. No row, title or host is real; draw no conclusions about the city from them.\n"
)
TEXTS = ("name", "host_name", "neighbourhood_group", "neighbourhood", "room_type", "last_review")
DAYS_BETWEEN_DROPS = 7
SEASON = 0.4  # reviews of a week to those of the years before: as many as keep their ages alike
BLOCK_ROWS = 200_000  # written at once


def make_drop(rows: int, *, date: dt.date, seed: int = 1) -> pd.DataFrame:
    """Invent the listings of one delivery.

    Args:
        rows: How many, 1 or more.
        date: Of the delivery: every review is older.
        seed: The same seed and date give the same rows.

    Returns:
        The 16 columns, in the order of the ids: texts and dates as `str`, prices in USD a night.

    Raises:
        ValueError: If `rows` is below 1 or `seed` below 0.
    """
    _check(rows, seed)
    nobody = np.zeros(0, dtype=np.int64)
    return invent_listings(generator(seed, date.toordinal()), rows, date, nobody, nobody)


def update_drop(
    previous: pd.DataFrame, rows: int, *, date: dt.date, seed: int = 1, repeat_share: float = 0.3
) -> pd.DataFrame:
    """Invent the delivery of a week later: some listings again, others for the first time.

    Args:
        previous: The earlier delivery, as `make_drop` or `read_drop` gives it.
        rows: How many rows the new one has, 1 or more.
        date: Of the new delivery.
        seed: The same seed and earlier delivery give the same rows.
        repeat_share: Share of the rows whose id is in the earlier one, from 0 to 1.

    Returns:
        Listings like those of `make_drop`; repeated ones are the same home of the same host.

    Raises:
        ValueError: If an argument is out of range, or the earlier delivery has fewer listings
            than are to be repeated, or a review of `date` or later.
    """
    _check(rows, seed)
    known = previous.drop_duplicates("id", keep="last")
    repeats = round(rows * repeat_share)
    if not 0 <= repeat_share <= 1:
        message = f"A share is between 0 and 1, got repeat_share={repeat_share}."
        raise ValueError(message)
    if repeats > len(known):
        message = f"Cannot repeat {repeats} of {len(known)} listings: lower the share or the rows."
        raise ValueError(message)
    if (newest := known["last_review"].fillna("").max()) >= date.isoformat():
        message = f"The earlier drop has reviews up to {newest}: date the update later."
        raise ValueError(message)
    rng = generator(seed, date.toordinal(), 1)
    again = known.iloc[np.argsort(rng.random(len(known)), kind="stable")[:repeats]]
    parts = [_a_week_later(rng, again.reset_index(drop=True), date)] if repeats else []
    if rows > repeats:
        taken = previous["id"].to_numpy(), previous["host_id"].to_numpy()
        parts.append(invent_listings(rng, rows - repeats, date, *taken))
    return pd.concat(parts).sort_values("id", kind="stable", ignore_index=True)


def write_drop(listings: pd.DataFrame, path: Path) -> None:
    """Write a delivery as CSV; a name that ends in `.gz` is compressed, without name or time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            raw.writelines(_blocks(listings))
            return
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as file:
            file.writelines(_blocks(listings))


def read_drop(path: Path) -> pd.DataFrame:
    """Read a delivery as `make_drop` gives it: only an empty field is missing."""
    texts = dict.fromkeys(TEXTS, "str")
    return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])


def _check(rows: int, seed: int) -> None:
    if rows < 1:
        message = f"A drop needs at least 1 row, got rows={rows}."
        raise ValueError(message)
    if seed < 0:
        message = f"A seed is a whole number from 0, got seed={seed}."
        raise ValueError(message)


def _a_week_later(rng: Random, earlier: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    """The same homes with a week's reviews, and some with another price or title."""
    later, rows = earlier.copy(), len(earlier)
    months = DAYS_BETWEEN_DROPS / DAYS_PER_MONTH
    count, rate = later["number_of_reviews"].to_numpy(), later["reviews_per_month"].to_numpy()
    expected = SEASON * np.nan_to_num(rate, nan=0.15) * months
    new = np.floor(expected + rng.random(rows)).astype(np.int64)
    listed = np.where(count > 0, np.maximum(count / rate, 1) + months, 1)
    later["number_of_reviews"] = count + new
    later["reviews_per_month"] = rates(count + new, listed)
    ago = 1 + (rng.random(rows) * (DAYS_BETWEEN_DROPS - 1)).astype(np.int64)
    recent = pd.Series(dates(date, ago), dtype="str")
    later["last_review"] = later["last_review"].where(new == 0, recent)
    price = later["price"].to_numpy()
    step = np.where(price % 5 == 0, 5, 1)  # who likes round prices still does
    changed = np.round(price * (1 + 0.08 * normal(rng, rows)) / step) * step
    changed = np.maximum(changed, np.minimum(price, 10)).astype(np.int64)
    later["price"] = np.where(rng.random(rows) < 0.25, changed, price)
    later["name"] = later["name"].mask(rng.random(rows) < 0.02, later["name"] + " - new photos")
    gone = (rng.random(rows) * DAYS_BETWEEN_DROPS).astype(np.int64)
    later["availability_365"] = np.maximum(later["availability_365"] - gone, 0)
    return later


def _blocks(listings: pd.DataFrame) -> Iterator[bytes]:
    """The file's bytes; columns become texts and rows become lines without a loop in Python."""
    yield (",".join(listings.columns) + "\n").encode()
    for start in range(0, len(listings), BLOCK_ROWS):
        block = pa.Table.from_pandas(listings[start : start + BLOCK_ROWS], preserve_index=False)
        fields = [_field(column.combine_chunks()) for column in block.columns]
        lines = pc.binary_join_element_wise(*fields, ",", null_handling="replace")
        lines = pa.ListArray.from_arrays([0, len(lines)], lines)
        yield pc.binary_join(lines, "\n")[0].as_py().encode() + b"\n"


def _field(column: Any) -> Any:
    if not pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    text = column.cast(pa.string())
    odd = pc.match_substring_regex(text, '[",\n\r]')
    if not pc.any(odd).as_py():
        return text
    quoted = pc.binary_join_element_wise("", pc.replace_substring(text, '"', '""'), "", '"')
    return pc.if_else(odd, quoted, text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the drop that the command line asks for, and a note beside it that it is synthetic."""
    parser = _parser()
    given = parser.parse_args(arguments)
    path = given.to / f"{given.date.isoformat()}.csv{'.gz' if given.gzip else ''}"
    try:
        if given.update_of is None:
            listings = make_drop(given.rows, date=given.date, seed=given.seed)
        else:
            listings = update_drop(
                read_drop(given.update_of),
                given.rows,
                date=given.date,
                seed=given.seed,
                repeat_share=given.repeat_share,
            )
    except (OSError, ValueError) as error:
        parser.error(str(error))
    write_drop(listings, path)
    if not (note := given.to / "SOURCE.md").exists():
        note.write_text(SOURCE_NOTE, encoding="utf-8")
    sys.stdout.write(f"{path}: {given.rows:,} synthetic listings, {path.stat().st_size:,} bytes\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write a drop of invented listings.")
    add = parser.add_argument
    add("--rows", type=int, required=True, help="how many rows")
    add("--date", type=dt.date.fromisoformat, required=True, help="of the drop, YYYY-MM-DD")
    add("--seed", type=int, default=1, help="same seed, same rows")
    add("--to", type=Path, default=Path("data/01_raw/listings"), help="folder")
    add("--gzip", action="store_true", help="write .csv.gz")
    add("--update-of", type=Path, metavar="DROP", help="earlier drop whose listings come again")
    add(
        "--repeat-share",
        type=float,
        default=0.3,
        help="with --update-of: share of rows that repeat an id of the earlier drop",
    )
    return parser


if __name__ == "__main__":
    main()

"""Rows that data_validation judges in a second, from typed drops and listings on disk.

    python benchmarks/validation.py --rows 500000 --drops 4

Makes drops of random, plausible rows (nine of ten ids known from the drop before), saves
them as data_processing does, and runs the pipeline's functions in this process on one core.
Prints the seconds (wall and CPU) of each and the rows a second: raw rows of all drops by the
time of everything, with reading and the digest of the listings.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from pyarrow import parquet
from threadpoolctl import threadpool_limits

from rental_pricing.datasets.table_pieces import TablePiecesDataset
from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.listings.columns import CATEGORY_COLUMNS, LISTING_DTYPES
from rental_pricing.listings.digest import content_digest
from rental_pricing.listings.ingest import FILE, MISSING_HOST_NAME
from rental_pricing.parameters import BLOCKS
from rental_pricing.pipelines.data_validation.nodes import (
    profile_deliveries,
    profile_listings,
    validate,
)

REASON_TOLD = "price_out_of_range"
CONF = Path(__file__).parents[1] / "conf/base"
T = TypeVar("T")


def typed_drop(rows: int, first_id: int, day: pd.Timestamp, seed: int) -> pd.DataFrame:
    """Return a typed drop with consecutive ids, every twentieth row set aside."""
    random = np.random.default_rng(seed)
    places = random.integers(0, 220, rows)
    reviews = random.geometric(0.04, rows) - 1
    reviewed = day - pd.to_timedelta(random.integers(1, 900, rows), unit="D")
    words = np.array(["Sunny", "Quiet", "Room", "Loft", "near", "Park", "Studio", "Home"])
    frame = pd.DataFrame(
        {
            "id": pd.array(np.arange(first_id, first_id + rows), dtype="Int64"),
            "name": _joined(words[random.integers(0, len(words), (rows, 5))]),
            "host_id": pd.array(np.arange(first_id, first_id + rows) // 2, dtype="Int64"),
            "neighbourhood_group": np.array(BOROUGHS)[places % len(BOROUGHS)],
            "neighbourhood": np.array([f"Quarter {n}" for n in range(220)])[places],
            "latitude": random.normal(40.73, 0.05, rows).round(5),
            "longitude": random.normal(-73.95, 0.05, rows).round(5),
            "room_type": random.choice(ROOM_TYPES, rows, p=[0.5, 0.45, 0.05]),
            "price": random.integers(20, 350, rows).astype("float64"),
            "minimum_nights": pd.array(random.geometric(0.2, rows), dtype="Int64"),
            "number_of_reviews": pd.array(reviews, dtype="Int64"),
            "last_review": pd.Series(reviewed).astype("datetime64[ms]").where(reviews > 0),
            "reviews_per_month": pd.Series(reviews / 20 + 0.02).where(reviews > 0),
            "calculated_host_listings_count": pd.array(random.geometric(0.6, rows), dtype="Int64"),
            "availability_365": pd.array(random.integers(0, 366, rows), dtype="Int64"),
            "delivered_on": day.as_unit("ms"),
            "line": np.arange(2, rows + 2),
        }
    )
    aside = np.arange(rows) % 20 == 0
    for column, text in (("reason", REASON_TOLD), ("detail", "price 999 is not in 10 to 350")):
        frame[column] = pd.Series(text, index=frame.index, dtype="str").where(aside)
    return frame


def _joined(words: np.ndarray) -> pd.Series:
    parts = [pa.array(column) for column in words.T]
    return pd.Series(pa.compute.binary_join_element_wise(*parts, " ").to_pandas(), dtype="str")


def timed(name: str, call: Callable[[], T], spent: list[tuple[float, float]]) -> T:
    """Call, print and note wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    spent.append((time.perf_counter() - wall, time.process_time() - cpu))
    print(f"{name:20} {spent[-1][0]:7.2f} s  {spent[-1][1]:7.2f} s CPU")
    return result


def main() -> None:
    """Make the data, run the functions, print what they take."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=500_000, help="of each drop")
    parser.add_argument("--drops", type=int, default=4)
    arguments = parser.parse_args()
    market, quality = PARAMETERS["market"], PARAMETERS["data_validation"]
    days = pd.date_range("2024-01-01", periods=arguments.drops, freq="7D")
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        typed = Path(folder, "typed_drops")
        typed.mkdir()
        for number, day in enumerate(days):
            table = _typed(arguments.rows, number, day)
            parquet.write_table(table, typed / f"{day:%Y-%m-%d}.parquet", row_group_size=500_000)
        drops = TypedDropsDataset(path=str(typed)).load()
        listings = _listings(drops)
        stored = TablePiecesDataset(filepath=f"{folder}/listings.parquet")
        stored.save(listings)
        report = _report(listings, drops, arguments.rows)
        spent: list[tuple[float, float]] = []
        deliveries = timed(
            "profile_deliveries", lambda: profile_deliveries(drops, market, quality), spent
        )
        loaded = timed("load listings", stored.load, spent)
        profile = timed(
            "profile_listings", lambda: profile_listings(loaded, market, quality), spent
        )
        timed(
            "validate",
            lambda: validate(loaded, report, profile, deliveries, None, market, quality),
            spent,
        )
    rows = arguments.rows * arguments.drops
    wall, cpu = (sum(seconds) for seconds in zip(*spent, strict=True))
    print(f"{rows:,} raw rows, {len(listings):,} listings: {rows / wall:,.0f} rows/s, "
          f"{rows / cpu:,.0f} rows per CPU second")  # fmt: skip


def _typed(rows: int, number: int, day: pd.Timestamp) -> pa.Table:
    frame = typed_drop(rows, 1 + number * rows // 10, day, seed=number)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.replace_schema_metadata({FILE: f"{day:%Y-%m-%d}.csv", MISSING_HOST_NAME: "0"})


def _listings(drops: dict[str, Any]) -> pd.DataFrame:
    rows = pd.concat([load() for load in drops.values()], ignore_index=True)
    rows = rows.drop_duplicates("id", keep="last")
    rows = rows.loc[rows["reason"].isna(), list(LISTING_DTYPES)].reset_index(drop=True)
    listings: pd.DataFrame = rows.astype(
        {"id": "int64", **dict.fromkeys(CATEGORY_COLUMNS, "category")}
    )
    return listings


def _report(listings: pd.DataFrame, drops: dict[str, Any], rows: int) -> dict[str, Any]:
    total = {"rows": rows * len(drops), "kept": len(listings), "superseded": 0, "rejected": {}}
    return {
        "market": PARAMETERS["market"].identity,
        "listings_digest": content_digest(listings),
        "drops": {day: {} for day in drops},
        "total": total,
    }


def _parameters() -> dict[str, Any]:
    read: dict[str, Any] = {}
    for file in sorted(CONF.glob("parameters*.yml")):
        read |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: BLOCKS[name](**read[name]) for name in ("market", "data_validation")}


PARAMETERS = _parameters()
BOROUGHS, ROOM_TYPES = PARAMETERS["market"].boroughs, PARAMETERS["market"].room_types

if __name__ == "__main__":
    main()

"""A week as data_processing sees it: drops by code, the real datasets, no Kedro session."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.datasets.weekly_drops import SourceNoteDataset, WeeklyDropsDataset
from rental_pricing.errors import UserInputError
from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.pipelines.data_processing.nodes import select_listings, type_drops

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from rental_pricing.listings.selection import LoadDrop

Row = dict[str, str]

DAY = "2024-01-15"

PLACES = (
    ("Bronx", "Fordham", 40.85, -73.88),
    ("Brooklyn", "Park Slope", 40.68, -73.95),
    ("Manhattan", "Chelsea", 40.76, -73.98),
    ("Queens", "Sunnyside", 40.74, -73.89),
    ("Staten Island", "St. George", 40.60, -74.10),
)
ROOMS = ("Entire home/apt", "Private room", "Shared room")


@dataclass(frozen=True)
class Week:
    """What data_processing made of the drops.

    Attributes:
        listings: One row a listing.
        rejected: What was rejected, with reasons.
        report: The account.
        typed: Date to what loads the typed drop.
    """

    listings: pd.DataFrame
    rejected: pd.DataFrame
    report: dict[str, Any]
    typed: Mapping[str, LoadDrop]

    def reasons(self) -> list[tuple[str, int, str, str]]:
        """Return drop, line, reason and detail of each rejected row."""
        return [
            (f"{row.delivered_on:%Y-%m-%d}", row.line, row.reason, row.detail)
            for row in self.rejected.itertuples()
        ]

    def missing(self, day: str = DAY) -> dict[str, int]:
        """Count the missing values of a drop by column, where there are any."""
        counts = self.typed[day]().isna().sum()
        return {name: int(count) for name, count in counts.items() if count}


def good_row(number: int) -> Row:
    """Make a listing that nothing is wrong with; another number, another listing."""
    borough, neighbourhood, latitude, longitude = PLACES[number % len(PLACES)]
    reviewed = number % 5 > 0
    return {
        "id": str(1000 + number),
        "name": f"Sunny room {number}",
        "host_id": str(5000 + number // 3),
        "host_name": "Ann",
        "neighbourhood_group": borough,
        "neighbourhood": neighbourhood,
        "latitude": f"{latitude + number % 7 / 1000:.5f}",
        "longitude": f"{longitude - number % 11 / 1000:.5f}",
        "room_type": ROOMS[number % 3],
        "price": str(60 + number % 90),
        "minimum_nights": str(1 + number % 5),
        "number_of_reviews": str(number % 5),
        "last_review": f"2023-{1 + number % 12:02}-{1 + number % 28:02}" if reviewed else "",
        "reviews_per_month": f"0.{1 + number % 9}" if reviewed else "",
        "calculated_host_listings_count": "3",
        "availability_365": str(number % 366),
    }


def good_rows(count: int = 200) -> list[Row]:
    """Make a drop of listings that nothing is wrong with."""
    return [good_row(number) for number in range(count)]


def changed(rows: Iterable[Row], at: int, **values: str) -> list[Row]:
    """Change values of one row."""
    return [row | values if number == at else row for number, row in enumerate(rows)]


def as_csv(rows: Iterable[Row], columns: Iterable[str] = RAW_COLUMNS, **dialect: Any) -> bytes:
    """Write rows as a drop; ``dialect`` as of ``csv.writer``."""
    names = list(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, **({"lineterminator": "\n"} | dialect))
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return text.getvalue().encode()


def process_week(
    folder: Path,
    drops: Mapping[str, bytes],
    parameters: Mapping[str, Any],
    as_of: str | None = None,
    **processing: Any,
) -> Week:
    """Process drops as ``kedro run --pipelines data_processing`` does.

    Args:
        folder: An empty folder.
        drops: File names, or dates alone for ``.csv``, to contents.
        parameters: The typed blocks of ``conf/base``.
        as_of: Last date of delivery to read.
        processing: Other values of ``data_processing``.
    """
    raw = folder / "raw"
    raw.mkdir(exist_ok=True)
    for name, content in drops.items():
        (raw / (name if "." in name else f"{name}.csv")).write_bytes(content)
    return process_folder(raw, parameters, as_of, **processing)


def process_folder(
    raw: Path, parameters: Mapping[str, Any], as_of: str | None = None, **processing: Any
) -> Week:
    """Process a folder of drops; results go to a folder beside it."""
    block = parameters["data_processing"]
    settings = type(block)(**(block.model_dump() | processing))
    weekly = WeeklyDropsDataset(path=str(raw), as_of=as_of).load()
    source = SourceNoteDataset(filepath=f"{raw}/SOURCE.md").load()
    typed = TypedDropsDataset(path=str(raw.parent / "typed_drops"))
    made, window = type_drops(weekly, source, as_of, parameters["market"], settings)
    typed.save(made)
    loaded = typed.load()
    listings, rejected, report = select_listings(loaded, window)
    return Week(listings.whole(), rejected.whole(), report, loaded)


def refusal(
    folder: Path, drops: Mapping[str, bytes], parameters: Mapping[str, Any], **settings: Any
) -> str:
    """Return the one message with which a week is refused; nothing of it is left."""
    with pytest.raises(UserInputError) as error:
        process_week(folder, drops, parameters, **settings)
    assert not (folder / "typed_drops").exists()
    text = str(error.value)
    assert len(text) < 2500
    assert len(text.splitlines()) <= 20
    assert "Error" not in text
    return text

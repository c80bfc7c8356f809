"""One drop with typed values, and what could not be read in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from rental_pricing.listings.arrow import arrow_type
from rental_pricing.listings.columns import DELIVERED_ON, HOST_NAME, LINE, RAW_COLUMNS
from rental_pricing.listings.parsing import parse_texts


@dataclass(frozen=True)
class TypedDrop:
    """A drop whose texts were read.

    Attributes:
        delivered_on: Its date.
        columns: Its values by column, without the host's name, with ``delivered_on``.
        lines: For each row the line of the file on which it starts.
        has_host_name: For each row whether the host's name was there.
        unreadable: For each column what can't be read, by row.
    """

    delivered_on: date
    columns: dict[str, pa.Array]
    lines: pa.Array
    has_host_name: pa.Array
    unreadable: dict[str, dict[int, str]]


def type_drop(raw: pa.Table, delivered_on: date, missing_markers: tuple[str, ...]) -> TypedDrop:
    """Give each column of a drop its type.

    Args:
        raw: The drop as texts, as from :func:`rental_pricing.listings.drops.parse_drop`.
        delivered_on: Its date.
        missing_markers: Texts, in any case, that mean "no value" in numbers and dates.
    """
    columns: dict[str, pa.Array] = {}
    unreadable: dict[str, dict[int, str]] = {}
    for name in RAW_COLUMNS:
        columns[name], unreadable[name] = parse_texts(raw[name], name, missing_markers)
    has_host_name = pc.is_valid(columns.pop(HOST_NAME))
    day = datetime(delivered_on.year, delivered_on.month, delivered_on.day)  # noqa: DTZ001
    columns[DELIVERED_ON] = pa.repeat(pa.scalar(day, arrow_type(DELIVERED_ON)), raw.num_rows)
    lines = raw[LINE].combine_chunks()
    return TypedDrop(delivered_on, columns, lines, has_host_name, unreadable)

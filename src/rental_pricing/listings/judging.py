"""Say for each row of a drop whether it is a listing, and why it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rental_pricing.errors import cut
from rental_pricing.listings.columns import REQUIRED_COLUMNS
from rental_pricing.listings.parameters import (
    ImpossibleParameters,
    MarketParameters,
    Range,
    RejectReason,
)
from rental_pricing.listings.typed import TypedDrop

Mask = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Finding:
    """One thing that can be wrong with rows.

    Attributes:
        reason: Its name.
        rows: Which rows it holds for.
        tell: From a row's position to what is wrong, in words.
    """

    reason: RejectReason
    rows: Mask
    tell: Callable[[int], str]


def judge_rows(
    drop: TypedDrop, market: MarketParameters, impossible: ImpossibleParameters
) -> tuple[Texts, Texts]:
    """Judge each row by itself.

    Args:
        drop: The drop, typed.
        market: City bounds, price range, known boroughs and room types.
        impossible: Limits beyond which a value is an error.

    Returns:
        For each row the reason (of ``RejectReason``) and the detail in words; both
        ``None`` where the row is a listing. The first reason that holds is told.
    """
    count = len(drop.lines)
    reasons: Texts = np.full(count, None, dtype=object)
    details: Texts = np.full(count, None, dtype=object)
    accepted: Mask = np.ones(count, dtype=bool)
    for finding in _findings(drop, market, impossible):
        rows = np.flatnonzero(finding.rows & accepted)
        reasons[rows] = finding.reason
        details[rows] = [finding.tell(int(row)) for row in rows]
        accepted[rows] = False
    return reasons, details


def _findings(
    drop: TypedDrop, market: MarketParameters, impossible: ImpossibleParameters
) -> Iterator[Finding]:
    columns = drop.columns
    yield _malformed(drop)
    for name in REQUIRED_COLUMNS:
        missing = _mask(pc.is_null(columns[name]))
        yield Finding("missing_value", missing, lambda _, name=name: f"{name} is missing")  # type: ignore[misc]
    yield from _impossible_dates(columns["last_review"], drop.delivered_on, impossible)
    yield from _impossible_numbers(columns, impossible)
    yield from _reviews_without_reviews(columns)
    yield _unknown(columns, "neighbourhood_group", market.boroughs)
    yield _unknown(columns, "room_type", market.room_types)
    yield _outside(columns, "latitude", market.latitude, "outside_city")
    yield _outside(columns, "longitude", market.longitude, "outside_city")
    yield _outside(columns, "price", market.price, "price_out_of_range")


def _malformed(drop: TypedDrop) -> Finding:
    told: dict[int, list[str]] = {}
    for name, problems in drop.unreadable.items():
        for row, what in problems.items():
            told.setdefault(row, []).append(f"{name}: {what}")
    rows: Mask = np.zeros(len(drop.lines), dtype=bool)
    rows[list(told)] = True
    return Finding("malformed_value", rows, lambda row: "; ".join(told[row]))


def _impossible_dates(
    reviewed: pa.Array, delivered_on: date, limits: ImpossibleParameters
) -> Iterator[Finding]:
    first = date(limits.earliest_year, 1, 1)
    yield Finding(
        "impossible_value",
        _mask(pc.greater(reviewed, pa.scalar(delivered_on, pa.date32()).cast(reviewed.type))),
        lambda row: (
            f"last_review {_day(reviewed[row].as_py())} is after the delivery, {delivered_on}"
        ),
    )
    yield Finding(
        "impossible_value",
        _mask(pc.less(reviewed, pa.scalar(first, pa.date32()).cast(reviewed.type))),
        lambda row: f"last_review {_day(reviewed[row].as_py())} is before {_day(first)}",
    )


def _impossible_numbers(
    columns: dict[str, pa.Array], limits: ImpossibleParameters
) -> Iterator[Finding]:
    for name, most in (
        ("minimum_nights", limits.max_minimum_nights),
        ("number_of_reviews", limits.max_number_of_reviews),
        ("reviews_per_month", limits.max_reviews_per_month),
        ("calculated_host_listings_count", limits.max_calculated_host_listings_count),
        ("availability_365", limits.max_availability_365),
    ):
        yield Finding(
            "impossible_value",
            _mask(pc.greater(columns[name], most)),
            lambda row, name=name, most=most: (  # type: ignore[misc]
                f"{name} {_number(columns[name][row].as_py())} is more than {most:g}"
            ),
        )


def _reviews_without_reviews(columns: dict[str, pa.Array]) -> Iterator[Finding]:
    none = pc.equal(columns["number_of_reviews"], 0)
    rate, reviewed = columns["reviews_per_month"], columns["last_review"]
    yield Finding(
        "impossible_value",
        _mask(pc.and_(none, pc.greater(rate, 0))),
        lambda row: f"reviews_per_month {rate[row].as_py():.10g} with number_of_reviews 0",
    )
    yield Finding(
        "impossible_value",
        _mask(pc.and_(none, pc.is_valid(reviewed))),
        lambda row: f"last_review {_day(reviewed[row].as_py())} with number_of_reviews 0",
    )


def _unknown(columns: dict[str, pa.Array], name: str, known: tuple[str, ...]) -> Finding:
    values = columns[name]
    return Finding(
        "unknown_value",
        ~_mask(pc.is_in(values, pa.array(known, pa.string()))),
        lambda row: f"{name} {cut(values[row].as_py())!r} is not of the market",
    )


def _outside(
    columns: dict[str, pa.Array], name: str, allowed: Range, reason: RejectReason
) -> Finding:
    values = columns[name]
    inside = pc.and_(pc.greater_equal(values, allowed.min), pc.less_equal(values, allowed.max))
    return Finding(
        reason,
        ~_mask(inside),
        lambda row: (
            f"{name} {values[row].as_py():.10g} is not in {allowed.min:g} to {allowed.max:g}"
        ),
    )


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.10g}"


def _day(day: date) -> str:
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


def _mask(found: pa.Array) -> Mask:
    """Return a condition as an array; where it can't be told it does not hold."""
    mask: Mask = found.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    return mask

"""Values that ingest would set aside as impossible, in listings that are to be priced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.model.notes import label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from rental_pricing.listings.parameters import ImpossibleParameters
    from rental_pricing.model.notes import Notes

    Columns = Mapping[str, NDArray[Any]]


def refuse_impossible(columns: Columns, limits: ImpossibleParameters, notes: Notes) -> None:
    """Refuse what :func:`rental_pricing.listings.judging.judge_rows` calls impossible.

    Args:
        columns: As from :func:`rental_pricing.model.conforming.conform`.
        limits: Limits beyond which a value is an error.
        notes: Where to say it.
    """
    for name, most in (
        ("minimum_nights", limits.max_minimum_nights),
        ("number_of_reviews", limits.max_number_of_reviews),
        ("reviews_per_month", limits.max_reviews_per_month),
        ("calculated_host_listings_count", limits.max_calculated_host_listings_count),
        ("availability_365", limits.max_availability_365),
    ):
        values = columns[name]
        notes.refuse(
            values > most,
            lambda row, name=name, values=values, most=most: (  # type: ignore[misc]
                f"{label(name)} {values[row]:.10g} is more than {most:g}"
            ),
            "impossible",
        )
    _refuse_reviews(columns, limits.earliest_year, notes)


def _refuse_reviews(columns: Columns, earliest_year: int, notes: Notes) -> None:
    review, rate = columns["last_review"], columns["reviews_per_month"]
    first = np.datetime64(f"{earliest_year:04}-01-01", "ms")
    none = columns["number_of_reviews"] == 0

    def refuse(rows: NDArray[np.bool_], says: Callable[[int], str]) -> None:
        notes.refuse(rows, says, "impossible")

    refuse(
        review < first, lambda row: f"last review {day_text(review[row])} is before {earliest_year}"
    )
    refuse(none & (rate > 0), lambda row: f"reviews per month {rate[row]:.10g} with 0 reviews")
    refuse(
        none & ~np.isnat(review), lambda row: f"last review {day_text(review[row])} with 0 reviews"
    )


def day_text(date: np.datetime64) -> str:
    """Return a date as YYYY-MM-DD."""
    return str(date)[:10]

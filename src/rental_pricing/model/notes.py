"""What an estimate says in words: which listings can't be priced, and what to be wary of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LABELS = {
    "name": "title",
    "neighbourhood_group": "borough",
    "room_type": "room type",
    "minimum_nights": "minimum nights",
    "number_of_reviews": "number of reviews",
    "last_review": "last review",
    "reviews_per_month": "reviews per month",
    "calculated_host_listings_count": "listings of the host",
    "availability_365": "days available in a year",
    "delivered_on": "delivery date",
}
"""Columns as people call them, where the column's name is not good enough."""

NOT_PRICED = "not priced: "

Refusal = Literal["unreadable", "impossible", "missing", "outside", "far", "unknown"]
"""Kinds of reasons against pricing: a value that can't be read, or can't be true; no place or room
type; outside of the market; far from all known listings; an unknown room type."""


def label(column: str) -> str:
    """Return a column's name as people say it.

    >>> label("availability_365"), label("latitude")
    ('days available in a year', 'latitude')
    """
    return LABELS.get(column, column)


class Notes:
    """Remarks on the rows of a table, and which of them can be priced.

    Attributes:
        priced: Whether a row can be priced, shape (rows,).
    """

    def __init__(self, rows: int) -> None:
        """Begin with nothing said and every row priced."""
        self.priced: NDArray[np.bool_] = np.ones(rows, dtype=bool)
        self._refusals: dict[int, list[str]] = {}
        self._kinds: dict[int, Refusal] = {}
        self._flags: dict[int, list[str]] = {}

    def flag(self, rows: NDArray[np.bool_], says: str | Callable[[int], str]) -> None:
        """Say something of rows that are priced all the same.

        Args:
            rows: Which rows, shape (rows,).
            says: The text, or what gives it for the number of a row.
        """
        _say(self._flags, rows, says)

    def refuse(
        self,
        rows: NDArray[np.bool_],
        says: str | Callable[[int], str],
        kind: Refusal = "unreadable",
    ) -> None:
        """Say why rows can't be priced.

        Args:
            rows: Which rows, shape (rows,).
            says: The text, or what gives it for the number of a row.
            kind: Of the reason, for those who count.
        """
        _say(self._refusals, rows, says)
        for row in np.flatnonzero(rows).tolist():
            self._kinds.setdefault(row, kind)
        self.priced &= ~rows

    def reason(self, row: int) -> str | None:
        """Return why a row is not priced; ``None`` where it is."""
        refusals = self._refusals.get(row)
        return "; ".join(refusals) if refusals else None

    def flags(self, row: int) -> list[str]:
        """Return what to be wary of in a row."""
        return list(self._flags.get(row, ()))

    def kinds(self) -> list[Refusal]:
        """Return the kind of the first reason of each row that is not priced."""
        return list(self._kinds.values())

    def texts(self) -> list[str]:
        """Return the note of each row: reasons against pricing first, "" where there is none."""
        texts = [""] * len(self.priced)
        for row in {*self._refusals, *self._flags}:
            refusals = self._refusals.get(row, [])
            said = "; ".join([*refusals, *self._flags.get(row, [])])
            texts[row] = NOT_PRICED + said if refusals else said
        return texts


def _say(
    said: dict[int, list[str]], rows: NDArray[np.bool_], says: str | Callable[[int], str]
) -> None:
    for row in np.flatnonzero(rows).tolist():
        said.setdefault(row, []).append(says if isinstance(says, str) else says(row))

"""The pandera schemas that the catalog's entries declare as their validators.

Kedro checks each load and save with them, in the pipelines and in a notebook alike.
Tables in pieces are checked as each piece is loaded. They hold what is true in every market; a
market's own limits are parameters and are
checked, and reported, by the pipeline ``data_validation``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaError

from rental_pricing.engine.pieces import Load, Pieces
from rental_pricing.errors import UserInputError, cut
from rental_pricing.listings.columns import (
    DELIVERED_ON,
    DETAIL,
    LINE,
    LISTING_COLUMNS,
    LISTING_DTYPES,
    REASON,
    REQUIRED_COLUMNS,
)

_NEVER_MISSING = {*REQUIRED_COLUMNS, DELIVERED_ON}
_COORDINATES = {
    "latitude": pa.Check.in_range(-90, 90),
    "longitude": pa.Check.in_range(-180, 180),
    "price": pa.Check.ge(0),
}

Listings = pa.DataFrameSchema(
    {
        name: pa.Column(
            dtype,
            checks=_COORDINATES.get(name),
            nullable=name not in _NEVER_MISSING,
            unique=name == "id",
        )
        for name, dtype in LISTING_DTYPES.items()
    },
    strict=True,
    ordered=True,
    name="Listings",
)
"""One row a listing: all columns in order, typed, ids unique."""


def _any_value(name: str) -> str:
    return {"int64": "Int64", "category": "str"}.get(LISTING_DTYPES[name], LISTING_DTYPES[name])


RejectedListings = pa.DataFrameSchema(
    {
        DELIVERED_ON: pa.Column("datetime64[ms]", nullable=False),
        LINE: pa.Column("int64", pa.Check.ge(2)),
        REASON: pa.Column("str", nullable=False),
        DETAIL: pa.Column("str", nullable=False),
        **{name: pa.Column(_any_value(name), nullable=True) for name in LISTING_COLUMNS},
    },
    strict=True,
    ordered=True,
    name="RejectedListings",
)
"""One row for each raw row that was rejected; any value, but always drop, line, reason."""


class SpoiltTableError(UserInputError):
    """A table is not as the pipelines leave it."""


@dataclass(frozen=True)
class CheckedPiece:
    """Loads a piece, and refuses one that is spoilt; a few columns by themselves are not checked.

    Attributes:
        load: Loads it.
        table: Name of the table, as in the catalog.
    """

    load: Load
    table: str

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows, or some columns of it.

        Raises:
            SpoiltTableError: They break the table's schema.
        """
        rows: pd.DataFrame = self.load() if columns is None else self.load(columns)
        if columns is None:
            try:
                _SCHEMAS[self.table].validate(rows)
            except SchemaError as error:
                msg = (
                    f"Validation failed for dataset {self.table!r}: {cut(str(error), 200)}. "
                    f"It is not as the pipeline left it; make it again: "
                    f"kedro run --pipelines data_processing"
                )
                raise SpoiltTableError(msg) from error
        return rows


class _InPieces:
    """A validator of the catalog for a table in pieces."""

    def __init__(self, table: str) -> None:
        self._table = table

    def validate(self, data: Any) -> Pieces:
        """Return pieces that are checked when they are loaded."""
        return Pieces([CheckedPiece(load, self._table) for load in Pieces.of(data).loads])


_SCHEMAS = {"listings": Listings, "rejected_listings": RejectedListings}

ListingsInPieces = _InPieces("listings")
RejectedListingsInPieces = _InPieces("rejected_listings")

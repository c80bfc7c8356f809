"""The pandera schemas that the catalog's entries declare as their validators.

Kedro checks each load and save with them, in the pipelines and in a notebook alike.
They hold what is true in every market; a market's own limits are parameters and are
checked, and reported, by the pipeline ``data_validation``.
"""

from __future__ import annotations

import pandera.pandas as pa

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

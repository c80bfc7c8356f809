"""The schema that the catalog declares as the validator of estimates beside true prices."""

from __future__ import annotations

import pandera.pandas as pa

_ABOVE_ZERO = pa.Check.gt(0)

Estimates = pa.DataFrameSchema(
    {
        "id": pa.Column("int64", unique=True),
        "neighbourhood_group": pa.Column("str"),
        "room_type": pa.Column("str"),
        "latitude": pa.Column("float64"),
        "longitude": pa.Column("float64"),
        "price": pa.Column("float64", _ABOVE_ZERO),
        "typical_price": pa.Column("float64", _ABOVE_ZERO, nullable=True),
        "price_low": pa.Column("float64", nullable=True),
        "price_high": pa.Column("float64", nullable=True),
        "baseline_price": pa.Column("float64", _ABOVE_ZERO),
        "known_host": pa.Column("bool"),
    },
    checks=pa.Check(
        lambda rows: ~(rows["price_low"] > rows["price_high"]),
        error="price_low is not above price_high",
    ),
    strict=True,
    ordered=True,
    name="Estimates",
)
"""Estimates beside true prices, in currency per night; missing where the model gave none."""

"""The columns of listings: names, order, types and units, in one place.

The meaning follows Inside Airbnb's summary files: prices in the market's currency per
night, coordinates in degrees, ``minimum_nights`` in nights, ``availability_365`` in
days of the coming year, ``reviews_per_month`` in reviews a month.
"""

from __future__ import annotations

LISTING_DTYPES = {
    "id": "int64",
    "name": "str",
    "host_id": "Int64",
    "host_name": "str",
    "neighbourhood_group": "category",
    "neighbourhood": "category",
    "latitude": "float64",
    "longitude": "float64",
    "room_type": "category",
    "price": "float64",
    "minimum_nights": "Int64",
    "number_of_reviews": "Int64",
    "last_review": "datetime64[ms]",
    "reviews_per_month": "float64",
    "calculated_host_listings_count": "Int64",
    "availability_365": "Int64",
    "delivered_on": "datetime64[ms]",
}
"""Columns of ``listings`` in order, with their pandas types.

The columns of a drop, and ``delivered_on``: the date of the drop that the row came from.
"""

DELIVERED_ON = "delivered_on"
LINE = "line"
REASON = "reason"
DETAIL = "detail"

RAW_COLUMNS = tuple(name for name in LISTING_DTYPES if name != DELIVERED_ON)
"""The columns of a drop, in order."""

REQUIRED_COLUMNS = (
    "id",
    "neighbourhood_group",
    "neighbourhood",
    "latitude",
    "longitude",
    "room_type",
    "price",
)
"""Without a value in each of these a row is no listing."""

NON_NEGATIVE_COLUMNS = (
    "id",
    "host_id",
    "price",
    "minimum_nights",
    "number_of_reviews",
    "reviews_per_month",
    "calculated_host_listings_count",
    "availability_365",
)
"""A negative number in these has no meaning."""

TEXT_COLUMNS = tuple(n for n, t in LISTING_DTYPES.items() if t in {"str", "category"})
WHOLE_NUMBER_COLUMNS = tuple(n for n, t in LISTING_DTYPES.items() if t in {"int64", "Int64"})
CATEGORY_COLUMNS = tuple(n for n, t in LISTING_DTYPES.items() if t == "category")
DATE_COLUMNS = ("last_review",)

MODEL_COLUMNS = (
    "name",
    "neighbourhood_group",
    "neighbourhood",
    "latitude",
    "longitude",
    "room_type",
    "minimum_nights",
    "number_of_reviews",
    "last_review",
    "reviews_per_month",
    "calculated_host_listings_count",
    "availability_365",
    DELIVERED_ON,
)
"""What a price model may look at.

Neither the listing's id nor the host: an estimate from *similar* properties must not
recognise a host and repeat that host's own prices, and needs no personal data.
"""

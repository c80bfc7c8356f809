"""The columns of listings: names, order, types and units, in one place.

The meaning follows Inside Airbnb's summary files: prices in the market's currency per
night, coordinates in degrees, ``minimum_nights`` in nights, ``availability_365`` in
days of the coming year, ``reviews_per_month`` in reviews a month.
"""

from __future__ import annotations

RAW_COLUMNS = (
    "id",
    "name",
    "host_id",
    "host_name",
    "neighbourhood_group",
    "neighbourhood",
    "latitude",
    "longitude",
    "room_type",
    "price",
    "minimum_nights",
    "number_of_reviews",
    "last_review",
    "reviews_per_month",
    "calculated_host_listings_count",
    "availability_365",
)
"""The columns of a drop, in order."""

HOST_NAME = "host_name"
"""Personal data that nothing needs: read, counted where missing, kept in no dataset."""

DELIVERED_ON = "delivered_on"
LINE = "line"
REASON = "reason"
DETAIL = "detail"

LISTING_DTYPES = {
    "id": "int64",
    "name": "str",
    "host_id": "Int64",
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

The columns of a drop but the host's name, and ``delivered_on``: the date of the drop that
the row came from.
"""

LISTING_COLUMNS = tuple(name for name in LISTING_DTYPES if name != DELIVERED_ON)
"""What a listing says of itself."""

TYPED_COLUMNS = (*LISTING_DTYPES, LINE, REASON, DETAIL)
"""The columns of a typed drop, in order."""

REJECTED_COLUMNS = (DELIVERED_ON, LINE, REASON, DETAIL, *LISTING_COLUMNS)
"""The columns of ``rejected_listings``, in order."""

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

CATEGORY_COLUMNS = tuple(n for n, t in LISTING_DTYPES.items() if t == "category")
TEXT_COLUMNS = ("name", HOST_NAME, *CATEGORY_COLUMNS)
WHOLE_NUMBER_COLUMNS = tuple(n for n, t in LISTING_DTYPES.items() if t in {"int64", "Int64"})
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

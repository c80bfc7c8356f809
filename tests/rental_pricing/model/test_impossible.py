"""Estimating refuses the values that ingest sets aside, and no others."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.listings.judging import judge_rows
from rental_pricing.listings.typed import type_drop
from rental_pricing.model.conforming import MARKERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.listings.parameters import ImpossibleParameters, MarketParameters
    from rental_pricing.model.price_model import PriceModel

TEXTS = {
    "minimum_nights": [
        "3", " 3 ", "3.0", "3.", "+3", "-3", "-0", "3.5", "1e1", "0x1A", "1000", "1001", "", "n/a",
        "nan", "inf", "three", "9223372036854775807", "9223372036854775808", "٣", "3 nights",
    ],
    "reviews_per_month": [
        "0.5", ".5", "5.", "1e0", "-0.5", "-0", "inf", "-inf", "NaN", "1e400", "90", "90.01", "0,5",
        "", "none", "0x1p3", "1_0",
    ],
    "number_of_reviews": ["12", "0", "-1", "2000", "2001", ""],
    "last_review": [
        "2023-11-05", " 2023-11-05 ", "2023-11-5", "05/11/2023", "2023-02-30", "20231105", "",
        "2023-11-05 00:00:00", "2024-01-08", "2024-01-09", "2008-01-01", "2007-12-31", "9999-12-31",
        "0001-01-01", "0000-01-01", "NA", "-",
    ],
    "availability_365": ["0", "365", "366", "367", "9999", "-1"],
    "calculated_host_listings_count": ["1", "1000", "1001", "0"],
    "latitude": ["40.58", " 40.58", "40.58N", "inf", "1e400"],
    "longitude": ["-73.96", "-73.96°", "-Infinity"],
}  # fmt: skip


def test_ingest_and_estimating_refuse_the_same_values(
    lake_model: PriceModel,
    lake_city: MarketParameters,
    sober_limits: ImpossibleParameters,
    offer: Callable[..., pd.DataFrame],
) -> None:
    """One value at a time in a good listing, as text: malformed or impossible for both."""
    changes = [{column: text} for column, texts in TEXTS.items() for text in texts]
    given = pd.concat([offer(**change) for change in changes], ignore_index=True)
    rows = given.astype("object").map(str)
    rows = rows.assign(id="1", host_id="1", host_name="Host", price="100")[list(RAW_COLUMNS)]
    raw = pa.Table.from_pandas(
        rows.assign(line=rows.index + 2).replace("", None), preserve_index=False
    )
    drop = type_drop(raw, dt.date(2024, 1, 8), MARKERS)
    reasons, details = judge_rows(drop, lake_city, sober_limits)
    refused = np.isin(reasons.astype(str), ["malformed_value", "impossible_value"])

    estimates = lake_model.estimate(rows.assign(delivered_on="2024-01-08"))

    told = dict(enumerate(zip(changes, details, estimates["note"], strict=True)))
    differing = np.flatnonzero(estimates["typical_price"].isna().to_numpy() != refused)
    assert [told[row] for row in differing.tolist()] == []
    assert 20 < refused.sum() < len(changes) - 20

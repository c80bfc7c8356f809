"""Small made-up listings for the tests of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = {
    "name": "str",
    "neighbourhood_group": "category",
    "neighbourhood": "category",
    "room_type": "category",
    "minimum_nights": "Int64",
    "number_of_reviews": "Int64",
    "calculated_host_listings_count": "Int64",
    "availability_365": "Int64",
    "delivered_on": "datetime64[ms]",
}


@pytest.fixture(scope="session")
def make_listings() -> Callable[..., pd.DataFrame]:
    """Make listings whose price depends on room type, bedrooms and place."""

    def make(rows: int = 120, seed: int = 1) -> pd.DataFrame:
        draw = np.random.default_rng(seed)
        entire = draw.random(rows) < 0.55
        bedrooms = draw.integers(1, 4, rows)
        north = draw.random(rows)
        style = draw.choice(["sunny", "quiet", "modern", "tiny"], rows)
        reviewed = draw.random(rows) < 0.8
        last = pd.Timestamp("2024-01-08") - pd.to_timedelta(draw.integers(0, 500, rows), unit="D")
        price = 50 + 60 * entire + 25 * bedrooms + 40 * north + draw.normal(0, 8, rows)
        frame = pd.DataFrame(
            {
                "name": [f"{s} {b}BR near the lake" for s, b in zip(style, bedrooms, strict=True)],
                "neighbourhood_group": np.where(north > 0.5, "Uptown", "Downtown"),
                "neighbourhood": [f"Quarter {int(10 * one)}" for one in north],
                "latitude": 40.6 + 0.2 * north,
                "longitude": -74 + 0.2 * draw.random(rows),
                "room_type": np.where(entire, "Entire home/apt", "Private room"),
                "minimum_nights": draw.integers(1, 30, rows),
                "number_of_reviews": np.where(reviewed, draw.integers(1, 90, rows), 0),
                "last_review": last.where(reviewed),
                "reviews_per_month": np.where(reviewed, draw.random(rows), np.nan),
                "calculated_host_listings_count": draw.integers(1, 5, rows),
                "availability_365": draw.integers(0, 366, rows),
                "price": price.round(),
                "delivered_on": pd.Timestamp("2024-01-08"),
            }
        )
        return frame.astype(TYPES)

    return make

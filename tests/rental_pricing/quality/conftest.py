"""Listings as the quality room sees them: accepted rows of a drop, made by code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.listings.ingest import MISSING_HOST_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = {
    "Chelsea": ("Manhattan", 40.75, -74.0),
    "Harlem": ("Manhattan", 40.81, -73.95),
    "Park Slope": ("Brooklyn", 40.67, -73.98),
    "Astoria": ("Queens", 40.77, -73.92),
    "Fordham": ("Bronx", 40.86, -73.9),
    "St. George": ("Staten Island", 40.64, -74.08),
}


def make_rows(count: int = 600, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """Make a typed drop without rejected rows; ``columns`` replace its own."""
    random = np.random.default_rng(seed)
    names = random.choice(list(PLACES), count, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
    places = np.array([PLACES[name][1:] for name in names]) + random.normal(0, 0.01, (count, 2))
    reviews = np.where(random.random(count) < 0.2, 0, random.geometric(0.1, count))
    reviewed = reviews > 0
    day = pd.Timestamp("2024-01-08")
    frame = pd.DataFrame(
        {
            "id": pd.array(np.arange(1, count + 1), dtype="Int64"),
            "name": [f"Home in {n}" if i % 2 else f"Sunny {n[::-1]}" for i, n in enumerate(names)],
            "host_id": pd.array(np.arange(count) // 2, dtype="Int64"),
            "neighbourhood_group": [PLACES[name][0] for name in names],
            "neighbourhood": names,
            "latitude": places[:, 0],
            "longitude": places[:, 1],
            "room_type": random.choice(
                ["Entire home/apt", "Private room", "Shared room"], count, p=[0.5, 0.4, 0.1]
            ),
            "price": random.integers(40, 300, count).astype("float64"),
            "minimum_nights": pd.array(random.geometric(0.3, count), dtype="Int64"),
            "number_of_reviews": pd.array(reviews, dtype="Int64"),
            "last_review": pd.Series(
                day - pd.to_timedelta(random.integers(0, 700, count), unit="D")
            ).where(reviewed),
            "reviews_per_month": pd.Series(reviews / 10 + 0.05).where(reviewed),
            "calculated_host_listings_count": pd.array(random.geometric(0.6, count), dtype="Int64"),
            "availability_365": pd.array(random.integers(0, 366, count), dtype="Int64"),
            "delivered_on": day.as_unit("ms"),
            "line": np.arange(2, count + 2),
        }
    )
    texts = dict.fromkeys(("name", "neighbourhood_group", "neighbourhood", "room_type"), "str")
    frame = frame.astype({**texts, "last_review": "datetime64[ms]"})
    for name in ("reason", "detail"):
        frame[name] = pd.Series(pd.NA, index=frame.index, dtype="str")
    frame.attrs = {MISSING_HOST_NAME: 0}
    return frame.assign(**columns)


@pytest.fixture(scope="session")
def rows() -> Callable[..., pd.DataFrame]:
    """Make a typed drop without rejected rows; see ``make_rows``."""
    return make_rows


@pytest.fixture(scope="session")
def quality(parameters: dict[str, Any]) -> Any:
    """The shipped limits."""
    return parameters["data_validation"]


@pytest.fixture(scope="session")
def profile(quality: Any) -> Callable[..., Any]:
    """Profile rows made by ``make_rows``, or given as ``of``."""
    from rental_pricing.quality.profiling import profile_rows

    def make(count: int = 600, seed: int = 0, **columns: Any) -> Any:
        of = columns.pop("of", None)
        market = columns.pop("market", "here")
        chosen = make_rows(count, seed, **columns) if of is None else of
        return profile_rows(chosen, market=market, bins=quality.bins)

    return make


@pytest.fixture(scope="session")
def with_limit(quality: Any) -> Callable[..., Any]:
    """Return the limits with one of them changed; ``path`` is parted by full stops."""

    def change(path: str, value: float) -> Any:
        changed = quality.model_dump()
        *parents, name = path.split(".")
        block = changed
        for parent in parents:
            block = block[parent]
        block[name] = value
        return type(quality)(**changed)

    return change

"""Second step: compare cleaned listings with fixed rules, and with an earlier delivery."""

from __future__ import annotations

import sys

import pandas as pd
from scipy.stats import entropy

from reference_flow.clean import LATITUDES, LONGITUDES, PRICES

COLUMNS = (
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
BOROUGHS = {"Bronx", "Brooklyn", "Manhattan", "Queens", "Staten Island"}

MOST_DIVERGENCE = 0.2
"""Of the boroughs' shares from those of the earlier delivery: Kullback-Leibler, bits."""

MOST_ROWS = 1_000_000


def check(listings: pd.DataFrame, earlier: pd.DataFrame, fewest: int) -> list[str]:
    """Return the names of the rules that are broken."""
    boroughs = "neighbourhood_group"
    counts, before = (
        each[boroughs].value_counts().reindex(sorted(BOROUGHS), fill_value=0).to_numpy()
        for each in (listings, earlier)
    )
    rules = {
        "columns": tuple(listings.columns) == COLUMNS,
        "boroughs": set(listings[boroughs]) == BOROUGHS,
        "prices": bool(listings["price"].between(*PRICES).all()),
        "longitudes": bool(listings["longitude"].between(*LONGITUDES).all()),
        "latitudes": bool(listings["latitude"].between(*LATITUDES).all()),
        "rows": fewest < len(listings) < MOST_ROWS,
        "shares of boroughs": float(entropy(counts, before, base=2)) < MOST_DIVERGENCE,
    }
    return [name for name, is_kept in rules.items() if not is_kept]


if __name__ == "__main__":
    cleaned, before, rows = sys.argv[1:]
    if broken := check(pd.read_csv(cleaned), pd.read_csv(before), int(rows)):
        sys.exit(f"broken rules: {', '.join(broken)}")

"""What a map of a market is drawn from: its areas, and points where known listings are."""

from __future__ import annotations

from typing import Any

import numpy as np

from rental_pricing.model.price_model import PriceModel

MOST_POINTS = 4_000
DECIMALS = 4
"""Of a place: some ten metres."""


def places_of(model: PriceModel) -> dict[str, Any]:
    """Return the places of a model's market; the same for the same model.

    Args:
        model: The price model.

    Returns:
        ``bounds`` of latitude and longitude in degrees; ``boroughs``, each with its
        neighbourhoods, the middle of their known listings and how many these are;
        ``room_types``; ``points``, longitude and latitude of at most 4,000 known listings.
    """
    known = model.known.described()
    middle = known.groupby(["neighbourhood_group", "neighbourhood"], sort=True).agg(
        latitude=("latitude", "median"),
        longitude=("longitude", "median"),
        listings=("id", "size"),
    )
    boroughs: dict[str, list[dict[str, Any]]] = {
        name: [] for name in model.knowledge.categories["neighbourhood_group"]
    }
    for (borough, name), latitude, longitude, listings in middle.itertuples():
        boroughs.setdefault(borough, []).append(
            {
                "name": name,
                "latitude": round(latitude, DECIMALS),
                "longitude": round(longitude, DECIMALS),
                "listings": listings,
            }
        )
    rows = np.unique(np.linspace(0, len(known) - 1, MOST_POINTS).astype("int64"))
    points = known[["longitude", "latitude"]].to_numpy()[rows].round(DECIMALS)
    return {
        "bounds": {
            name: {"min": low, "max": high} for name, (low, high) in model.knowledge.bounds.items()
        },
        "boroughs": [{"name": name, "neighbourhoods": boroughs[name]} for name in sorted(boroughs)],
        "room_types": list(model.knowledge.categories["room_type"]),
        "points": points.tolist(),
    }

"""Estimates beside true prices, the baseline and what the model knew: ready to be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rental_pricing.evaluation.baseline import MedianPrices
from rental_pricing.evaluation.provenance import MODEL, SPLIT

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel

_TEXTS = ["neighbourhood_group", "room_type"]
_PRICES = ["typical_price", "price_low", "price_high"]


def beside_prices(
    listings: pd.DataFrame,
    estimates: pd.DataFrame,
    learnt_from: pd.DataFrame,
) -> pd.DataFrame:
    """Put estimates beside the true prices.

    Args:
        listings: Listings that the model has not learnt from, with their prices.
        estimates: ``typical_price``, ``price_low`` and ``price_high`` for them, with the
            same index.
        learnt_from: Listings that the model has learnt from: the baseline learns from the
            same, and their hosts are known.

    Returns:
        The columns of :data:`rental_pricing.evaluation.schemas.Estimates`, prices in
        currency per night.
    """
    shown = ["id", *_TEXTS, "latitude", "longitude", "price"]
    table = pd.concat([listings[shown], estimates[_PRICES]], axis=1)
    table[_TEXTS] = table[_TEXTS].astype("str")
    table["baseline_price"] = MedianPrices.learn(learnt_from).estimate(listings)
    hosts = listings["host_id"]
    known = hosts.isin(learnt_from["host_id"].dropna()) & hosts.notna()
    table["known_host"] = known.astype("bool")
    table.attrs = {}
    return table


def made_by(model: PriceModel, estimates: pd.DataFrame, part: str) -> pd.DataFrame:
    """Let estimates say, in ``attrs``, which model and split they are of.

    Args:
        model: The model.
        estimates: As from :func:`beside_prices`.
        part: Which part of the split was estimated.

    Returns:
        A copy; its ``attrs`` have the model's identity, its split with the part, its
        currency, and the coverage that its intervals aim at.
    """
    table = estimates.copy()
    table.attrs = {
        MODEL: model.identity,
        SPLIT: {**model.provenance[SPLIT], "part": part},
        "currency": model.provenance["currency"],
        "coverage": model.interval.coverage,
    }
    return table

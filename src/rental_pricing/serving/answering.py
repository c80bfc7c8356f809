"""Prices for a question: by the functions that price in bulk, so that they are the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rental_pricing.model.notes import Refusal
from rental_pricing.model.price_model import PRICES, TYPICAL_LISTING, JudgedListings, PriceModel
from rental_pricing.serving.asking import Question

Groups = Mapping[str, Sequence[str]]

_SIMILAR = ("room_type", "latitude", "longitude", "neighbourhood_group", "neighbourhood")


@dataclass(frozen=True)
class Answer:
    """What a model says of listings.

    Attributes:
        estimates: One plain object a listing, ready for JSON.
        prices: Typical prices, NaN where a listing is not priced.
        refusals: Why listings are not priced, by kind.
    """

    estimates: list[dict[str, Any]]
    prices: list[float]
    refusals: list[Refusal]


def answer(question: Question, model: PriceModel, groups: Groups, currency: str) -> Answer:
    """Price listings.

    Args:
        question: The listings, and what is wanted besides the price.
        model: The price model.
        groups: Columns of an explanation, by the name of their group.
        currency: Of the prices.
    """
    judged = model.judge(question.listings)
    table = model.estimate(judged)
    typical, low, high = (table[name].to_numpy().tolist() for name in PRICES)
    notes = judged.notes
    estimates: list[dict[str, Any]] = [
        {
            "id": id_,
            "price": _or_none(typical[row]),
            "lower": _or_none(low[row]),
            "upper": _or_none(high[row]),
            "currency": currency,
            "reason": notes.reason(row),
            "warnings": notes.flags(row),
            "similar": [],
            "contributions": None,
        }
        for row, id_ in enumerate(question.ids)
    ]
    if question.similar and notes.priced.any():
        _add_similar(estimates, judged, model, question.similar)
    if question.explain and notes.priced.any():
        _add_contributions(estimates, judged, model, groups)
    return Answer(estimates, typical, notes.kinds())


def _add_similar(
    estimates: list[dict[str, Any]], judged: JudgedListings, model: PriceModel, k: int
) -> None:
    found = model.similar(judged, k)
    known = model.known.described(found["similar_id"].to_numpy())
    columns = {
        "id": found["similar_id"],
        "price": found["similar_price"],
        "distance": found["distance"],
        "distance_km": found["distance_km"],
        **{name: known[name] for name in _SIMILAR},
    }
    values = [column.tolist() for column in columns.values()]
    for row, *each in zip(found.index.tolist(), *values, strict=True):
        told = dict(zip(columns, each, strict=True))
        estimates[row]["similar"].append({name: _plain(value) for name, value in told.items()})


def _add_contributions(
    estimates: list[dict[str, Any]], judged: JudgedListings, model: PriceModel, groups: Groups
) -> None:
    table = model.explain(judged, groups)
    typical = table[TYPICAL_LISTING].tolist()
    shares = {name: table[name].tolist() for name in groups}
    for row, estimate in enumerate(estimates):
        if estimate["price"] is not None:
            estimate["contributions"] = {
                "typical": typical[row],
                "groups": [
                    {"group": name, "columns": list(groups[name]), "amount": shares[name][row]}
                    for name in groups
                ],
            }


def _or_none(price: float) -> float | None:
    return None if math.isnan(price) else price


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value

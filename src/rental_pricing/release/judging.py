"""A candidate and the champion, judged on the same listings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rental_pricing.release.champion import UnusableModel, why_not_comparable
from rental_pricing.release.comparison import compared, estimated, measured, stock_sample
from rental_pricing.release.decision import Judged
from rental_pricing.release.rules import rules_against_champion, rules_of_candidate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from rental_pricing.engine.pieces import Pieces
    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.release.champion import Holder
    from rental_pricing.release.manual_releases import Action
    from rental_pricing.release.parameters import ReleaseParameters


def judge(
    candidate: PriceModel,
    champion: PriceModel | UnusableModel | None,
    holder: Holder | None,
    test_listings: pd.DataFrame,
    baseline: pd.Series,
    stock: Pieces,
    validation_report: Mapping[str, Any],
    parameters: ReleaseParameters,
    *,
    withdrawn: Action | None,
) -> Judged:
    """Judge a candidate by itself and, where both can be compared, against the champion.

    Args:
        candidate: The new model.
        champion: The one in production, if there is one.
        holder: Its version.
        test_listings: Listings that neither has learnt from, with prices.
        baseline: Median price by borough and room type for them, in currency per night.
        stock: All current listings, in pieces.
        validation_report: About these.
        parameters: The limits.
        withdrawn: How a person has taken the candidate back, if one has.
    """
    estimates = estimated(candidate, test_listings, baseline)
    found = measured(estimates, candidate.interval.coverage)
    judged = Judged(candidate, found, champion, holder)
    if judged.is_champion:
        return replace(judged, champion_measured=found)
    rules = rules_of_candidate(found, validation_report, parameters, withdrawn=withdrawn)
    judged = replace(judged, rules=tuple(rules))
    if champion is None:
        return judged
    obstacles = why_not_comparable(candidate, champion, test_listings)
    if obstacles or isinstance(champion, UnusableModel):
        return replace(judged, obstacles=tuple(obstacles))
    theirs = estimated(champion, test_listings, baseline)
    theirs_found = measured(theirs, champion.interval.coverage)
    sample = stock_sample(stock, parameters)
    prices = _prices(candidate, sample), _prices(champion, sample)
    difference = compared(estimates, theirs, prices, parameters)
    delivered = candidate.knowledge.newest_delivery, champion.knowledge.newest_delivery
    rules += rules_against_champion(
        difference, theirs_found, delivered, parameters, candidate.provenance["currency"]
    )
    return replace(judged, rules=tuple(rules), champion_measured=theirs_found, compared=difference)


def _prices(model: PriceModel, listings: pd.DataFrame) -> NDArray[np.float64]:
    return model.estimate(listings)["typical_price"].to_numpy("float64")

"""Nodes of ``release``."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Pieces
from rental_pricing.evaluation import provenance as made
from rental_pricing.listings.digest import digest_of
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.model.price_model import PriceModel
from rental_pricing.release.champion import Holder, UnusableModel, require_one_champion
from rental_pricing.release.decision import Tracking, decide, promotion
from rental_pricing.release.judging import judge
from rental_pricing.release.manual_releases import brought_by, withdrawal
from rental_pricing.release.parameters import ReleaseParameters
from rental_pricing.reporting.release_note import release_note

logger = logging.getLogger(__name__)


def decide_release(
    price_model: PriceModel,
    champion: PriceModel | UnusableModel | None,
    production_version: Holder | None,
    test_listings: pd.DataFrame,
    test_estimates: pd.DataFrame,
    listings: Pieces | pd.DataFrame,
    validation_report: dict[str, Any],
    earlier_manual_releases: list[dict[str, Any]] | None,
    earlier_release_decision: dict[str, Any] | None,
    tracking: Tracking,
    market: MarketParameters,
    parameters: ReleaseParameters,
    engine: Engine = ONE_PROCESS,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Decide by rule whether the candidate takes the champion's place.

    Both are judged on the same test listings, which neither has learnt from.

    Args:
        price_model: The candidate, as loaded from its file.
        champion: The model in production; ``None`` if there is none yet.
        production_version: Its version in the store, likewise.
        test_listings: Of the candidate's split.
        test_estimates: For the price of the median by borough and room type.
        listings: The current stock, in pieces.
        validation_report: The judgement of the data.
        earlier_manual_releases: What people have released, declined and rolled back.
        earlier_release_decision: What was decided last.
        tracking: How this run is tracked; without it nothing can be promoted.
        market: The market of this run.
        parameters: The rules' limits, and the mode.
        engine: Works on the pieces of the stock.

    Returns:
        The decision, see :func:`rental_pricing.release.decision.decide`; and what the alias
        ``prod`` is to stand for.

    Raises:
        MixedDataError: If candidate, listings, estimates and report were not made together,
            or what is in production changed while this was run.
    """
    stock = Pieces.of(listings)
    split = price_model.provenance[made.SPLIT]
    made.require_split(split, test=test_listings)
    made.require_same(
        made.JUDGE_AGAIN,
        price_model={made.MODEL: price_model.identity},
        test_estimates={made.MODEL: test_estimates.attrs.get(made.MODEL)},
    )
    of = {name: split[name] for name in ("digest", "market")}
    made.require_same(
        made.PROCESS_AGAIN,
        price_model=of,
        validation_report={name: validation_report.get(name) for name in of},
        listings={"digest": digest_of(stock, engine), "market": market.identity},
    )
    require_one_champion(champion, production_version)
    learning = price_model.learning
    judged = judge(
        price_model,
        champion,
        production_version,
        test_listings,
        test_estimates["baseline_price"],
        stock,
        validation_report,
        parameters,
        withdrawn=withdrawal(price_model.identity, learning, earlier_manual_releases),
    )
    brought = None
    if judged.is_champion:
        brought = brought_by(
            price_model.identity, learning, earlier_manual_releases, earlier_release_decision
        )
    decision = decide(judged, parameters, tracking, brought)
    logger.info("Release: %s. %s", decision["outcome"].replace("_", " "), decision["reason"])
    return decision, promotion(decision)


def write_release_note(release_decision: dict[str, Any]) -> str:
    """Write the decision for people: numbers of both models, each rule, and the reason.

    Args:
        release_decision: The decision.

    Returns:
        The note in Markdown; the same decision gives the same text.
    """
    return release_note(release_decision)

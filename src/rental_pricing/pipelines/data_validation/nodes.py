"""Nodes of ``data_validation``."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Load, Pieces
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.listings.selection import LoadDrop
from rental_pricing.quality.deliveries import Delivery, profile_drops
from rental_pricing.quality.gate import require_passed
from rental_pricing.quality.parameters import QualityParameters
from rental_pricing.quality.profile import Profile, added
from rental_pricing.quality.profiling import profile_rows
from rental_pricing.quality.reference import read_reference
from rental_pricing.quality.report import report_table
from rental_pricing.quality.validation import judge
from rental_pricing.reporting.figures import Figure
from rental_pricing.reporting.validation_figure import validation_figure

logger = logging.getLogger(__name__)


def profile_deliveries(
    typed_drops: dict[str, LoadDrop],
    market: MarketParameters,
    parameters: QualityParameters,
    engine: Engine = ONE_PROCESS,
) -> dict[str, Any]:
    """Summarise each drop of the window by itself, a piece in memory at a time.

    Args:
        typed_drops: Date to a callable that returns every raw row of that drop, typed,
            with the reason why it is no listing.
        market: Which market they are of.
        parameters: Histogram bins; how far a home may move.
        engine: Works on the drops.

    Returns:
        By date ``profile`` of the accepted rows, ``account`` of all rows, the date of the
        ``previous`` drop, and how many ``known`` ids changed since.
    """
    drops = profile_drops(typed_drops, market=market.identity, parameters=parameters, engine=engine)
    return {day: delivery.model_dump() for day, delivery in drops}


def profile_listings(
    listings: Pieces | pd.DataFrame,
    market: MarketParameters,
    parameters: QualityParameters,
    engine: Engine = ONE_PROCESS,
) -> dict[str, Any]:
    """Summarise the listings in counts that can be compared and added up.

    Args:
        listings: The listings, one row each, in pieces.
        market: Which market they are of.
        parameters: Histogram bins by column.
        engine: Works on the pieces.

    Returns:
        The profile; see :class:`rental_pricing.quality.profile.Profile`.
    """
    profile = partial(_profile, market=market.identity, parameters=parameters)
    return added(list(engine.map(profile, Pieces.of(listings).loads))).model_dump()


def _profile(load: Load, market: str, parameters: QualityParameters) -> Profile:
    return profile_rows(load(), market=market, bins=parameters.bins)


def validate(
    listings: Pieces | pd.DataFrame,
    processing_report: dict[str, Any],
    listings_profile: dict[str, Any],
    delivery_profiles: dict[str, Any],
    reference_profile: dict[str, Any] | None,
    market: MarketParameters,
    parameters: QualityParameters,
    engine: Engine = ONE_PROCESS,
) -> tuple[dict[str, Any], Figure]:
    """Judge each delivery, then the listings, by every rule; nothing is stopped here.

    Args:
        listings: The listings to judge, in pieces.
        processing_report: Where each raw row went.
        listings_profile: Profile of ``listings``.
        delivery_profiles: What each drop holds.
        reference_profile: Profile to compare with in place of the previous drop, if one
            was named.
        market: Known boroughs and room types, city bounds, price range.
        parameters: Limits.
        engine: Works on the pieces of the listings.

    Returns:
        The report (``passed``, ``market``, ``digest`` of the listings that it judged,
        ``rows``, ``drops``, ``checks``) and a figure of the distributions.

    Raises:
        MixedDataError: If the datasets were not made together, or for another market.
        ReferenceProfileError: If the reference can't be compared with.
    """
    profile = Profile.model_validate(listings_profile)
    deliveries = {day: Delivery.model_validate(one) for day, one in delivery_profiles.items()}
    reference = read_reference(reference_profile, profile, market)
    report = judge(
        Pieces.of(listings),
        profile,
        deliveries,
        processing_report,
        reference,
        market,
        parameters,
        engine,
    )
    logger.info("%s", report_table(report))
    return report, validation_figure(report, profile, deliveries, reference)


def stop_if_failed(validation_report: dict[str, Any]) -> None:
    """Stop the run if a rule is broken.

    A node of its own, so that the report and its figure are on disk before the run stops.

    Args:
        validation_report: The judgement of the deliveries and the listings.

    Raises:
        ValidationFailedError: Naming each broken rule, its drop, the limit, the value
            found and examples.
    """
    require_passed(validation_report)

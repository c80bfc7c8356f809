"""Nodes of ``data_validation``."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from rental_pricing.listings.columns import DELIVERED_ON
from rental_pricing.listings.digest import frame_digest
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.quality.drift import statistical_checks
from rental_pricing.quality.gate import require_passed
from rental_pricing.quality.parameters import QualityParameters
from rental_pricing.quality.profile import profile_frame
from rental_pricing.quality.report import report_table
from rental_pricing.quality.rules import fixed_checks
from rental_pricing.reporting.validation_figure import validation_figure

logger = logging.getLogger(__name__)


def profile_listings(listings: pd.DataFrame, options: QualityParameters) -> dict[str, Any]:
    """Summarise the listings in counts that can be compared and added up.

    The profile of the data that a model was trained on is the reference that later weeks
    are compared with; it holds no listing.

    Args:
        listings: The listings, one row each.
        options: Histogram bins by column.

    Returns:
        The profile; see :func:`rental_pricing.quality.profile.profile_frame`.
    """
    return profile_frame(listings, options.bins)


def validate_listings(
    listings: pd.DataFrame,
    rejected_listings: pd.DataFrame,
    processing_report: dict[str, Any],
    listings_profile: dict[str, Any],
    reference_profile: dict[str, Any] | None,
    market: MarketParameters,
    options: QualityParameters,
) -> tuple[dict[str, Any], Figure]:
    """Judge the listings by every rule, and say so; nothing is stopped here.

    Args:
        listings: The listings to judge.
        rejected_listings: Raw rows that were set aside, with reasons.
        processing_report: Where each raw row went.
        listings_profile: Profile of ``listings``.
        reference_profile: Profile to compare with; ``None`` if there is none yet.
        market: Known boroughs and room types, city bounds, price range.
        options: Limits.

    Returns:
        The report (``passed``, ``digest`` of the listings that it judged, ``rows``,
        ``drops``, ``checks``) and a figure of the distributions.
    """
    checks = fixed_checks(listings, rejected_listings, processing_report, market, options)
    checks += statistical_checks(listings_profile, reference_profile, options.drift)
    report = {
        "passed": not any(check.status == "failed" for check in checks),
        "digest": frame_digest(listings),
        "rows": len(listings),
        "drops": _drops(listings),
        "checks": [check.to_dict() for check in checks],
    }
    logger.info("%s", report_table(report))
    return report, validation_figure(listings_profile, reference_profile, report)


def _drops(listings: pd.DataFrame) -> list[str]:
    if DELIVERED_ON not in listings:
        return []
    return [f"{day:%Y-%m-%d}" for day in sorted(pd.to_datetime(listings[DELIVERED_ON]).unique())]


def stop_if_failed(validation_report: dict[str, Any]) -> None:
    """Stop the run if a rule is broken.

    A node of its own, so that the report and its figure are on disk before the run stops.

    Args:
        validation_report: The judgement of the listings.

    Raises:
        ValidationFailedError: Naming each broken rule, its limit, the value found and
            examples.
    """
    require_passed(validation_report)

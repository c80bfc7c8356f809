"""Judge deliveries and listings by every rule."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.errors import MixedDataError
from rental_pricing.listings.digest import total_digest
from rental_pricing.quality.check import Check
from rental_pricing.quality.delivery_rules import delivery_checks
from rental_pricing.quality.drift import Comparison, drift_checks
from rental_pricing.quality.listings_rules import listings_checks, look_at
from rental_pricing.quality.report import make_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.engine.pieces import Pieces
    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.quality.deliveries import Delivery
    from rental_pricing.quality.parameters import QualityParameters
    from rental_pricing.quality.profile import Profile


def judge(
    listings: Pieces,
    profile: Profile,
    deliveries: Mapping[str, Delivery],
    processing_report: Mapping[str, Any],
    reference: Profile | None,
    market: MarketParameters,
    parameters: QualityParameters,
    engine: Engine = ONE_PROCESS,
) -> dict[str, Any]:
    """Judge every delivery for itself, then the listings as a whole.

    Args:
        listings: One row a listing.
        profile: Their profile.
        deliveries: Date to delivery, all drops of the window.
        processing_report: Where each raw row went.
        reference: Named profile: the newest delivery is compared with it, in place of the
            previous one, and so are the listings.
        market: Known boroughs and room types, city bounds, price range.
        parameters: Limits.
        engine: Works on the pieces of the listings.

    Returns:
        The validation report.

    Raises:
        MixedDataError: If these were not made together, or for another market.
    """
    looked_at = partial(look_at, market=market, shown=parameters.examples)
    found = list(engine.map(looked_at, listings.loads))
    digest = str(total_digest(each.digest for each in found))
    _require_together(digest, profile, deliveries, processing_report, market)
    total = processing_report["total"]
    checks: list[Check] = [
        *delivery_checks(deliveries, reference, market, parameters),
        *listings_checks(found, profile, total, deliveries, market, parameters),
    ]
    if reference:
        compared = Comparison(now=profile, then=reference, against="the reference")
        checks += drift_checks(compared, parameters.drift)
    return make_report(
        checks,
        market=market.identity,
        digest=digest,
        rows=profile.rows,
        drops=sorted(deliveries),
        examples=parameters.examples,
    )


def _require_together(
    digest: str,
    profile: Profile,
    deliveries: Mapping[str, Delivery],
    report: Mapping[str, Any],
    market: MarketParameters,
) -> None:
    profiles = [profile, *(delivery.profile for delivery in deliveries.values())]
    problems = {
        "listings are not those that processing_report accounts for": (
            digest != report["listings_digest"] or profile.rows != report["total"]["kept"]
        ),
        "delivery_profiles and processing_report are about other drops": (
            sorted(deliveries) != sorted(report["drops"])
        ),
        f"they were made for another market than {market.name} as it is described now": (
            {market.identity} != {report["market"], *(each.market for each in profiles)}
        ),
    }
    found = [what for what, broken in problems.items() if broken]
    if found:
        msg = (
            f"These data were not made together: {'; '.join(found)}. Make them again: "
            f"kedro run --pipelines data_processing,data_validation"
        )
        raise MixedDataError(msg)

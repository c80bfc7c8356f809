"""The drift report: all that a week's monitoring has found, in plain types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.monitoring.delivery import compare_delivery, training_profile
from rental_pricing.monitoring.error import error_at_release, error_checks, measure_error
from rental_pricing.quality.histograms import median

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rental_pricing.engine.pieces import Pieces
    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.listings.selection import LoadDrop
    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.monitoring.parameters import MonitoringParameters
    from rental_pricing.quality.deliveries import Delivery
    from rental_pricing.quality.parameters import QualityParameters
    from rental_pricing.quality.profile import Profile


def monitor(
    listings: Pieces,
    typed_drops: Mapping[str, LoadDrop],
    deliveries: Mapping[str, Delivery],
    model: PriceModel,
    earlier: pd.DataFrame | None,
    market: MarketParameters,
    quality: QualityParameters,
    parameters: MonitoringParameters,
    engine: Engine = ONE_PROCESS,
) -> dict[str, Any]:
    """Compare the newest delivery with a model's training data, and measure the model on it.

    Args:
        listings: One row a listing, of all deliveries, in pieces.
        typed_drops: Date to what loads the typed drop.
        deliveries: Date to delivery; at least one.
        model: The production model.
        earlier: The history so far, if there is one.
        market: Known boroughs and room types.
        quality: Limits of the tests that deliveries are compared by.
        parameters: Limits of the monitoring.
        engine: Works on drops and pieces.

    Returns:
        ``delivery``, ``model``, ``model_data`` (date of its newest data), ``currency``;
        ``rows`` of the delivery, by what became of them; ``price``, its median, that of the
        training data, and the shift; ``error`` and ``error_at_release``; ``columns``, how
        far each has moved; ``new_values``; and ``checks``, every rule with its outcome.
    """
    day = max(deliveries)
    delivery = deliveries[day]
    then, _ = training_profile(model, delivery.profile)
    compared = compare_delivery(
        day, delivery, typed_drops[day], model, market, quality.drift, parameters
    )
    error = measure_error(listings, day, model, then, parameters.error, engine)
    release = error_at_release(typed_drops, model, earlier, engine)
    checks = [*error_checks(day, error, release, parameters.error), *compared.checks]
    account = delivery.account
    return {
        "delivery": day,
        "model": model.identity,
        "model_data": model.knowledge.newest_delivery,
        "currency": model.provenance["currency"],
        "rows": {
            "delivered": account.rows,
            "accepted": account.accepted,
            "rejected": account.rejected,
            "rejected_share": round(1 - account.accepted / max(account.rows, 1), 6),
        },
        "price": _price(delivery.profile, then),
        "error": error,
        "error_at_release": {"mae": release.mae, "rows": release.listings},
        "columns": [shift.to_dict(parameters.stability) for shift in compared.shifts],
        "new_values": compared.new_values,
        "checks": [check.to_dict(quality.examples) for check in checks],
    }


def _price(now: Profile, then: Profile | None) -> dict[str, float | None]:
    one, other = (
        median(side.numeric["price"].counts, side.numeric["price"].edges) if side else None
        for side in (now, then)
    )
    return {
        "median": None if one is None else round(one, 2),
        "training_median": None if other is None else round(other, 2),
        "shift": None if one is None or not other else round(one / other - 1, 6),
    }

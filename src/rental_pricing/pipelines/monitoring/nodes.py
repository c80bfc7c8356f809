"""Nodes of ``monitoring``."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Pieces
from rental_pricing.evaluation.provenance import require_same
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.listings.selection import LoadDrop
from rental_pricing.model.price_model import PriceModel
from rental_pricing.monitoring.decision import alerts, decide
from rental_pricing.monitoring.history import known_weeks, with_week
from rental_pricing.monitoring.parameters import MonitoringParameters
from rental_pricing.monitoring.report import monitor
from rental_pricing.quality.deliveries import Delivery
from rental_pricing.quality.gate import require_validated
from rental_pricing.quality.parameters import QualityParameters
from rental_pricing.reporting.figures import Figure
from rental_pricing.reporting.monitoring_figures import drift_figure, history_figure
from rental_pricing.reporting.monitoring_note import monitoring_note

logger = logging.getLogger(__name__)

_AGAIN = "kedro run --pipelines data_processing,data_validation"


def monitor_production_model(
    listings: Pieces | pd.DataFrame,
    typed_drops: dict[str, LoadDrop],
    delivery_profiles: dict[str, Any],
    processing_report: dict[str, Any],
    validation_report: dict[str, Any],
    production_model: PriceModel,
    earlier_monitoring: pd.DataFrame | None,
    market: MarketParameters,
    quality: QualityParameters,
    parameters: MonitoringParameters,
    engine: Engine = ONE_PROCESS,
) -> dict[str, Any]:
    """Compare the newest delivery with what the production model learnt, and measure it there.

    A delivery that did not pass the validation is not monitored: what is spoilt says nothing
    about the model.

    Args:
        listings: The listings on disk, in pieces.
        typed_drops: Date to what loads the typed drop.
        delivery_profiles: What each drop holds.
        processing_report: Where each raw row went.
        validation_report: The judgement of the listings; it must have passed.
        production_model: The model with the alias ``prod``.
        earlier_monitoring: The weeks so far, as tracked; ``None`` in the first week.
        market: Known boroughs and room types.
        quality: Limits of the tests that deliveries are compared by.
        parameters: Limits of the monitoring.
        engine: Works on drops and pieces.

    Returns:
        The drift report; see :func:`rental_pricing.monitoring.report.monitor`.

    Raises:
        UnvalidatedDataError: If the validation report is about other listings or another market.
        ValidationFailedError: If a rule of the validation is broken.
        MixedDataError: If the datasets were not made together.
    """
    stock = Pieces.of(listings)
    require_validated(stock, validation_report, market, engine)
    digest = validation_report["digest"]
    require_same(
        _AGAIN,
        processing_report={
            "digest": processing_report["listings_digest"],
            "drops": " ".join(sorted(processing_report["drops"])),
        },
        validation_report={"digest": digest, "drops": " ".join(validation_report["drops"])},
        delivery_profiles={"digest": digest, "drops": " ".join(sorted(delivery_profiles))},
        typed_drops={"digest": digest, "drops": " ".join(sorted(typed_drops))},
    )
    deliveries = {day: Delivery.model_validate(one) for day, one in delivery_profiles.items()}
    earlier = known_weeks(earlier_monitoring)
    return monitor(
        stock,
        typed_drops,
        deliveries,
        production_model,
        earlier,
        market,
        quality,
        parameters,
        engine,
    )


def decide_on_retraining(
    drift_report: dict[str, Any],
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Decide by the broken rules whether retraining is advised, and what people should hear.

    Args:
        drift_report: What the week's monitoring has found.

    Returns:
        The decision (``retrain``, ``look``, ``reasons``), and the alerts.
    """
    decision = decide(drift_report)
    for reason in decision["reasons"]:
        logger.warning("%s", reason["told"])
    logger.info(
        "Delivery %s, model %s: %s, %s",
        decision["delivery"],
        decision["model"],
        "retraining is advised" if decision["retrain"] else "no reason for retraining",
        "the delivery needs a look" if decision["look"] else "nothing odd about the delivery",
    )
    return decision, alerts(drift_report, decision)


def record_week(
    drift_report: dict[str, Any],
    retraining_decision: dict[str, Any],
    earlier_monitoring: pd.DataFrame | None,
) -> tuple[pd.DataFrame, Figure, Figure, str]:
    """Add the week to the history, and show it.

    Args:
        drift_report: What the week's monitoring has found.
        retraining_decision: What was decided by it.
        earlier_monitoring: The weeks so far, as tracked.

    Returns:
        The history, one row for each delivery and model (the same ones again replace their
        row); figures of the drift and of the history; and a note in Markdown.
    """
    history = with_week(earlier_monitoring, drift_report, retraining_decision)
    return (
        history,
        drift_figure(drift_report),
        history_figure(history, drift_report["currency"]),
        monitoring_note(drift_report, retraining_decision, history),
    )

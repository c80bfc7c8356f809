"""Where a model comes from, in plain types: what its package tells of data and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.evaluation.provenance import SPLIT
from rental_pricing.model.parameters import TrainingParameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.evaluation.parameters import ModelingParameters
    from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters

_TRAINING = set(TrainingParameters.model_fields) - {"estimator", "estimators"}
_ACCOUNT = ("as_of", "drops", "total", "expired", "excluded")


def model_origin(
    market: MarketParameters,
    processing: ProcessingParameters,
    parameters: ModelingParameters,
    split: Mapping[str, Any],
    rows: Mapping[str, int],
    processing_report: Mapping[str, Any],
    validation_report: Mapping[str, Any],
) -> dict[str, Any]:
    """Tell what a model is made of: all of it, so that nobody has to look elsewhere.

    Args:
        market: Name and currency.
        processing: Limits of what is possible.
        parameters: Of the training; only those of the estimator that was chosen count.
        split: Data, market, seed and shares of the split.
        rows: Listings by part.
        processing_report: Where each raw row went, and the source of the drops.
        validation_report: How many rules the data passed.

    Returns:
        ``market`` and ``currency``; ``estimator``; ``parameters``, of the training and of
        what is possible; ``split``; ``rows``; ``source``, in words or ``None``;
        ``processing``, the accounts; ``rules``, their number by outcome.
    """
    statuses = [check["status"] for check in validation_report["checks"]]
    return {
        "market": market.name,
        "currency": market.currency,
        "estimator": parameters.estimator,
        "parameters": {
            "estimator": dict(parameters.estimators.get(parameters.estimator, {})),
            **parameters.model_dump(mode="json", include=_TRAINING),
            **processing.model_dump(mode="json", include={"impossible"}),
        },
        SPLIT: dict(split),
        "rows": dict(rows),
        "source": processing_report.get("source"),
        "processing": {name: processing_report[name] for name in _ACCOUNT},
        "rules": {name: statuses.count(name) for name in ("passed", "failed", "not_run")},
    }

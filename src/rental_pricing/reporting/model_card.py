"""The model card: what a reader must know before trusting a number."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pandas as pd

from rental_pricing.model.network.files import network_of
from rental_pricing.model.price_model import PriceModel
from rental_pricing.reporting.pages import number, template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ESTIMATORS = {
    "gradient_boosting": "Gradient-boosted trees (scikit-learn HistGradientBoostingRegressor).",
    "neural_network": "Neural networks for tables (fitted by PyTorch, not needed to estimate).",
    "random_forest": "A random forest (scikit-learn RandomForestRegressor).",
    "linear": "A penalised linear model (scikit-learn Ridge).",
    "median": "One price for all: the median of the training listings.",
}
SMALL = 100
"""Listings below which a segment is called too small to judge."""

TOLERANCE = 0.05
"""Difference from the wanted coverage above which a segment is named."""

_METRICS = (
    ("listings", "rows", ".0f"),
    ("MAE, {currency}", "mae", ".2f"),
    ("MAE of the baseline, {currency}", "baseline_mae", ".2f"),
    ("MAE against the baseline", "mae_vs_baseline", ".1%"),
    ("listings of known hosts", "known_hosts_rows", ".0f"),
    ("MAE for known hosts, {currency}", "known_hosts_mae", ".2f"),
    ("listings of new hosts", "new_hosts_rows", ".0f"),
    ("MAE for new hosts, {currency}", "new_hosts_mae", ".2f"),
    ("RMSE, {currency}", "rmse", ".2f"),
    ("R²", "r2", ".3f"),
    ("median absolute percentage error, %", "mdape", ".1f"),
    ("bias (mean of estimate minus price), {currency}", "bias", "+.2f"),
    ("share of prices in the {coverage:.0%} interval", "interval_coverage", ".1%"),
    ("mean width of the interval, {currency}", "interval_width", ".1f"),
    ("interval score (lower is better), {currency}", "interval_score", ".1f"),
)
_SEGMENT = (("rows", ".0f"), ("mae", ".1f"), ("baseline_mae", ".1f"), ("r2", ".2f"),
            ("mdape", ".0f"), ("bias", "+.1f"), ("interval_coverage", ".0%"),
            ("interval_width", ".0f"), ("interval_score", ".0f"))  # fmt: skip


def model_card(
    price_model: PriceModel,
    metrics: Mapping[str, Any],
    segments: pd.DataFrame,
    importance: pd.DataFrame,
) -> str:
    """Write the card in Markdown; the same inputs give the same text.

    Args:
        price_model: The packaged model; its provenance tells of data and parameters.
        metrics: Flat metrics, ``None`` for what can't be told.
        segments: Metrics by part and segment.
        importance: ``group``, ``columns``, ``mae_increase`` and ``std``.
    """
    origin = price_model.provenance
    test = _records(segments[segments["part"] == "test"])
    coverage = price_model.interval.coverage
    facts = {
        "origin": origin,
        "identity": price_model.identity,
        "unit": f"{origin['currency']} per night",
        "price_range": price_model.price_range,
        "accounts": _accounts(origin["processing"]["drops"]),
        "estimator": ESTIMATORS[origin["estimator"]],
        "blend": _blend(origin) + _members(price_model),
        "columns": list(price_model.signature),
        "parameters": list(_flat(origin["parameters"])),
        "metrics": _metric_rows(metrics, origin["currency"], coverage),
        "segments": [_segment_row(row) for row in test],
        "importance": [_importance_row(row) for row in _records(importance)],
        "coverage": coverage,
        "unpriced": metrics["test_unpriced"],
        "versions": ", ".join(f"{name} {number}" for name, number in price_model.versions.items()),
        "counted": _counted,
        "span": lambda days: " to ".join(sorted({min(days), max(days)})),
        **_bias(test, metrics, coverage),
    }
    return template("model_card.md.j2").render(facts)


def _counted(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in reasons.items()) or "none"


def _accounts(drops: Mapping[str, Mapping[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (day, one["rows"], one["kept"], one["superseded"], sum(one["rejected"].values()))
        for day, one in drops.items()
    ]


def _blend(origin: Mapping[str, Any]) -> str:
    weight = origin["parameters"].get("kernel", {}).get("weight", 0)
    if origin["estimator"] != "gradient_boosting" or weight == 0:
        return ""
    return f" A smooth kernel model has {weight:.0%} of the say."


def _members(price_model: PriceModel) -> str:
    network = network_of(price_model.pipeline)
    if network is None:
        return ""
    count = len(network.networks_)
    passes = ", ".join(str(each["best_epoch"]) for each in network.learning_)
    which = f"The mean of {count} neural networks" if count > 1 else "One neural network"
    return f" {which}; best after {passes} passes over the listings."


def _flat(parameters: Mapping[str, Any], path: str = "") -> Iterable[tuple[str, object]]:
    for name, value in parameters.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _metric_rows(
    metrics: Mapping[str, Any], currency: str, coverage: float
) -> list[tuple[str, ...]]:
    return [
        (
            label.format(currency=currency, coverage=coverage),
            *(number(metrics[f"{part}_{name}"], form) for part in ("test", "validation")),
        )
        for label, name, form in _METRICS
    ]


def _segment_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return f"{row['segment']}: {row['value']}", *(
        number(row[name], form) for name, form in _SEGMENT
    )


def _importance_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["group"], row["columns"], f"{row['mae_increase']:.2f} ± {row['std']:.2f}"


def _bias(
    test: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any], coverage: float
) -> dict[str, Any]:
    """Return which segments are judged worse than others, as far as that can be told."""
    ranked = sorted((one for one in test if one["mdape"] >= 0), key=itemgetter("mdape"))
    leaning = [one for one in test if one["mae"] > 0]
    # Rounded, since 0.8 - 0.75 is a little more than 0.05 to a computer.
    off = [one for one in test if round(abs(one["interval_coverage"] - coverage), 9) > TOLERANCE]
    return {
        "spread": (ranked[0], ranked[-1]) if ranked else None,
        "leaning": max(leaning, key=lambda one: abs(one["bias"] / one["mae"]), default=None),
        "bias": metrics["test_bias"],
        "off": _named(off, "interval_coverage", ".0%"),
        "tolerance": TOLERANCE,
        "small": _named([one for one in test if one["rows"] < SMALL], "rows", ".0f"),
        "least": SMALL,
    }


def _named(rows: Sequence[Mapping[str, Any]], column: str, form: str) -> str:
    return ", ".join(f"{row['value']} ({number(row[column], form)})" for row in rows)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]

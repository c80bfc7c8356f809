"""The model card: what a reader must know before trusting a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.model.price_model import PriceModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ESTIMATORS = {
    "gradient_boosting": "Gradient-boosted trees (scikit-learn HistGradientBoostingRegressor).",
    "random_forest": "A random forest (scikit-learn RandomForestRegressor).",
    "linear": "A penalised linear model (scikit-learn Ridge).",
    "median": "One price for all: the median of the training listings.",
}
_NO_SOURCE = "Source: not stated (no SOURCE.md beside the drops)."
_SMALL = 100
_TOLERANCE = 0.05


def write_model_card(
    price_model: PriceModel,
    listings_source: str | None,
    processing_report: dict[str, Any],
    validation_report: dict[str, Any],
    model_metrics: dict[str, float],
    metrics_by_segment: pd.DataFrame,
    feature_importance: pd.DataFrame,
    options: ModelingParameters,
) -> str:
    """Write the model card: data, use, metrics, limits and questions about bias.

    Args:
        price_model: The packaged model.
        listings_source: Where the drops come from, in words, if that is known.
        processing_report: Where each raw row went.
        validation_report: Which listings were judged, and how.
        model_metrics: Flat metrics.
        metrics_by_segment: Metrics by borough and room type.
        feature_importance: Importance of the raw columns.
        options: Settings of the training.

    Returns:
        The card in Markdown; the same inputs give the same text.
    """
    parts = [
        f"# Model card: typical price of a rental in {price_model.provenance['market']}",
        _intended_use(price_model),
        _data(price_model, listings_source, processing_report, validation_report),
        _training(price_model, options),
        _metrics(price_model, model_metrics),
        _by_segment(metrics_by_segment),
        _importance(feature_importance),
        _limits(price_model),
        _bias(price_model, model_metrics, metrics_by_segment),
        _versions(price_model),
    ]
    return "\n\n".join(parts) + "\n"


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = list(header)
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *([str(c) for c in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _intended_use(model: PriceModel) -> str:
    low, high = model.price_range
    unit = f"{model.provenance['currency']} per night"
    return (
        "## Intended use\n\n"
        f"Estimates the typical asking price ({unit}) of a room or flat for short stays from "
        "listings like it, with an interval, to help people set and review prices. It knows "
        f"prices from {low:g} to {high:g} {unit} and says nothing about dearer homes. It is made "
        "for people to decide with, not for setting prices unattended, and not for valuing "
        "property, tenants or hosts."
    )


def _data(
    model: PriceModel,
    source: str | None,
    processing: Mapping[str, Any],
    validation: Mapping[str, Any],
) -> str:
    total, days = processing["total"], validation["drops"]
    reasons = ", ".join(f"{n} {reason}" for reason, n in total["rejected"].items()) or "none"
    statuses = [check["status"] for check in validation["checks"]]
    rows = [
        (day, d["rows"], d["kept"], d["superseded"], sum(d["rejected"].values()))
        for day, d in processing["drops"].items()
    ]
    return (
        f"## Data\n\n{(source or _NO_SOURCE).strip()}\n\n"
        f"Drops of {' to '.join(sorted({days[0], days[-1]}))}: {validation['rows']} "
        f"listings (digest `{validation['digest'][:16]}`).\n\n"
        + _table(("drop", "rows", "kept", "superseded", "set aside"), rows)
        + f"\n\nSet aside in all: {reasons}. Validation: {statuses.count('passed')} rules passed, "
        f"{statuses.count('failed')} failed, {statuses.count('not_run')} not run. Trained on "
        f"{model.provenance['train_rows']} listings, intervals calibrated on "
        f"{model.provenance['calibration_rows']} others."
    )


def _training(model: PriceModel, options: ModelingParameters) -> str:
    return (
        "## Training\n\n"
        f"{_ESTIMATORS[options.estimator]} Reads {', '.join(model.signature)}; neither "
        "the listing's id nor the host. A listing's part (training, validation, test) depends "
        f"on its id and the split seed {options.split.seed} alone and never changes. Training "
        f"seed {options.seed}."
    )


def _metrics(model: PriceModel, flat: Mapping[str, float]) -> str:
    currency = model.provenance["currency"]
    names = [
        ("listings", "rows", "{:.0f}"),
        (f"MAE, {currency}", "mae", "{:.2f}"),
        (f"MAE of the median baseline, {currency}", "baseline_mae", "{:.2f}"),
        ("MAE against the baseline", "mae_vs_baseline", "{:.1%}"),
        (f"RMSE, {currency}", "rmse", "{:.2f}"),
        ("R²", "r2", "{:.3f}"),
        ("median absolute percentage error", "mdape", "{:.1f} %"),
        (f"bias (mean of estimate minus price), {currency}", "bias", "{:+.2f}"),
        (f"share of prices in the {model.interval.coverage:.0%} interval", "interval_coverage",
         "{:.1%}"),
        (f"mean width of the interval, {currency}", "interval_width", "{:.1f}"),
    ]  # fmt: skip
    rows = [
        (label, *(form.format(flat[f"{part}_{name}"]) for part in ("test", "validation")))
        for label, name, form in names
    ]
    return (
        "## How good it is\n\nTest listings were used for nothing else. Validation listings "
        "calibrate the intervals, so that their coverage there comes out by construction.\n\n"
        + _table(("metric", "test", "validation"), rows)
    )


def _by_segment(segments: pd.DataFrame) -> str:
    test = segments[segments["part"] == "test"]
    rows = [
        (
            f"{row.segment}: {row.value}",
            row.rows,
            f"{row.mae:.1f}",
            f"{row.baseline_mae:.1f}",
            f"{row.r2:.2f}",
            f"{row.mdape:.0f} %",
            f"{row.bias:+.1f}",
            f"{row.interval_coverage:.0%}",
            f"{row.interval_width:.0f}",
        )
        for row in test.itertuples()
    ]
    header = ("test listings", "n", "MAE", "baseline", "R²", "MdAPE", "bias", "coverage", "width")
    return "## By borough and room type\n\n" + _table(header, rows)


def _importance(importance: pd.DataFrame) -> str:
    rows = [(row.column, f"{row.mae_increase:.2f}") for row in importance.itertuples()]
    return (
        "## What it looks at\n\nIncrease of the validation MAE when a column is shuffled. Columns "
        "that say the same (borough, neighbourhood, coordinates) share their importance.\n\n"
        + _table(("column", "MAE increase"), rows)
    )


def _limits(model: PriceModel) -> str:
    return (
        "## Limits\n\n"
        "- Asking prices, not prices paid: nothing is known of discounts, fees or vacancy.\n"
        "- One snapshot a week: no seasons, events or weekdays.\n"
        "- Size, equipment and state of a home are unknown but for what its title says.\n"
        f"- The intervals hold {model.interval.coverage:.0%} of prices on average over listings "
        "like those of the calibration, not for each single listing, and not after the market "
        "has moved.\n"
        f"- Estimates stay within {model.price_range[0]:g} to {model.price_range[1]:g} "
        f"{model.provenance['currency']}; dear homes are estimated too low.\n"
        "- Listings are split one by one, so a host's other listings may be in the training part: "
        "for a host who is new the errors can be larger than the test says.\n"
        "- Neighbourhoods that the training did not see are judged by their place alone."
    )


def _bias(model: PriceModel, flat: Mapping[str, float], segments: pd.DataFrame) -> str:
    test = segments[segments["part"] == "test"]
    worst = test.sort_values("mdape").iloc[-1]
    best = test.sort_values("mdape").iloc[0]
    goal = model.interval.coverage
    off = test[(test["interval_coverage"] - goal).abs() > _TOLERANCE]
    small = test[test["rows"] < _SMALL]
    leaning = test.iloc[int((test["bias"] / test["mae"]).abs().argmax())]
    currency = model.provenance["currency"]
    return (
        "## Questions about bias\n\n"
        "- *Is it equally good everywhere?* No segment is like another: the median percentage "
        f"error goes from {best['mdape']:.0f} % ({best['value']}) to {worst['mdape']:.0f} % "
        f"({worst['value']}).\n"
        "- *Does it price some places systematically too low or too high?* Mean error overall "
        f"{flat['test_bias']:+.1f} {currency} (the model aims between the median and the mean of "
        "skewed prices); most one-sided, against the size of its errors: "
        f"{leaning['value']} ({leaning['bias']:+.1f} {currency}).\n"
        f"- *Do the intervals hold for every group?* {_named(off, 'interval_coverage')}"
        f" differ from {goal:.0%} by more than {_TOLERANCE:.0%}.\n"
        f"- *Which groups are too small to judge?* Fewer than {_SMALL} test listings: "
        f"{_named(small, 'rows')}.\n"
        "- *Who is not in the data?* Homes that are not listed, and those set aside above. Asking "
        "prices carry the history of each neighbourhood; the model repeats it.\n"
        "- *Can it recognise hosts?* It reads neither host nor listing id; the number of a "
        "host's listings is a feature, and a title may name a host."
    )


def _named(rows: pd.DataFrame, column: str) -> str:
    form = "{:.0%}" if column == "interval_coverage" else "{:.0f}"
    told = [f"{row['value']} ({form.format(row[column])})" for _, row in rows.iterrows()]
    return ", ".join(told) or "none"


def _versions(model: PriceModel) -> str:
    return "## Versions\n\n" + ", ".join(f"{k} {v}" for k, v in model.versions.items())

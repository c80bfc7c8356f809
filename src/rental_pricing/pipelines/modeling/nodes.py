"""Nodes of ``modeling``."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline as Estimator
from sklearn.utils._param_validation import InvalidParameterError

from rental_pricing.errors import EstimatorParameterError, TooFewListingsError
from rental_pricing.evaluation.metrics import flat_metrics, headline, segment_metrics
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.evaluation.split import PARTS, assign_parts
from rental_pricing.listings.columns import LISTING_DTYPES, MODEL_COLUMNS
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.intervals import ConformalInterval
from rental_pricing.model.price_model import PriceModel, typical_listings
from rental_pricing.model.versions import library_versions
from rental_pricing.quality.gate import require_validated
from rental_pricing.reporting import model_figures as figures

logger = logging.getLogger(__name__)

_ESTIMATE_COLUMNS = ["id", "neighbourhood_group", "room_type", "latitude", "longitude", "price"]


def split_listings(
    listings: pd.DataFrame, validation_report: dict[str, Any], options: ModelingParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Split validated listings for training, validation and test, alike every week.

    A listing's part depends on its id and the seed alone; see
    :func:`rental_pricing.evaluation.split.assign_parts`. Listings that the
    validation did not judge, or did not pass, are refused.

    Args:
        listings: The listings on disk, with unique ids.
        validation_report: The report on disk, with the digest of what it judged.
        options: Shares, seed and the fewest listings of a part.

    Returns:
        Training, validation and test listings.

    Raises:
        UnvalidatedDataError: If the report is about other listings.
        ValidationFailedError: If a rule is broken.
        TooFewListingsError: If a part has fewer listings than it must.
    """
    require_validated(listings, validation_report)
    part = assign_parts(listings["id"], options.split)
    split = {name: listings[part == name].reset_index(drop=True) for name in PARTS}
    for name, rows in split.items():
        if len(rows) < options.split.min_rows:
            msg = (
                f"Only {len(rows)} of {len(listings)} listings are in the {name} part; it needs "
                f"{options.split.min_rows} (modeling.split.min_rows). Bring more data."
            )
            raise TooFewListingsError(msg)
    return split["train"], split["validation"], split["test"]


def train_price_model(
    train_listings: pd.DataFrame,
    validation_listings: pd.DataFrame,
    validation_report: dict[str, Any],
    market: MarketParameters,
    options: ModelingParameters,
) -> PriceModel:
    """Fit the chosen estimator, calibrate its intervals and package both.

    The estimator, with all preprocessing, learns from the training listings alone; the
    intervals are calibrated on the validation listings, which it has not seen.

    Args:
        train_listings: Listings to learn from, with their prices.
        validation_listings: Listings to calibrate on.
        validation_report: For the provenance: which data this is.
        market: Price range and currency.
        options: Estimator and its parameters, features, seed, interval settings.

    Returns:
        The inference package.

    Raises:
        EstimatorParameterError: If scikit-learn refuses the value of a parameter.
    """
    estimator = _fit(train_listings, options)
    return PriceModel(
        pipeline=estimator,
        interval=_calibrate(estimator, validation_listings, market, options),
        signature={name: _open_dtype(LISTING_DTYPES[name]) for name in MODEL_COLUMNS},
        price_range=(market.price.min, market.price.max),
        provenance={
            "market": market.name,
            "currency": market.currency,
            "estimator": options.estimator,
            "seed": options.seed,
            "split_seed": options.split.seed,
            "drops": validation_report["drops"],
            "listings_digest": validation_report["digest"],
            "train_rows": len(train_listings),
            "calibration_rows": len(validation_listings),
        },
        versions=library_versions(),
        example=tuple(typical_listings(train_listings, MODEL_COLUMNS)),
    )


def _fit(listings: pd.DataFrame, options: ModelingParameters) -> Estimator:
    pipeline = build_pipeline(
        options.estimator,
        options.estimators.get(options.estimator, {}),
        seed=options.seed,
        features=options.features,
    )
    prices = listings["price"].to_numpy()
    try:
        fitted: Estimator = pipeline.fit(listings[list(MODEL_COLUMNS)], prices)
    except InvalidParameterError as error:
        msg = f"modeling.estimators.{options.estimator}: {error}"
        raise EstimatorParameterError(msg) from error
    return fitted


def _calibrate(
    estimator: Estimator,
    listings: pd.DataFrame,
    market: MarketParameters,
    options: ModelingParameters,
) -> ConformalInterval:
    by = options.interval.by
    estimates = estimator.predict(listings[list(MODEL_COLUMNS)])
    return ConformalInterval.calibrate(
        listings["price"].to_numpy(),
        np.clip(estimates, market.price.min, market.price.max),
        None if by is None else listings[by],
        coverage=options.interval.coverage,
        min_group_rows=options.interval.min_group_rows,
    )


def _open_dtype(dtype: str) -> str:
    """A model takes any text for a category: new ones come with every drop."""
    return "str" if dtype == "category" else dtype


def estimate_parts(
    price_model: PriceModel,
    train_listings: pd.DataFrame,
    validation_listings: pd.DataFrame,
    test_listings: pd.DataFrame,
) -> pd.DataFrame:
    """Estimate the validation and the test listings, for the evaluation of the model.

    Args:
        price_model: The packaged model.
        train_listings: For the baseline: their median price.
        validation_listings: Used for calibration.
        test_listings: Used for nothing but this.

    Returns:
        One row a listing: part, id, borough, room type, place, true price, typical
        price, interval and baseline, prices in currency per night.
    """
    parts = {"validation": validation_listings, "test": test_listings}
    tables = [
        pd.concat([rows[_ESTIMATE_COLUMNS], price_model.estimate(rows)], axis=1).assign(part=part)
        for part, rows in parts.items()
    ]
    estimates = pd.concat(tables, ignore_index=True)
    estimates["baseline_price"] = train_listings["price"].median()
    return estimates


def evaluate_model(
    evaluation_estimates: pd.DataFrame, market: MarketParameters
) -> tuple[dict[str, float], pd.DataFrame, Figure, Figure]:
    """Measure the estimates, overall and by borough and room type, and draw them.

    Args:
        evaluation_estimates: As from :func:`estimate_parts`.
        market: For the currency.

    Returns:
        ``<part>_<metric>`` for validation and test (MAE, RMSE, bias and interval width in
        currency per night, R², median absolute percentage error, interval coverage, all
        against the median baseline); the same by segment; two figures of the test
        listings: predicted against actual prices, and a map of the errors.
    """
    unit = f"{market.currency} per night"
    test = evaluation_estimates[evaluation_estimates["part"] == "test"]
    flat = flat_metrics(evaluation_estimates)
    logger.info("%s", headline(flat, market.currency))
    return (
        flat,
        segment_metrics(evaluation_estimates),
        figures.predicted_against_actual(test, unit),
        figures.residual_map(test, unit),
    )


def explain_model(
    price_model: PriceModel,
    validation_listings: pd.DataFrame,
    market: MarketParameters,
    options: ModelingParameters,
) -> tuple[pd.DataFrame, Figure]:
    """Rank the raw columns by what the model loses when one is shuffled.

    Permutation importance (Breiman 2001) on validation listings; a title's words count
    as one column.

    Args:
        price_model: The packaged model.
        validation_listings: Listings to shuffle.
        market: For the currency.
        options: Repeats, rows and seed.

    Returns:
        ``column``, ``mae_increase`` (mean of the repeats, currency per night) and
        ``std``, most important first; and a figure of it.
    """
    limit = min(options.explain.max_rows, len(validation_listings))
    rows = validation_listings.sample(limit, random_state=options.seed)
    result = permutation_importance(
        price_model.pipeline,
        price_model.conform(rows),
        rows["price"].to_numpy(),
        scoring="neg_mean_absolute_error",
        n_repeats=options.explain.repeats,
        random_state=options.seed,
        n_jobs=1,
    )
    importance = pd.DataFrame(
        {
            "column": list(price_model.signature),
            "mae_increase": result.importances_mean.round(4),
            "std": result.importances_std.round(4),
        }
    ).sort_values("mae_increase", ascending=False, kind="stable", ignore_index=True)
    return importance, figures.importance_bars(importance, f"{market.currency} per night")

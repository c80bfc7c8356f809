"""Training: fit, calibrate on listings that were not learnt from, fit again on all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils._param_validation import InvalidParameterError

from rental_pricing.errors import EstimatorParameterError
from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model.error_size import ErrorSize
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.intervals import ScaledIntervals
from rental_pricing.model.pricing import estimate_prices

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from rental_pricing.model.parameters import TrainingParameters


@dataclass(frozen=True)
class Calibrated:
    """A model that has seen the training listings alone, judged on the validation listings.

    Attributes:
        pipeline: Fitted on the training listings.
        intervals: Calibrated on the validation listings.
        validation_estimates: ``typical_price``, ``price_low`` and ``price_high`` of the
            validation listings in currency per night, with their index.
    """

    pipeline: Pipeline
    intervals: ScaledIntervals
    validation_estimates: pd.DataFrame


def fit_calibrated(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    *,
    price_range: tuple[float, float],
    parameters: TrainingParameters,
) -> Calibrated:
    """Fit the chosen estimator and calibrate its intervals.

    The order of the rows changes nothing.

    Args:
        train: Listings to learn from, with ``id``, ``price`` and the model's columns.
        validation: Listings to calibrate on, which the model does not see.
        price_range: Lowest and highest price of the market, in currency per night.
        parameters: Estimator and its parameters, features, seed, intervals.

    Raises:
        EstimatorParameterError: scikit-learn refuses the value of a parameter.
        TooFewListingsError: Too few validation listings for the wanted coverage.
    """
    pipeline, size = _fit(train, parameters)
    rows, prices = validation[list(MODEL_COLUMNS)], validation["price"].to_numpy()
    estimates = np.clip(pipeline.predict(rows), *price_range)
    expected = size.predict(rows, estimates)
    intervals = ScaledIntervals.calibrate(
        prices, estimates, expected, size, parameters.interval.coverage
    )
    judged = estimate_prices(pipeline, intervals, validation, price_range)
    return Calibrated(pipeline, intervals, judged)


def refit(
    calibrated: Calibrated,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    *,
    price_range: tuple[float, float],  # noqa: ARG001
    parameters: TrainingParameters,
) -> tuple[Pipeline, ScaledIntervals]:
    """Fit again, on training and validation listings, with the calibrated ends.

    What scales the intervals learns again, too; their ends in expected sizes of the error
    stay. That gives up split conformal's exact promise, for a better model.
    """
    pipeline, size = _fit(pd.concat([train, validation]), parameters)
    ends = calibrated.intervals
    return pipeline, ScaledIntervals(ends.coverage, ends.low, ends.high, size)


def _fit(listings: pd.DataFrame, parameters: TrainingParameters) -> tuple[Pipeline, ErrorSize]:
    ordered = listings.sort_values("id", kind="stable", ignore_index=True)
    pipeline = build_pipeline(
        parameters.estimator,
        parameters.estimators.get(parameters.estimator, {}),
        seed=parameters.seed,
        features=parameters.features,
    )
    try:
        pipeline.fit(ordered[list(MODEL_COLUMNS)], ordered["price"].to_numpy())
    except InvalidParameterError as error:
        msg = f"modeling.estimators.{parameters.estimator}: {error}"
        raise EstimatorParameterError(msg) from error
    return pipeline, ErrorSize.learn(pipeline, ordered, parameters.interval, parameters.seed)

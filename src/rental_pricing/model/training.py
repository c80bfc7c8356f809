"""Training: fit, calibrate on listings that were not learnt from, fit again on all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.utils._param_validation import InvalidParameterError

from rental_pricing.errors import EstimatorParameterError
from rental_pricing.model.error_size import ErrorSize
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.intervals import ScaledIntervals
from rental_pricing.model.pricing import read_and_estimate, with_ends
from rental_pricing.model.threads import one_thread

if TYPE_CHECKING:
    from rental_pricing.model.parameters import TrainingParameters
    from rental_pricing.model.reading import Floats, PlainListings


@dataclass(frozen=True)
class Calibrated:
    """A model that has seen the training listings alone, judged on the validation listings.

    Attributes:
        pipeline: Fitted on the training listings.
        intervals: Calibrated on the validation listings.
        validation_estimates: ``typical_price``, ``price_low`` and ``price_high`` of the
            validation listings in currency per night, with their index.
        left_out: Estimates for the training and the validation listings by models that
            had not seen them, by id.
    """

    pipeline: Pipeline
    intervals: ScaledIntervals
    validation_estimates: pd.DataFrame
    left_out: pd.Series


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
    rows = _by_id(train)
    pipeline, plain, features = _fit(rows, parameters)
    price = rows["price"].to_numpy()
    inner = np.clip(_left_out(pipeline, features, price, parameters), *price_range)
    size = ErrorSize.learn(plain, price, inner, parameters.interval, parameters.seed)
    held_out, outer = read_and_estimate(pipeline, validation, price_range)
    sizes = size.predict(held_out, outer)
    intervals = ScaledIntervals.calibrate(
        validation["price"].to_numpy(), outer, sizes, size, parameters.interval.coverage
    )
    judged = with_ends(intervals, outer, sizes, price_range).set_axis(validation.index)
    left_out = pd.concat([pd.Series(inner, rows["id"]), pd.Series(outer, validation["id"])])
    return Calibrated(pipeline, intervals, judged, left_out)


@dataclass(frozen=True)
class Trained:
    """A model that is ready to be shipped, and the one that it was calibrated with.

    Attributes:
        calibrated: Has seen the training listings alone.
        pipeline: Fitted on the training and the validation listings.
        intervals: With the ends of ``calibrated``.
    """

    calibrated: Calibrated
    pipeline: Pipeline
    intervals: ScaledIntervals


def train_model(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    *,
    price_range: tuple[float, float],
    parameters: TrainingParameters,
) -> Trained:
    """Fit and calibrate as :func:`fit_calibrated`, and fit again on all listings.

    What scales the intervals learns again, too, from the estimates for listings left out;
    the ends in expected sizes of the error stay. That gives up split conformal's exact
    promise, for a better model.

    Both fits are made at the same time, in two threads of one core each.

    Raises:
        EstimatorParameterError: As :func:`fit_calibrated`.
        TooFewListingsError: As :func:`fit_calibrated`.
    """
    rows = _by_id(pd.concat([train, validation]))
    with one_thread(), ThreadPoolExecutor(1) as pool:
        again = pool.submit(_fit, rows, parameters)
        calibrated = fit_calibrated(
            train, validation, price_range=price_range, parameters=parameters
        )
        pipeline, plain, _ = again.result()
    size = ErrorSize.learn(
        plain,
        rows["price"].to_numpy(),
        calibrated.left_out.loc[rows["id"]].to_numpy(),
        parameters.interval,
        parameters.seed,
    )
    ends = calibrated.intervals
    intervals = ScaledIntervals(ends.coverage, ends.low, ends.high, size)
    return Trained(calibrated, pipeline, intervals)


@dataclass(frozen=True)
class HeldOut:
    """Listings held out, beside what a model of others needs to be fitted and to estimate them.

    Attributes:
        features: Of the listings to learn from, as learnt from them.
        price: Of the same, in currency per night, shape (n,).
        held_out: Features of the listings held out.
        actual: Their prices, shape (m,).
    """

    features: Any
    price: Floats
    held_out: Any
    actual: Floats


def hold_out(
    learn: pd.DataFrame, held_out: pd.DataFrame, parameters: TrainingParameters
) -> HeldOut:
    """Learn the features from some listings, and compute those of others.

    They depend on the estimator, ``parameters.features`` and the seed alone, and take most
    of the time of a training.

    Args:
        learn: With ``id``, ``price`` and the model's columns.
        held_out: The same, of other listings.
        parameters: Of the training.
    """
    rows = _by_id(learn)
    price = rows["price"].to_numpy()
    pipeline = _build(parameters)
    with one_thread():
        features = pipeline[:-1].fit_transform(rows, price)
        others = pipeline[:-1].transform(held_out)
    return HeldOut(features, price, others, held_out["price"].to_numpy())


def estimate_held_out(
    held_out: HeldOut, *, price_range: tuple[float, float], parameters: TrainingParameters
) -> Floats:
    """Fit the chosen estimator, and estimate the listings that were held out.

    Args:
        held_out: As from :func:`hold_out`, with the same features, estimator and seed.
        price_range: Lowest and highest price of the market, in currency per night.
        parameters: Of the training.

    Returns:
        Estimates in currency per night, shape (m,).

    Raises:
        EstimatorParameterError: scikit-learn refuses the value of a parameter.
    """
    model = _build(parameters)[-1]
    _fit_price(model, held_out.features, held_out.price, parameters)
    with one_thread():
        estimates: Floats = np.clip(model.predict(held_out.held_out), *price_range)
    return estimates


def _by_id(listings: pd.DataFrame) -> pd.DataFrame:
    return listings.sort_values("id", kind="stable", ignore_index=True)


def _build(parameters: TrainingParameters) -> Pipeline:
    return build_pipeline(
        parameters.estimator,
        parameters.estimators.get(parameters.estimator, {}),
        seed=parameters.seed,
        features=parameters.features,
        kernel=parameters.kernel,
    )


def _fit(
    listings: pd.DataFrame, parameters: TrainingParameters
) -> tuple[Pipeline, PlainListings, Any]:
    """Return the fitted pipeline, the listings as it reads them, and its last step's features."""
    pipeline = _build(parameters)
    price = listings["price"].to_numpy()
    with one_thread():
        plain = pipeline[0].fit_transform(listings)
        features = pipeline[1:-1].fit_transform(plain, price)
    _fit_price(pipeline[-1], features, price, parameters)
    return pipeline, plain, features


def _fit_price(model: Any, features: Any, price: Floats, parameters: TrainingParameters) -> None:
    try:
        with one_thread():
            model.fit(features, price)
    except InvalidParameterError as error:
        msg = f"modeling.estimators.{parameters.estimator}: {error}"
        raise EstimatorParameterError(msg) from error


def _left_out(
    pipeline: Pipeline, features: Any, price: Floats, parameters: TrainingParameters
) -> Floats:
    """Return estimates by models that have not seen the listing, shape (n,)."""
    estimates = np.empty(len(price))
    folds = KFold(
        min(parameters.interval.folds, len(price)), shuffle=True, random_state=parameters.seed
    )
    with one_thread():
        for others, held_out in folds.split(price):
            model = clone(pipeline[-1]).fit(features[others], price[others])
            estimates[held_out] = model.predict(features[held_out])
    return estimates

"""Try the parameters of a training on a handful of made-up listings, before any data is read.

scikit-learn says what it thinks of a parameter only when it fits. So everything is built,
fitted, calibrated and used once, with a few trees, and what fails is told by the name of the
parameter that is to blame.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.errors import EstimatorParameterError, cut
from rental_pricing.listings.columns import LISTING_DTYPES
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.training import fit_calibrated
from rental_pricing.model.versions import require_trainer

if TYPE_CHECKING:
    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.model.parameters import TrainingParameters

CAPS = {
    "max_iter": 3,
    "epochs": 2,
    "members": 1,
    "n_estimators": 2,
    "n_jobs": 1,
    "verbose": 0,
    "min_samples_leaf": 2,
    "validation_fraction": 10,
}
"""Counts that only cost time, or that are too large for a handful of listings alone: a
larger one is tried as this."""

BLOCK_CAPS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "features": {"location_bumps": 5, "folds": 2},
        "kernel": {"landmarks": 10},
        "interval": {"folds": 2, "trees": 2, "coverage": 0.8},
    }
)
"""The same for the other blocks of parameters."""

TRIAL_ROWS = 60
_LONGEST = 300


def try_parameters(parameters: TrainingParameters, market: MarketParameters) -> None:
    """Build, fit, calibrate and use the chosen estimator on made-up listings.

    Of the other estimators only the names of their parameters are checked.

    Args:
        parameters: Estimators and their parameters, features, seed and intervals.
        market: For the range of prices.

    Raises:
        EstimatorParameterError: Naming the parameter that is to blame, its value, and what
            is wrong with it.
        MissingExtraError: The estimator needs PyTorch, which is not installed.
    """
    for name, given in parameters.estimators.items():
        try:
            build_pipeline(name, given, seed=parameters.seed)
        except ValueError as error:
            msg = f"modeling.estimators.{name}: {cut(str(error), _LONGEST)}"
            raise EstimatorParameterError(msg) from error
    require_trainer(parameters.estimator)
    failure = _failure(parameters, market)
    if failure is not None:
        told = _blamed(parameters, market) or f"estimators.{parameters.estimator}"
        cause = failure.__cause__ if isinstance(failure, EstimatorParameterError) else failure
        msg = f"modeling.{told}: {cut(str(cause or failure), _LONGEST)}"
        raise EstimatorParameterError(msg) from failure


def _failure(parameters: TrainingParameters, market: MarketParameters) -> Exception | None:
    """Return what goes wrong with these parameters, if anything."""
    prices = (market.price.min, market.price.max)
    listings = _made_up_listings(prices)
    half = TRIAL_ROWS // 2
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            tried = fit_calibrated(
                listings[:half],
                listings[half:],
                price_range=prices,
                parameters=_capped(parameters),
            )
    except Exception as error:  # noqa: BLE001 - scikit-learn raises all sorts
        return error
    estimates = tried.validation_estimates.to_numpy(dtype="float64")
    if not np.isfinite(estimates).all():
        return ValueError("the estimates are no finite numbers")
    return None


def _blamed(parameters: TrainingParameters, market: MarketParameters) -> str | None:
    """Return the first parameter without which all goes well, with its value."""
    for name, value, others in _left_out(parameters):
        if _failure(others, market) is None:
            return f"{name}={cut(repr(value))}"
    return None


def _left_out(
    parameters: TrainingParameters,
) -> Iterator[tuple[str, object, TrainingParameters]]:
    """Give each parameter that is not the default, and the others without it."""
    chosen = parameters.estimator
    given = parameters.estimators.get(chosen, {})
    for name, value in given.items():
        rest = {key: one for key, one in given.items() if key != name}
        estimators = {**parameters.estimators, chosen: rest}
        yield (
            f"estimators.{chosen}.{name}",
            value,
            parameters.model_copy(update={"estimators": estimators}),
        )
    for block in BLOCK_CAPS:
        ours = getattr(parameters, block)
        for name, default in type(ours)():
            value = getattr(ours, name)
            if value != default:
                healed = ours.model_copy(update={name: default})
                yield f"{block}.{name}", value, parameters.model_copy(update={block: healed})
    yield "seed", parameters.seed, parameters.model_copy(update={"seed": 0})


def _capped(parameters: TrainingParameters) -> TrainingParameters:
    chosen = parameters.estimator
    given = _lowered(parameters.estimators.get(chosen, {}), CAPS)
    update: dict[str, object] = {"estimators": {chosen: given}}
    for block, caps in BLOCK_CAPS.items():
        ours = getattr(parameters, block)
        update[block] = ours.model_copy(update=_lowered(dict(ours), caps))
    return parameters.model_copy(update=update)


def _lowered(given: Mapping[str, Any], caps: Mapping[str, float]) -> dict[str, Any]:
    return {
        name: caps[name]
        if name in caps and type(value) is type(caps[name]) and value > caps[name]
        else value
        for name, value in given.items()
    }


def _made_up_listings(prices: tuple[float, float]) -> pd.DataFrame:
    """Return listings of every kind, the same each time, with prices in the range."""
    row = np.arange(TRIAL_ROWS)
    entire, quarter = row % 2 == 0, row % 3
    share = (row * 7 % TRIAL_ROWS) / TRIAL_ROWS
    columns: dict[str, object] = {
        "id": row + 1,
        "name": [f"{'Sunny' if one else 'Quiet'} {n + 1}BR in Q{n}" for one, n in zip(
            entire, quarter, strict=True)],
        "host_id": row + 1,
        "neighbourhood_group": np.where(row // 2 % 2 == 0, "North", "South"),
        "neighbourhood": [f"Quarter {one}" for one in quarter],
        "latitude": 40.6 + 0.2 * share,
        "longitude": -74.0 + 0.01 * quarter,
        "room_type": np.where(entire, "Entire home", "Private room"),
        "price": prices[0] + (prices[1] - prices[0]) * (0.2 + 0.5 * share + 0.3 * entire) / 1.1,
        "minimum_nights": row % 5 + 1,
        "number_of_reviews": np.where(quarter > 0, row, 0),
        "last_review": pd.Series(pd.Timestamp("2019-06-01") - pd.to_timedelta(row, unit="D")).where(
            quarter > 0
        ),
        "reviews_per_month": np.where(quarter > 0, share + 0.1, np.nan),
        "calculated_host_listings_count": row % 3 + 1,
        "availability_365": row * 6,
        "delivered_on": pd.Timestamp("2019-07-08"),
    }  # fmt: skip
    frame = pd.DataFrame({name: columns[name] for name in LISTING_DTYPES})
    return frame.astype(dict(LISTING_DTYPES))

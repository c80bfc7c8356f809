"""Fit, calibrate, fit again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from rental_pricing.errors import EstimatorParameterError, TooFewListingsError
from rental_pricing.model.parameters import (
    FeatureParameters,
    IntervalParameters,
    KernelParameters,
    TrainingParameters,
)
from rental_pricing.model.pricing import estimate_prices
from rental_pricing.model.skops_bytes import dumps
from rental_pricing.model.training import Calibrated, fit_calibrated, train_model

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., pd.DataFrame]

RANGE = (10.0, 350.0)
PARAMETERS = TrainingParameters(
    estimator="gradient_boosting",
    estimators={
        "gradient_boosting": {"max_iter": 15, "min_samples_leaf": 10},
        "random_forest": {"n_estimators": 5, "min_samples_leaf": 3},
        "linear": {},
        "median": {},
    },
    features=FeatureParameters(location_bumps=10),
    kernel=KernelParameters(landmarks=20),
    seed=1,
    interval=IntervalParameters(trees=5),
)


def with_ids(listings: pd.DataFrame, first: int) -> pd.DataFrame:
    draw = np.random.default_rng(first).permutation(len(listings))
    return listings.assign(id=first + draw)


@pytest.fixture(scope="module")
def parts(make_listings: Make) -> tuple[pd.DataFrame, pd.DataFrame]:
    return with_ids(make_listings(200), 1000), with_ids(make_listings(100, seed=2), 2000)


@pytest.fixture(scope="module")
def calibrated(parts: tuple[pd.DataFrame, pd.DataFrame]) -> Calibrated:
    return fit_calibrated(*parts, price_range=RANGE, parameters=PARAMETERS)


def test_validation_estimates_are_in_order_and_cents(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Low <= typical <= high, in whole cents, with the validation listings' index."""
    found = calibrated.validation_estimates

    assert list(found) == ["typical_price", "price_low", "price_high"]
    assert found.index.equals(parts[1].index)
    assert (found["price_low"] <= found["typical_price"]).all()
    assert (found["typical_price"] <= found["price_high"]).all()
    assert (found == found.round(2)).all().all()


def test_the_intervals_hold_their_share_of_validation(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Calibrated there, at least 80 % of them, and not many more."""
    found = calibrated.validation_estimates

    inside = parts[1]["price"].between(found["price_low"] - 0.01, found["price_high"] + 0.01)

    assert 0.8 <= inside.mean() < 0.9


def test_errors_are_learnt_from_listings_left_out(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """There is an estimate for each listing, and none is that of the model that learnt it."""
    train, validation = parts
    learnt = np.clip(calibrated.pipeline.predict(train), *RANGE)

    assert set(calibrated.left_out.index) == {*train["id"], *validation["id"]}
    assert not (calibrated.left_out.loc[train["id"]].to_numpy() == learnt).any()


def test_validation_changes_nothing_but_the_ends(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """With other validation prices, pipeline and sizes have the same bytes."""
    train, validation = parts
    dearer = validation.assign(price=validation["price"] * 1.1)

    other = fit_calibrated(train, dearer, price_range=RANGE, parameters=PARAMETERS)

    assert dumps(calibrated.pipeline) == dumps(other.pipeline)
    assert dumps(calibrated.intervals.size) == dumps(other.intervals.size)
    assert calibrated.intervals.high < other.intervals.high


def test_the_order_of_rows_does_not_matter(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Shuffled rows, with any index, give the same bytes."""
    train, validation = (rows.sample(frac=1, random_state=3) for rows in parts)

    other = fit_calibrated(train, validation, price_range=RANGE, parameters=PARAMETERS)

    for one in ("pipeline", "intervals"):
        assert dumps(getattr(calibrated, one)) == dumps(getattr(other, one))


def test_the_refit_learns_from_both_parts_and_keeps_the_ends(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """The pipeline is that of all rows; the ends are those that were calibrated."""
    trained = train_model(*parts, price_range=RANGE, parameters=PARAMETERS)

    again = fit_calibrated(pd.concat(parts), parts[1], price_range=RANGE, parameters=PARAMETERS)

    for one in ("pipeline", "intervals"):  # as if it was fitted alone
        assert dumps(getattr(trained.calibrated, one)) == dumps(getattr(calibrated, one))
    assert dumps(trained.pipeline) == dumps(again.pipeline)
    intervals = trained.intervals
    assert (intervals.low, intervals.high) == (calibrated.intervals.low, calibrated.intervals.high)
    assert dumps(intervals.size) != dumps(calibrated.intervals.size)


@pytest.mark.parametrize("name", ["random_forest", "linear", "median"])
def test_every_estimator_can_be_trained(
    parts: tuple[pd.DataFrame, pd.DataFrame], name: str
) -> None:
    """Calibrated, fitted again, and used."""
    parameters = PARAMETERS.model_copy(update={"estimator": name})

    trained = train_model(*parts, price_range=RANGE, parameters=parameters)

    shipped = trained.pipeline, trained.intervals
    assert np.isfinite(estimate_prices(*shipped, parts[1], RANGE)).all().all()


@pytest.mark.parametrize("rows", [1, 2, 7, 100])
def test_a_listing_is_priced_alike_in_any_batch(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame], rows: int
) -> None:
    """To the last bit, with its interval."""
    batch = parts[1].iloc[:rows]

    found = estimate_prices(calibrated.pipeline, calibrated.intervals, batch, RANGE)

    pd.testing.assert_frame_equal(
        found, calibrated.validation_estimates.iloc[:rows], check_exact=True
    )


def test_prices_stay_in_the_markets_range(
    calibrated: Calibrated, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Nothing below the lowest or above the highest price is told."""
    found = estimate_prices(calibrated.pipeline, calibrated.intervals, parts[1], (100.0, 120.0))

    assert found.min().min() == 100
    assert found.max().max() == 120


def test_a_refused_parameter_is_named(parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """With the block that it stands in."""
    estimators = {"gradient_boosting": {"max_iter": -1}}
    wrong = PARAMETERS.model_copy(update={"estimators": estimators})

    with pytest.raises(EstimatorParameterError, match=r"modeling\.estimators\.gradient_boosting: "):
        fit_calibrated(*parts, price_range=RANGE, parameters=wrong)


def test_too_few_validation_listings_are_told(parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """80 % can't be promised on eight listings."""
    with pytest.raises(TooFewListingsError, match="on 8 listings: it takes 9"):
        fit_calibrated(parts[0], parts[1].head(8), price_range=RANGE, parameters=PARAMETERS)

"""Cross-validation of one configuration."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.errors import TooFewListingsError
from rental_pricing.model.training import fit_calibrated
from rental_pricing.tuning.folds import Task, is_hopeless, make_folds, run_task, with_features


def test_each_listing_is_held_out_once(lake_listings: pd.DataFrame) -> None:
    """And never learnt from where it is."""
    folds = make_folds(lake_listings, 5, seed=3)
    held_out = pd.concat([fold for _, fold in folds])["id"]
    assert sorted(held_out) == sorted(lake_listings["id"])
    for learn, fold in folds:
        assert not set(learn["id"]) & set(fold["id"])
        assert len(learn) + len(fold) == len(lake_listings)


def test_folds_do_not_depend_on_the_order_of_rows(lake_listings: pd.DataFrame) -> None:
    """Only on ids and seed."""

    def ids(listings: pd.DataFrame, seed: int) -> list[list[int]]:
        return [list(fold["id"]) for _, fold in make_folds(listings, 4, seed)]

    assert ids(lake_listings, 3) == ids(lake_listings.sample(frac=1, random_state=1), 3)
    assert ids(lake_listings, 3) != ids(lake_listings, 4)


@pytest.mark.parametrize(("rows", "is_enough"), [(8, True), (7, False)])
def test_a_fold_has_two_listings_at_least(
    lake_listings: pd.DataFrame, rows: int, *, is_enough: bool
) -> None:
    """Fewer are refused, with the parameter's name."""
    if is_enough:
        assert len(make_folds(lake_listings[:rows], 4, 1)) == 4
        return
    with pytest.raises(TooFewListingsError, match=r"tuning\.folds"):
        make_folds(lake_listings[:rows], 4, 1)


def test_a_fold_is_judged_as_modeling_trains(
    lake_listings: pd.DataFrame, small_modeling: Any
) -> None:
    """The same estimates, but for whole cents, with and without prepared features."""
    learn, held_out = make_folds(lake_listings, 3, seed=1)[0]
    trained = fit_calibrated(learn, held_out, price_range=(10, 350), parameters=small_modeling)
    errors = trained.validation_estimates["typical_price"] - held_out["price"]
    task = Task(1, {}, small_modeling, ())
    for fold in ((learn, held_out), with_features((learn, held_out), small_modeling)):
        (mae,) = run_task(task, [fold], (10, 350)).folds
        assert mae == pytest.approx(errors.abs().mean(), abs=0.005)


def test_a_hopeless_trial_is_given_up(lake_listings: pd.DataFrame, small_modeling: Any) -> None:
    """With the folds that it was judged on."""
    folds = make_folds(lake_listings, 3, seed=1)
    whole = run_task(Task(4, {"a": 1}, small_modeling, ()), folds, (10, 350))
    assert (whole.state, len(whole.folds)) == ("finished", 3)
    limits = (math.inf, float(np.mean(whole.folds[:2])) - 0.01)
    pruned = run_task(Task(4, {"a": 1}, small_modeling, limits), folds, (10, 350))
    assert (pruned.state, pruned.folds) == ("pruned", whole.folds[:2])
    assert pruned.parameters == {"a": 1}


@pytest.mark.parametrize(("error", "hopeless"), [(29.9, False), (30.0, False), (30.1, True)])
def test_a_trial_at_its_limit_goes_on(error: float, *, hopeless: bool) -> None:
    """Below, at, above."""
    assert is_hopeless([error], (30.0, 1.0)) == hopeless
    assert not is_hopeless([error] * 3, (30.0, 1.0))


def test_what_cannot_be_fitted_fails_alone(lake_listings: pd.DataFrame, parameters: Any) -> None:
    """With scikit-learn's reason."""
    given = parameters["modeling"].model_dump() | {
        "estimator": "linear",
        "estimators": {"linear": {"alpha": -1.0}},
    }
    wrong = type(parameters["modeling"])(**given)
    trial = run_task(Task(2, {}, wrong, ()), make_folds(lake_listings, 3, 1), (10, 350))
    assert (trial.state, trial.folds) == ("failed", ())
    assert "alpha" in trial.problem

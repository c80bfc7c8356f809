"""Each estimator is one pipeline from raw listings to prices."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model.estimators import (
    ESTIMATORS,
    SteadyForestRegressor,
    SteadyGradientBoostingRegressor,
    build_pipeline,
)
from rental_pricing.model.parameters import FeatureParameters, KernelParameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sklearn.pipeline import Pipeline

    Make = Callable[..., pd.DataFrame]

SMALL: dict[str, dict[str, object]] = {
    "gradient_boosting": {"max_iter": 15, "min_samples_leaf": 5},
    "neural_network": {
        "hidden": [16, 8], "dropout": 0.1, "epochs": 12, "patience": 12, "batch_size": 16,
        "learning_rate": 0.04, "members": 1,
    },
    "random_forest": {"n_estimators": 8, "n_jobs": 2},
    "linear": {},
    "median": {},
}  # fmt: skip
HERE = [name for name in SMALL if name != "neural_network" or find_spec("torch")]
NAMES = [
    pytest.param(name, marks=pytest.mark.torch if name == "neural_network" else ())
    for name in SMALL
]
LEARNERS = NAMES[:-1]

FIT_AND_HASH = """
import hashlib, sys
import pandas as pd
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.parameters import KernelParameters
from rental_pricing.model.skops_bytes import dumps

listings = pd.read_parquet(sys.argv[1])
for name, params in {small!r}.items():
    model = build_pipeline(name, params, seed=3, kernel=KernelParameters(landmarks=20))
    model.fit(listings, listings["price"])
    estimates = model.predict(listings).tobytes()
    print(name, hashlib.sha256(dumps(model) + estimates).hexdigest())
"""


@pytest.fixture(scope="module")
def fitted(make_listings: Make) -> dict[str, Pipeline]:
    """All estimators that can be fitted here, on the same listings."""
    listings = make_listings()
    return {
        name: build_pipeline(name, SMALL[name], seed=3).fit(listings, listings["price"])
        for name in HERE
    }


def test_small_covers_all_estimators() -> None:
    """These tests know every estimator that there is."""
    assert set(SMALL) == set(ESTIMATORS)


@pytest.mark.parametrize("name", LEARNERS)
def test_learners_beat_the_median(
    fitted: dict[str, Pipeline], make_listings: Make, name: str
) -> None:
    """On new listings of the same kind the error is under half of the median's."""
    new = make_listings(seed=2)

    def error(model: str) -> float:
        return float(np.abs(fitted[model].predict(new) - new["price"]).mean())

    assert error(name) < 0.5 * error("median")


@pytest.mark.parametrize("name", NAMES)
def test_a_single_listing_is_priced_as_in_a_batch(
    fitted: dict[str, Pipeline], make_listings: Make, name: str
) -> None:
    """A row's price does not depend on the rows beside it."""
    new = make_listings(5, seed=2)

    alone = [fitted[name].predict(new.iloc[[row]])[0] for row in range(len(new))]

    assert alone == pytest.approx(fitted[name].predict(new).tolist(), rel=1e-6)


@pytest.mark.parametrize("column", MODEL_COLUMNS)
@pytest.mark.parametrize("name", NAMES)
def test_missing_values_are_priced(
    fitted: dict[str, Pipeline], make_listings: Make, name: str, column: str
) -> None:
    """A value missing in any column still gives a price among those known."""
    new = make_listings(3, seed=2)
    new[column] = pd.Series([None] * len(new), dtype=new[column].dtype)

    prices = fitted[name].predict(new)

    assert ((prices > 30) & (prices < 400)).all()


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_listing_is_priced(
    fitted: dict[str, Pipeline], make_listings: Make, name: str
) -> None:
    """A listing of which nothing is known gets a price."""
    new = pd.DataFrame(None, index=[0], columns=make_listings(1).columns, dtype="object")

    assert np.isfinite(fitted[name].predict(new)).all()


@pytest.mark.parametrize("name", NAMES)
def test_missing_values_can_be_learnt_from(make_listings: Make, name: str) -> None:
    """Training copes with columns of which nothing is known."""
    listings = make_listings()
    for column in ("name", "room_type", "latitude", "minimum_nights", "last_review"):
        listings[column] = pd.Series([None] * len(listings), dtype=listings[column].dtype)
    listings["name"] = listings["name"].where(listings.index > 1, "sunny place")

    model = build_pipeline(name, SMALL[name], seed=3).fit(listings, listings["price"])

    assert np.isfinite(model.predict(listings)).all()


@pytest.mark.parametrize("name", NAMES)
def test_unseen_categories_are_priced(
    fitted: dict[str, Pipeline], make_listings: Make, name: str
) -> None:
    """Boroughs, neighbourhoods, room types and words never seen give a price."""
    new = make_listings(1, seed=2).assign(
        name="Igloo", neighbourhood_group="Mars", neighbourhood="Crater", room_type="Tent"
    )

    assert np.isfinite(fitted[name].predict(new)).all()


@pytest.mark.parametrize("name", NAMES)
def test_order_and_number_of_columns_do_not_matter(
    fitted: dict[str, Pipeline], make_listings: Make, name: str
) -> None:
    """Reversed columns, with extra ones among them, give the same prices."""
    new = make_listings(5, seed=2)
    shuffled = new[new.columns[::-1]].assign(host_id=7, host_name="Ada", price=-1, drop="x")

    expected = fitted[name].predict(new[list(MODEL_COLUMNS)]).tolist()

    assert expected == fitted[name].predict(shuffled).tolist()


@pytest.mark.parametrize("name", LEARNERS)
def test_hosts_are_not_learnt_from(make_listings: Make, name: str) -> None:
    """A host's id and name in training change nothing."""
    listings = make_listings()
    named = listings.assign(host_id=listings["price"], host_name=listings["price"].astype("str"))
    plain, other = (
        build_pipeline(name, SMALL[name], seed=3).fit(rows, rows["price"])
        for rows in (listings, named)
    )

    assert plain.predict(listings).tolist() == other.predict(named).tolist()


@pytest.mark.parametrize("name", NAMES)
def test_clones_learn_the_same(fitted: dict[str, Pipeline], make_listings: Make, name: str) -> None:
    """A clone fitted on the same listings predicts the same to the last bit."""
    listings = make_listings()
    again = clone(fitted[name]).fit(listings, listings["price"])

    assert fitted[name].predict(listings).tobytes() == again.predict(listings).tobytes()


@pytest.mark.slow
def test_fits_have_the_same_bytes_in_every_process(make_listings: Make, tmp_path: Path) -> None:
    """Models and estimates do not depend on hash seed, process or number of threads."""
    make_listings().to_parquet(tmp_path / "listings.parquet")
    script = FIT_AND_HASH.format(small={name: SMALL[name] for name in HERE})
    command = [sys.executable, "-c", script, str(tmp_path / "listings.parquet")]
    children = [
        subprocess.Popen(
            command,
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]

    first, second = (child.communicate(timeout=120)[0] for child in children)

    assert len(HERE) == len(first.splitlines())
    assert first == second


def test_steady_forest_predicts_as_the_original(make_listings: Make) -> None:
    """The forest's mean of trees is scikit-learn's, to rounding."""
    x = make_listings()[["latitude", "longitude"]].to_numpy()
    y = make_listings()["price"].to_numpy()
    original = RandomForestRegressor(8, random_state=1).fit(x, y)
    steady = SteadyForestRegressor(8, random_state=1).fit(x, y)

    assert original.predict(x) == pytest.approx(steady.predict(x), rel=1e-12)


def test_steady_boosting_predicts_as_the_original(make_listings: Make) -> None:
    """Boosting in one thread gives scikit-learn's predictions."""
    x = make_listings()[["latitude", "longitude"]].to_numpy()
    y = make_listings()["price"].to_numpy()
    original = HistGradientBoostingRegressor(max_iter=5, random_state=1).fit(x, y)
    steady = SteadyGradientBoostingRegressor(max_iter=5, random_state=1).fit(x, y)

    assert original.predict(x) == pytest.approx(steady.predict(x), rel=1e-12)


@pytest.mark.parametrize("name", SMALL)
def test_every_constructor_parameter_can_be_given(name: str) -> None:
    """All parameters of the class, at their defaults, are accepted and kept."""
    defaults = ESTIMATORS[name]().get_params()

    pipeline = build_pipeline(name, defaults, seed=3)

    (estimator,) = _estimators(pipeline, ESTIMATORS[name], defaults)
    assert str(defaults) == str(estimator.get_params())


def _estimators(pipeline: Pipeline, kind: type, params: dict[str, object]) -> list[object]:
    found = [one for one in pipeline.get_params().values() if type(one) is kind]
    return [one for one in found if str(one.get_params()) == str(params)][:1]


@pytest.mark.parametrize("name", SMALL)
def test_constructor_parameters_are_those_of_scikit_learn(name: str) -> None:
    """The steady classes take the parameters of the classes that they extend."""
    kind = ESTIMATORS[name]
    original = kind.__bases__[0] if name in {"gradient_boosting", "random_forest"} else kind

    assert inspect.signature(original) == inspect.signature(kind)


def test_seed_is_the_random_state() -> None:
    """The seed sets the random state of a class that has one."""
    pipeline = build_pipeline("gradient_boosting", {}, seed=11)

    assert pipeline.get_params()["price__regressor__trees__random_state"] == 11


def test_a_given_random_state_wins_over_the_seed() -> None:
    """A random state among the parameters is kept."""
    pipeline = build_pipeline("gradient_boosting", {"random_state": 5}, seed=11)

    assert pipeline.get_params()["price__regressor__trees__random_state"] == 5


def test_unknown_estimator_is_refused_with_a_hint() -> None:
    """A mistyped estimator's error suggests the right one and lists all."""
    with pytest.raises(ValueError, match=r"did you mean 'random_forest'\?.*linear, median"):
        build_pipeline("random_forrest", {}, seed=1)


def test_unknown_parameter_is_refused_with_a_hint() -> None:
    """A mistyped parameter's error suggests the right one."""
    with pytest.raises(ValueError, match=r"parameter of linear: 'alfa' \(did you mean 'alpha'\?\)"):
        build_pipeline("linear", {"alfa": 1}, seed=1)


def test_features_can_be_left_out(make_listings: Make) -> None:
    """Without bumps and with few words the model still learns."""
    listings = make_listings()
    parameters = FeatureParameters(location_bumps=0, word_max_features=3, price_power=0)

    model = build_pipeline("linear", {}, seed=1, features=parameters)

    assert np.isfinite(model.fit(listings, listings["price"]).predict(listings)).all()


def test_the_kernel_can_be_left_out() -> None:
    """With weight 0 there are trees alone, and no other estimator has a kernel."""
    without = KernelParameters(weight=0)

    alone = build_pipeline("gradient_boosting", {}, seed=1, kernel=without)[-1].regressor
    forest = build_pipeline("random_forest", {}, seed=1)[-1].regressor

    assert type(alone) is SteadyGradientBoostingRegressor
    assert type(forest) is SteadyForestRegressor

"""The price model: raw listings in, prices per night out, in one scikit-learn pipeline."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

import functools
import inspect
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from threadpoolctl import ThreadpoolController

from rental_pricing.errors import did_you_mean
from rental_pricing.model.features import (
    CopyForCommonest,
    CrossFittedScore,
    LocationBumps,
    LogScaler,
    NameVectorizer,
    PriceScale,
)
from rental_pricing.model.frame import CATEGORIES, COORDINATES, NUMBERS, ListingFrame
from rental_pricing.model.parameters import FeatureParameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

WORDS = r"(?u)\b\w+\b|[$/*!]"
"""A word of a listing's name: letters or digits, or a mark that sellers use."""


@functools.cache
def _threads() -> ThreadpoolController:
    # Finding the thread pools takes some milliseconds: too long for each prediction.
    return ThreadpoolController()


class SteadyGradientBoostingRegressor(HistGradientBoostingRegressor):
    """Gradient-boosted trees on one core, whatever else the machine is doing.

    Fitted with another number of threads, the original's predictions are the same but
    its bytes are not; and on a machine with other work its threads wait for one another
    so busily that it becomes many times slower.
    """

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        """Fit as the original does, in one thread."""
        with _threads().limit(limits=1, user_api="openmp"):
            return super().fit(X, y, **fit_params)  # type: ignore[no-any-return]

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict as the original does, in one thread."""
        with _threads().limit(limits=1, user_api="openmp"):
            return super().predict(X)  # type: ignore[no-any-return]


class SteadyForestRegressor(RandomForestRegressor):
    """A random forest whose predictions have the same bits every time.

    The original adds up the trees' predictions in the order in which threads finish.
    """

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the mean of the trees' predictions, added up in the trees' order."""
        rows = self._validate_X_predict(X)
        total = np.zeros(rows.shape[0])
        for tree in self.estimators_:
            total += tree.predict(rows, check_input=False)
        return total / len(self.estimators_)


ESTIMATORS: Mapping[str, type] = MappingProxyType(
    {
        "gradient_boosting": SteadyGradientBoostingRegressor,
        "random_forest": SteadyForestRegressor,
        "linear": Ridge,
        "median": DummyRegressor,
    }
)
"""What ``build_pipeline`` can build, by name. ``median`` is the yardstick: one price
for all."""

IMPLIED: Mapping[str, Mapping[str, object]] = MappingProxyType({"median": {"strategy": "median"}})
"""Parameters that an estimator's name stands for."""


def build_pipeline(
    name: str,
    params: Mapping[str, object],
    *,
    seed: int,
    features: FeatureParameters | None = None,
) -> Pipeline:
    """Build an unfitted model: ``fit(listings, prices)``, ``predict(listings)``.

    Args:
        name: One of ``ESTIMATORS``.
        params: Constructor parameters of that class.
        seed: Random state of everything that draws random numbers, unless ``params``
            has a ``random_state``.
        features: How raw columns become features; the defaults if not given.

    Raises:
        ValueError: There is no such estimator, or it has no such parameter.
    """
    estimator = _estimator(name, params, seed)
    listing = ("listing", ListingFrame())
    if name == "median":
        return Pipeline([listing, ("price", estimator)])
    options = features or FeatureParameters()
    maker = linear_features if name == "linear" else tree_features
    model = Pipeline([("features", maker(options, seed)), ("estimator", estimator)])
    scale = PriceScale(options.price_power)
    return Pipeline([listing, ("price", TransformedTargetRegressor(model, transformer=scale))])


def _estimator(name: str, params: Mapping[str, object], seed: int) -> Any:
    if name not in ESTIMATORS:
        raise ValueError(_unknown("estimator", name, list(ESTIMATORS)))
    known = list(inspect.signature(ESTIMATORS[name]).parameters)
    for param in params:
        if param not in known:
            raise ValueError(_unknown(f"parameter of {name}", param, known))
    drawn = {"random_state": seed} if "random_state" in known else {}
    return ESTIMATORS[name](**{**IMPLIED.get(name, {}), **drawn, **params})


def _unknown(what: str, name: str, known: list[str]) -> str:
    hint = did_you_mean(name, known)
    return f"unknown {what}: {name!r}{hint}; it can be one of {', '.join(known)}"


def linear_features(options: FeatureParameters, seed: int) -> ColumnTransformer:
    """Return the thousands of sparse features that a linear model can add up."""
    words = NameVectorizer(
        ngram_range=(1, 2),
        token_pattern=WORDS,
        binary=True,
        min_df=options.word_min_listings,
        max_features=options.word_max_features,
        dtype=np.float32,
    )
    rare = OneHotEncoder(
        min_frequency=options.category_min_listings,
        handle_unknown="infrequent_if_exist",
        dtype=np.float32,
    )
    parts = [
        ("words", CopyForCommonest(words, "name", "room_type"), ["name", "room_type"]),
        ("categories", rare, list(CATEGORIES)),
        ("numbers", LogScaler(), list(NUMBERS)),
    ]
    if options.location_bumps:
        bumps = LocationBumps(options.location_bumps, options.location_radius_km, seed)
        place = CopyForCommonest(bumps, list(COORDINATES), "room_type")
        parts.append(("place", place, [*COORDINATES, "room_type"]))
    return ColumnTransformer(parts, sparse_threshold=1.0)


def tree_features(options: FeatureParameters, seed: int) -> Pipeline:
    """Return the few dense features from which trees learn, -1 where one is missing.

    They are numbers, codes of categories, and the out-of-fold price that a linear
    model of ``linear_features`` gives: trees can't make use of thousands of words.
    """
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    plain = ColumnTransformer(
        [
            ("numbers", "passthrough", [*NUMBERS, *COORDINATES]),
            ("codes", codes, ["room_type", "neighbourhood_group"]),
        ]
    )
    ridge = Ridge(alpha=options.score_penalty)
    score = CrossFittedScore(ridge, options.folds, seed)
    linear = Pipeline([("features", linear_features(options, seed)), ("score", score)])
    # Trees that take NaN fail on a column without any value, or for some criteria.
    fill = SimpleImputer(strategy="constant", fill_value=-1, keep_empty_features=True)
    return Pipeline([("all", FeatureUnion([("plain", plain), ("linear", linear)])), ("fill", fill)])

"""The price model: raw listings in, prices per night out, in one scikit-learn pipeline."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

import inspect
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from rental_pricing.errors import did_you_mean
from rental_pricing.model.kernel import BlendedRegressor, KernelRegressor
from rental_pricing.model.linear_features import LinearFeatures, LocationBumps, TitleTerms
from rental_pricing.model.network.regressor import NeuralNetworkRegressor
from rental_pricing.model.parameters import FeatureParameters, KernelParameters
from rental_pricing.model.price_scale import PriceScale
from rental_pricing.model.reading import ListingReader
from rental_pricing.model.scores import TreeFeatures
from rental_pricing.model.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class SteadyGradientBoostingRegressor(HistGradientBoostingRegressor):
    """Gradient-boosted trees on one core, whatever else the machine is doing.

    Fitted with another number of threads, the original's predictions are the same but
    its bytes are not; and on a machine with other work its threads wait for one another
    so busily that it becomes many times slower.
    """

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Self:
        """Fit as the original does, in one thread."""
        with one_thread("openmp"):
            return super().fit(X, y, **fit_params)  # type: ignore[no-any-return]

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict as the original does, in one thread."""
        with one_thread("openmp"):
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
        "neural_network": NeuralNetworkRegressor,
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
    kernel: KernelParameters | None = None,
) -> Pipeline:
    """Build an unfitted model: ``fit(listings, prices)``, ``predict(listings)``.

    Its steps are ``listing`` (raw listings to plain arrays), ``features`` and ``price``.

    Args:
        name: One of ``ESTIMATORS``.
        params: Constructor parameters of that class.
        seed: Random state of everything that draws random numbers, unless ``params``
            has a ``random_state``.
        features: How raw columns become features; the defaults if not given.
        kernel: The model beside boosted trees; the defaults if not given.

    Raises:
        ValueError: There is no such estimator, or it has no such parameter.
    """
    features, kernel = features or FeatureParameters(), kernel or KernelParameters()
    estimator = _estimator(name, params, seed)
    if name == "gradient_boosting" and kernel.weight > 0:
        smooth = KernelRegressor(kernel.landmarks, kernel.gamma, kernel.penalty, seed)
        estimator = BlendedRegressor(estimator, smooth, kernel.weight)
    if name != "median":
        scale = PriceScale(features.price_power)
        estimator = TransformedTargetRegressor(estimator, transformer=scale)
    return Pipeline(
        [
            ("listing", ListingReader(features.category_min_listings)),
            ("features", _features(name, features, seed)),
            ("price", estimator),
        ]
    )


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


def _features(name: str, parameters: FeatureParameters, seed: int) -> Any:
    if name in {"median", "neural_network"}:
        return "passthrough"
    bumps = None
    if parameters.location_bumps:
        bumps = LocationBumps(parameters.location_bumps, parameters.location_radius_km, seed)
    linear = LinearFeatures(
        TitleTerms("words", parameters.word_min_listings, parameters.word_max_features),
        TitleTerms("letters", parameters.letter_min_listings, parameters.letter_max_features),
        bumps,
    )
    if name == "linear":
        return linear
    return TreeFeatures(
        linear, parameters.score_penalty, parameters.folds, parameters.price_power, seed
    )

"""Parameters of a training: what can't be meant is refused when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from rental_pricing.model.parameters import (
    FeatureParameters,
    IntervalParameters,
    KernelParameters,
    TrainingParameters,
)

if TYPE_CHECKING:
    from rental_pricing.listings.parameters import Parameters

NAN, INF = float("nan"), float("inf")

LIMITS: list[tuple[type[Parameters], str, list[Any], list[Any]]] = [
    (FeatureParameters, "word_min_listings", [1, 100_000], [0, 1.5, True]),
    (FeatureParameters, "word_max_features", [1, 1_000_000], [0, 1_000_001]),
    (FeatureParameters, "letter_min_listings", [1], [0, True]),
    (FeatureParameters, "letter_max_features", [1, 1_000_000], [0, 1_000_001]),
    (FeatureParameters, "category_min_listings", [1], [0]),
    (FeatureParameters, "location_bumps", [0, 5000], [-1, 5001, True]),
    (FeatureParameters, "location_radius_km", [0.01, 1000], [0, 1e-300, 0.009, 1001, NAN, INF]),
    (FeatureParameters, "score_penalty", [1e-6, 1e9], [0, 1e-7, 2e9, NAN, "10"]),
    (FeatureParameters, "folds", [2, 50], [1, 51, 2.0]),
    (FeatureParameters, "price_power", [0, 1], [-0.1, 1.1, True]),
    (KernelParameters, "weight", [0, 1], [-0.1, 1.1, NAN]),
    (KernelParameters, "landmarks", [1, 5000], [0, 5001, True]),
    (KernelParameters, "gamma", [1e-6, 1000], [0, 1e-7, 1001, INF]),
    (KernelParameters, "penalty", [1e-6, 1e9], [0, 1e-7, 2e9]),
    (IntervalParameters, "coverage", [0.01, 0.99], [0, 1, True]),
    (IntervalParameters, "folds", [2, 50], [1, 51]),
    (IntervalParameters, "trees", [1, 10_000], [0, 10_001, True]),
    (IntervalParameters, "smallest_error", [1e-6, 1], [0, 1e-7, 1.1]),
]


@pytest.mark.parametrize(("block", "name", "right", "wrong"), LIMITS, ids=lambda one: str(one)[:40])
def test_limits(block: type[Parameters], name: str, right: list[Any], wrong: list[Any]) -> None:
    """Each limit is allowed, what lies beyond is not; truth values are no numbers."""
    for value in right:
        assert getattr(block(**{name: value}), name) == value
    for value in wrong:
        with pytest.raises(ValidationError, match=name):
            block(**{name: value})


@pytest.mark.parametrize(("seed", "fine"), [(0, True), (2**32 - 1, True), (2**32, False), (-1, False), (True, False)])  # fmt: skip  # noqa: E501
def test_seeds_are_those_that_numpy_takes(seed: object, fine: bool) -> None:  # noqa: FBT001 - the expectation
    """From 0 to 2**32 - 1; ``true`` is no seed."""
    blocks: dict[str, Any] = {
        "estimator": "median",
        "estimators": {},
        "features": {},
        "interval": {},
        "seed": seed,
    }
    if fine:
        assert TrainingParameters(**blocks).seed == seed
        return
    with pytest.raises(ValidationError, match="seed"):
        TrainingParameters(**blocks)


@pytest.mark.parametrize("block", [FeatureParameters, KernelParameters, IntervalParameters])
def test_unknown_names_are_refused(block: type[Parameters]) -> None:
    """A mistyped name is an error."""
    with pytest.raises(ValidationError, match="fold_s"):
        block(fold_s=5)

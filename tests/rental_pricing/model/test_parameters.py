"""Parameters of a training: what can't be meant is refused when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from rental_pricing.model.parameters import (
    FeatureParameters,
    IntervalParameters,
    KernelParameters,
    NeuralNetworkParameters,
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
    (
        NeuralNetworkParameters,
        "hidden",
        [(1,), (4096,) * 8],
        [(), (0,), (4097,), (1,) * 9, (1.5,), 5],
    ),
    (NeuralNetworkParameters, "dropout", [0, 0.99], [1, -0.1, True, NAN]),
    (NeuralNetworkParameters, "title_dropout", [0, 0.99], [1, -0.1, True]),
    (NeuralNetworkParameters, "borough_size", [1, 4096], [0, 4097, 2.0]),
    (NeuralNetworkParameters, "neighbourhood_size", [1, 4096], [0, True]),
    (NeuralNetworkParameters, "room_type_size", [1, 4096], [0, "4"]),
    (NeuralNetworkParameters, "title_size", [1, 4096], [0, 4097]),
    (NeuralNetworkParameters, "title_min_listings", [1, 10**6], [0, 1.5]),
    (NeuralNetworkParameters, "waves", [0, 4096], [-1, 4097]),
    (NeuralNetworkParameters, "wave_km", [0.01, 1000], [0, 0.009, 1001, INF]),
    (NeuralNetworkParameters, "epochs", [1, 10_000], [0, 10_001, True]),
    (NeuralNetworkParameters, "patience", [1, 10_000], [0, 1.5]),
    (NeuralNetworkParameters, "held_out", [0, 0.5], [-0.1, 0.6, True]),
    (NeuralNetworkParameters, "batch_size", [2, 1_000_000], [1, 1_000_001]),
    (NeuralNetworkParameters, "learning_rate", [1e-6, 1], [0, 1.1, NAN, "fast"]),
    (NeuralNetworkParameters, "weight_decay", [0, 100], [-0.1, 101]),
    (NeuralNetworkParameters, "members", [1, 50], [0, 51, True]),
    (NeuralNetworkParameters, "device", ["auto", "cpu", "cuda"], ["gpu", "cuda:1", None]),
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


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"dropout": 1.5}, ("dropout",)),
        ({"hidden": [64, "many"]}, ("hidden", 1)),
        ({"members": True}, ("members",)),
        ({"device": "gpu"}, ("device",)),
    ],
)
def test_the_parameters_of_the_network_are_typed(
    given: dict[str, Any], place: tuple[object, ...]
) -> None:
    """Among those of scikit-learn's classes, which judge theirs when they fit."""
    rest: dict[str, Any] = {"features": {}, "seed": 1, "interval": {}}
    with pytest.raises(ValidationError) as error:
        TrainingParameters(estimator="linear", estimators={"neural_network": given}, **rest)
    (told,) = error.value.errors()
    assert told["loc"] == ("estimators", "neural_network", *place)


def test_the_configuration_says_the_defaults_of_the_network(parameters: dict[str, Any]) -> None:
    """Each of them, so that people see what there is."""
    said = parameters["modeling"].estimators["neural_network"]
    defaults = NeuralNetworkParameters().model_dump(mode="json")
    assert said == defaults

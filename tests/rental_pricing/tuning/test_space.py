"""A space against the configuration that it changes."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.errors import EstimatorParameterError
from rental_pricing.tuning.parameters import Dimension, TuningParameters
from rental_pricing.tuning.space import (
    SearchSpaceError,
    configured,
    present_values,
    rounded,
    space_of,
    try_space,
)


def with_space(tuning: TuningParameters, **dimensions: Any) -> TuningParameters:
    """Return the search with another space for boosted trees."""
    return TuningParameters(
        **tuning.model_dump() | {"space": {"gradient_boosting": dimensions, "linear": {}}}
    )


def test_values_come_back_from_where_they_were_put(small_modeling: Any, small_tuning: Any) -> None:
    """And nothing else has changed."""
    space = space_of(small_tuning, "gradient_boosting")
    values = {"learning_rate": 0.3, "max_iter": 7, "kernel_weight": 0.5}
    changed = configured(small_modeling, space, values)
    assert present_values(changed, space) == values
    back = configured(changed, space, present_values(small_modeling, space))
    assert back == small_modeling


def test_what_the_configuration_leaves_out_is_the_default_of_the_class(
    small_modeling: Any, small_tuning: Any
) -> None:
    """scikit-learn's trees have any depth."""
    depth = {"parameter": "estimators.gradient_boosting.max_depth", "choices": [None, 4]}
    space = space_of(with_space(small_tuning, depth=depth), "gradient_boosting")
    assert present_values(small_modeling, space) == {"depth": None}


def test_an_estimator_without_a_space_is_told(small_tuning: Any) -> None:
    """With those that have one."""
    with pytest.raises(SearchSpaceError, match=r"nothing to search for linear.*gradient_boosting"):
        space_of(small_tuning, "linear")


@pytest.mark.parametrize(
    ("dimension", "error", "told"),
    [
        ({"parameter": "kernel.weight", "low": 0.0, "high": 1.5}, SearchSpaceError, "1.5"),
        (
            {"parameter": "estimators.gradient_boosting.max_features", "low": 0.5, "high": 1.5},
            EstimatorParameterError,
            "max_features=1.5",
        ),
        (
            {"parameter": "estimators.gradient_boosting.max_itr", "low": 1, "high": 2},
            SearchSpaceError,
            "no parameter 'max_itr'",
        ),
        (
            {"parameter": "estimators.gradient_boosting.loss", "choices": ["squared_error", "x"]},
            EstimatorParameterError,
            "loss='x'",
        ),
    ],
)
def test_the_ends_of_a_space_are_tried_before_a_search(
    small_modeling: Any, small_tuning: Any, lake_city: Any, dimension: Any, error: Any, told: str
) -> None:
    """What no model can have is told by its name and value."""
    with pytest.raises(error, match=told):
        try_space(with_space(small_tuning, it=dimension), small_modeling, lake_city)


@pytest.mark.parametrize(
    "estimator",
    [
        "gradient_boosting",
        pytest.param("neural_network", marks=pytest.mark.torch),
        "random_forest",
        "linear",
    ],
)
def test_the_spaces_of_the_project_can_be_searched(
    parameters: Any, lake_city: Any, estimator: str
) -> None:
    """Each estimator that has one, at both ends."""
    tuning, modeling = parameters["tuning"], parameters["modeling"]
    try_space(tuning, modeling.model_copy(update={"estimator": estimator}), lake_city)
    assert set(tuning.space) == {"gradient_boosting", "neural_network", "random_forest", "linear"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.123456, 0.123), (123.456, 123.0), (1.9999, 2.0), (7, 7), (0.0, 0.0)],
)
def test_drawn_values_have_three_digits(value: Any, expected: Any) -> None:
    """So that what is tried is what people read."""
    drawn = rounded(Dimension(parameter="kernel.weight", low=0.0, high=1000.0), value)
    assert (drawn, type(drawn)) == (expected, type(expected))


def test_choices_are_not_rounded() -> None:
    """They are as people wrote them."""
    choices = Dimension(parameter="features.price_power", choices=[0.12345, "sqrt", None])
    assert [rounded(choices, each) for each in choices.choices or ()] == [0.12345, "sqrt", None]


def test_rounding_stays_inside_of_the_range() -> None:
    """Ends with more digits are kept."""
    narrow = Dimension(parameter="kernel.weight", low=0.12345, high=0.12351)
    assert rounded(narrow, 0.12349) == 0.12345
    assert rounded(narrow, 0.1236) == 0.12351

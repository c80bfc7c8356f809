"""The block ``tuning``: what may be searched, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rental_pricing.tuning.parameters import Dimension, TuningParameters


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "give low and high, or choices"),
        ({"low": 1}, "give low and high, or choices"),
        ({"low": 1, "high": 2, "choices": [1, 2]}, "not both"),
        ({"low": 2, "high": 2}, "low (2) must be below high (2)"),
        ({"low": 0, "high": 2, "log": True}, "log needs a low above 0"),
        ({"choices": [1]}, "two or more"),
        ({"choices": [1, 1]}, "each once"),
        ({"low": True, "high": 2}, "must be"),
        ({"low": "1", "high": 2}, "must be a whole number"),
        ({"low": float("nan"), "high": 2}, "finite"),
        ({"low": 1, "high": 2, "step": 1}, "step"),
    ],
)
def test_a_dimension_is_a_range_or_choices(given: dict[str, Any], told: str) -> None:
    """What is neither, or both, is refused."""
    with pytest.raises(ValidationError) as error:
        Dimension(parameter="kernel.weight", **given)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("given", "value", "held"),
    [
        ({"low": 1, "high": 3}, 0, False),
        ({"low": 1, "high": 3}, 1, True),
        ({"low": 1, "high": 3}, 3, True),
        ({"low": 1, "high": 3}, 4, False),
        ({"low": 1, "high": 3}, 2.0, False),
        ({"low": 1.0, "high": 3}, 2, True),
        ({"low": 1, "high": 3}, True, False),
        ({"low": 1, "high": 3}, None, False),
        ({"choices": [None, "sqrt", 1]}, None, True),
        ({"choices": [None, "sqrt", 1]}, True, False),
        ({"choices": [None, "sqrt", 1]}, "log2", False),
    ],
)
def test_a_dimension_holds_what_the_search_could_come_upon(
    given: dict[str, Any], value: Any, *, held: bool
) -> None:
    """Both ends, whole numbers alone between whole ends, and choices of the same type."""
    assert Dimension(parameter="kernel.weight", **given).holds(value) == held


@pytest.mark.parametrize(
    ("estimator", "dimensions", "told"),
    [
        ("linear", {"a": "kernel.weight"}, "stands beside gradient_boosting alone"),
        ("linear", {"a": "estimators.random_forest.n_jobs"}, "is not searched for linear"),
        ("linear", {"a": "seed"}, "'seed' is not searched"),
        ("linear", {"a": "features.price_powr"}, "did you mean 'price_power'?"),
        ("linear", {"a b": "estimators.linear.alpha"}, "a name is letters"),
        (
            "linear",
            {"a": "estimators.linear.alpha", "b": "estimators.linear.alpha"},
            "linear.b and a are both estimators.linear.alpha",
        ),
    ],
)
def test_a_space_names_parameters_of_its_estimator(
    small_tuning: TuningParameters, estimator: str, dimensions: dict[str, str], told: str
) -> None:
    """Each once, by a name that can be a column."""
    space = {name: {"parameter": at, "low": 1.0, "high": 2.0} for name, at in dimensions.items()}
    with pytest.raises(ValidationError) as error:
        TuningParameters(**small_tuning.model_dump() | {"space": {estimator: space}})
    assert told in str(error.value)


@pytest.mark.parametrize(("after", "is_fine"), [(2, True), (3, False)])
def test_a_trial_is_given_up_before_its_last_fold(
    small_tuning: TuningParameters, after: int, *, is_fine: bool
) -> None:
    """After all three folds there is nothing left to give up."""
    given = small_tuning.model_dump() | {"prune": {"after_folds": after, "worse_by": 0.1}}
    if is_fine:
        assert TuningParameters(**given).prune is not None
        return
    with pytest.raises(ValidationError, match="below folds"):
        TuningParameters(**given)

"""Which model is simpler, and which trial is taken."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.tuning.simplicity import UNITS, best_of, complexity, simplest
from rental_pricing.tuning.trials import Trial


def of(modeling: Any, estimator: str, **given: Any) -> float:
    """Return the complexity of an estimator with some parameters, of 1000 listings."""
    changed = modeling.model_copy(update={"estimator": estimator, "estimators": {estimator: given}})
    return complexity(changed, 1000)


def test_boosted_trees_count_leaves_and_landmarks(small_modeling: Any) -> None:
    """As many leaves as limits and listings allow; landmarks where they have a share."""
    grown = {"max_iter": 10, "max_leaf_nodes": 8, "min_samples_leaf": 20}
    alone = small_modeling.kernel.model_copy(update={"weight": 0.0})
    assert of(small_modeling, "gradient_boosting", **grown) == 10 * 8 + 10
    without = small_modeling.model_copy(update={"kernel": alone})
    assert of(without, "gradient_boosting", **grown) == 10 * 8
    assert of(without, "gradient_boosting", **grown | {"max_depth": 2}) == 10 * 4
    assert of(without, "gradient_boosting", **grown | {"min_samples_leaf": 250}) == 10 * 4
    assert of(without, "gradient_boosting") == 100 * 31


def test_a_forest_counts_leaves(small_modeling: Any) -> None:
    """A share of listings counts as so many."""
    assert of(small_modeling, "random_forest", n_estimators=7, min_samples_leaf=5) == 7 * 200
    assert of(small_modeling, "random_forest", n_estimators=7, min_samples_leaf=0.1) == 7 * 10


def test_a_higher_penalty_is_simpler(small_modeling: Any) -> None:
    """And no penalty is the least simple."""
    by_alpha = [of(small_modeling, "linear", alpha=alpha) for alpha in (10.0, 1.0, 0.0)]
    assert by_alpha == [0.1, 1.0, float("inf")]


def test_networks_count_the_units_of_all_members(small_modeling: Any) -> None:
    """Of their hidden layers."""
    assert of(small_modeling, "neural_network", members=3, hidden=[8, 4]) == 3 * 12


def test_each_estimator_has_a_unit(small_modeling: Any) -> None:
    """Of what is counted."""
    assert set(UNITS) == set(small_modeling.estimators)


BEST = Trial(1, {}, "finished", (9.0, 11.0, 13.0, 15.0))  # MAE 12, standard error 1.291
LIMIT = BEST.mae + BEST.standard_error


@pytest.mark.parametrize(
    ("mae", "taken"), [(LIMIT - 1e-9, 2), (LIMIT, 2), (LIMIT + 1e-9, 1), (20.0, 1)]
)
def test_the_simplest_within_one_standard_error_is_taken(mae: float, taken: int) -> None:
    """Below and at the limit, not above."""
    assert pytest.approx(1.2909944) == BEST.standard_error
    simple = Trial(2, {}, "finished", (mae,) * 4)
    assert simplest([BEST, simple], [5.0, 4.0]).number == taken


def test_of_equally_simple_ones_the_better_is_taken_and_then_the_earlier() -> None:
    """So that the choice never depends on the order of rows."""
    trials = [BEST, Trial(2, {}, "finished", (12.5,) * 4), Trial(3, {}, "finished", (12.5,) * 4)]
    assert simplest(trials, [9.0, 4.0, 4.0]).number == 2
    assert simplest(trials, [4.0, 4.0, 4.0]).number == 1
    assert best_of(trials[::-1][:2]).number == 2

"""What Optuna proposes."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.tuning.sampling import as_optuna, propose
from rental_pricing.tuning.space import space_of
from rental_pricing.tuning.trials import Trial


@pytest.fixture
def space(small_tuning: Any) -> Any:
    """Of boosted trees."""
    return space_of(small_tuning, "gradient_boosting")


def judged(number: int, rate: float, state: Any = "finished") -> Trial:
    """Return a trial whose error depends on its learning rate alone."""
    values = {"learning_rate": rate, "max_iter": 2 + number % 11, "kernel_weight": 0.3}
    error = 30 + abs(rate - 0.2)
    return Trial(number, values, state, () if state == "failed" else (error, error))


def ask(numbers: range, known: list[Trial], space: Any, seed: int = 1) -> list[dict[str, Any]]:
    """Propose with three trials at random."""
    return propose(numbers, known, space, seed=seed, startup_trials=3)


@pytest.mark.parametrize("known", [[], [judged(n, 0.05 + n / 10) for n in range(8)]])
def test_a_batch_is_the_beginning_of_a_longer_one(known: list[Trial], space: Any) -> None:
    """At random and by TPE: a search that is made longer repeats itself."""
    first = len(known) + 1
    assert (
        ask(range(first, first + 2), known, space) == ask(range(first, first + 5), known, space)[:2]
    )


def test_a_batch_has_different_trials(space: Any) -> None:
    """TPE is told of what is being tried; another seed gives others."""
    known = [judged(n, 0.05 + n / 10) for n in range(8)]
    batch = ask(range(9, 14), known, space)
    assert len({str(each) for each in batch}) == 5
    assert batch != ask(range(9, 14), known, space, seed=2)


def test_values_are_inside_of_the_space(space: Any) -> None:
    """With the dimension's type."""
    for values in ask(range(1, 30), [], space):
        assert list(values) == list(space)
        assert all(space[name].holds(value) for name, value in values.items())


def test_the_search_learns(space: Any) -> None:
    """Proposals come nearer to where the errors are lowest."""
    known = [judged(n, 0.05 + n * 0.9 / 30) for n in range(30)]

    def distance(trials: list[dict[str, Any]]) -> float:
        return sum(abs(each["learning_rate"] - 0.2) for each in trials)

    numbers = range(31, 41)
    assert distance(ask(numbers, known, space)) < 0.7 * distance(ask(numbers, [], space))


def test_pruned_trials_teach_and_others_do_not(space: Any) -> None:
    """Failed ones, and a present configuration outside of the space, change nothing."""
    known = [judged(n, 0.05 + n / 10) for n in range(8)]
    outside = Trial(0, known[0].parameters | {"max_iter": 500}, "finished", (1.0, 1.0))
    batch = ask(range(9, 12), known, space)
    assert ask(range(9, 12), [outside, *known, judged(8, 0.9, "failed")], space) == batch
    pruned = [judged(8 + n, 0.2 + n / 50, "pruned") for n in range(6)]
    assert ask(range(9, 12), [*known, *pruned], space) != batch


def test_a_trial_outside_of_the_space_is_kept_without_parameters(space: Any) -> None:
    """Optuna's database would refuse them."""
    outside = Trial(0, {"learning_rate": 9.0, "max_iter": 3, "kernel_weight": 0.3}, "finished",
                    (1.0, 2.0))  # fmt: skip
    assert (as_optuna(outside, space).params, as_optuna(outside, space).value) == ({}, 1.5)
    assert as_optuna(judged(1, 0.1), space).params == judged(1, 0.1).parameters

"""What is taken over, and how it is written."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rental_pricing.errors import MixedDataError
from rental_pricing.tuning.adoption import (
    AdoptionError,
    edited,
    has_block,
    values_to_adopt,
    written_places,
)
from rental_pricing.tuning.result import tuning_result
from rental_pricing.tuning.search import Searched
from rental_pricing.tuning.space import configured, present_values, space_of
from rental_pricing.tuning.trials import Trial

RATE = "estimators.gradient_boosting.learning_rate"
WEIGHT = "kernel.weight"
OF = {"digest": "d", "market": "m"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("modeling: {kernel: {weight: 1}}  # me\n", "modeling: {kernel: {weight: 0.5}}  # me\n"),
        ("modeling: {kernel: {}}\n", "modeling: {kernel: {weight: 0.5}}\n"),
        ("modeling: {seed: 1}\n", "modeling: {seed: 1, kernel: {weight: 0.5}}\n"),
        ("modeling:\n    kernel:\n        weight:   '0.3'   # %\n\n",
         "modeling:\n    kernel:\n        weight:   0.5   # %\n\n"),
        ("modeling:\n  kernel:\n    weight:\n", "modeling:\n  kernel:\n    weight: 0.5\n"),
        ("modeling:\n  kernel:\n    gamma: 1  # fast\n  seed: 1\n",
         "modeling:\n  kernel:\n    gamma: 1  # fast\n    weight: 0.5\n  seed: 1\n"),
        ("modeling:\n  seed: 1\nb: [1,\n  2]\n",
         "modeling:\n  seed: 1\n  kernel:\n    weight: 0.5\nb: [1,\n  2]\n"),
        ("a: 1", "a: 1\nmodeling:\n  kernel:\n    weight: 0.5\n"),
        ("# nothing yet\n", "# nothing yet\nmodeling:\n  kernel:\n    weight: 0.5\n"),
        ("", "modeling:\n  kernel:\n    weight: 0.5\n"),
        ("modeling:\n  kernel: {weight: 1}\n\n# é — end\n",
         "modeling:\n  kernel: {weight: 0.5}\n\n# é — end\n"),
    ],
)  # fmt: skip
def test_only_the_value_changes(text: str, expected: str) -> None:
    """In blocks and in braces, where it is and where it is not; comments and blanks stay."""
    assert edited(text, {WEIGHT: 0.5}) == expected


@pytest.mark.parametrize("value", [7, 0.0721, 1e-05, 2.5e16, True, None, "sqrt", "null"])
def test_values_are_read_back_as_they_are(value: Any) -> None:
    """With their types, by Kedro's YAML."""
    read = yaml.safe_load(edited("modeling: {kernel: {weight: 1}}", {WEIGHT: value}))
    assert read == {"modeling": {"kernel": {"weight": value}}}
    assert type(read["modeling"]["kernel"]["weight"]) is type(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("modeling:\n  kernel:\n    weight: ${_weight}\n", "line 3: modeling.kernel.weight"),
        ("modeling: {kernel: {weight: &w 0.3}, seed: *w}\n", "no plain value"),
        ("modeling: {kernel: {weight: [1, 2]}}\n", "no plain value"),
        ("modeling: {kernel: 3}\n", "a block of names and values is expected"),
        ("a: &k {weight: 1}\nmodeling: {kernel: *k}\n", "can't be edited safely"),
        ("modeling:\n  kernel:\n    gamma:\n  seed: 1\n", "can't be edited safely"),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(text: str, told: str) -> None:
    """References, shared values, odd layouts."""
    with pytest.raises(AdoptionError, match=r"by hand|expected") as error:
        edited(text, {WEIGHT: 0.5})
    assert told in str(error.value)


def test_what_a_file_says_is_found() -> None:
    """Block and places."""
    text = "modeling: {kernel: {weight: null}}\n"
    assert has_block(text)
    assert not has_block("market: {name: modeling}\n")
    assert not has_block("# modeling:\n")
    assert written_places(text, {WEIGHT: 1, RATE: 1}) == [WEIGHT]
    assert written_places("modeling:\n", {WEIGHT: 1}) == []


@pytest.fixture
def result(small_modeling: Any, small_tuning: Any) -> dict[str, Any]:
    """Of a search whose best trial is complex, and whose second is near it and simple."""
    space = space_of(small_tuning, "gradient_boosting")
    values = present_values(small_modeling, space)
    trials = (
        Trial(0, values, "finished", (31.0, 32.0, 33.0)),
        Trial(1, values | {"max_iter": 12}, "finished", (29.0, 30.0, 31.0)),
        Trial(2, values | {"max_iter": 2, "kernel_weight": 0.5}, "finished", (29.5, 30.0, 31.0)),
        Trial(3, values, "pruned", (40.0,)),
        Trial(4, values, "failed", (), "no"),
    )
    return tuning_result(
        Searched("s", trials), small_modeling, small_tuning, of=OF, rows=240, currency="USD"
    )


def test_the_result_tells_what_was_found(result: dict[str, Any]) -> None:
    """Best and simplest against the present, fold by fold."""
    assert result["trials"] == {"finished": 3, "pruned": 1, "failed": 1}
    assert [result[each]["name"] for each in ("present", "best", "simplest")] == [
        "present", "trial 001", "trial 002"]  # fmt: skip
    assert result["best"]["gain"] == 2.0
    assert result["best"]["gain_standard_error"] == 0.0
    assert result["simplest"]["gain"] == pytest.approx(32 - 90.5 / 3)
    assert result["simplest"]["gain_standard_error"] == pytest.approx(1 / 6)
    assert result["best"]["parameters"][WEIGHT] == 0.35
    assert result["best"]["complexity"] > result["simplest"]["complexity"]


def test_what_differs_is_adopted(result: Any, small_modeling: Any, small_tuning: Any) -> None:
    """And nothing where it is adopted already; then the other one can be."""
    weight, trees = WEIGHT, "estimators.gradient_boosting.max_iter"
    assert values_to_adopt(result, "best", small_modeling, OF) == {trees: 12}
    assert values_to_adopt(result, "simplest", small_modeling, OF) == {trees: 2, weight: 0.5}
    adopted = configured(
        small_modeling,
        space_of(small_tuning, "gradient_boosting"),
        {"max_iter": 2, "kernel_weight": 0.5},
    )
    assert values_to_adopt(result, "simplest", adopted, OF) == {}
    assert values_to_adopt(result, "best", adopted, OF) == {trees: 12, weight: 0.35}


def test_other_data_is_refused(result: Any, small_modeling: Any) -> None:
    """With what differs and the command."""
    with pytest.raises(MixedDataError, match=r"digest.*(\n.*)*kedro run --pipelines tuning"):
        values_to_adopt(result, "best", small_modeling, OF | {"digest": "e"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"estimator": "linear"}, "about gradient_boosting, and modeling.estimator is linear"),
        ({"seed": 7}, "configuration has changed"),
        ({"estimators": {"gradient_boosting": {"max_iter": 6}}}, "configuration has changed"),
    ],
)
def test_another_configuration_is_refused(
    result: Any, small_modeling: Any, changes: Any, told: str
) -> None:
    """Another estimator, what was not searched, and searched values that nothing has chosen."""
    with pytest.raises(AdoptionError, match=told):
        values_to_adopt(result, "best", small_modeling.model_copy(update=changes), OF)


def test_what_the_errors_do_not_depend_on_may_change(result: Any, small_modeling: Any) -> None:
    """Such as other estimators, intervals and explanations."""
    changes: dict[str, Any] = {
        "estimators": {**small_modeling.estimators, "linear": {"alpha": 1.0}},
        "min_gain_over_median": None,
    }
    changed = small_modeling.model_copy(update=changes)
    assert values_to_adopt(result, "best", changed, OF)

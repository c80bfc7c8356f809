"""What must have been made together."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rental_pricing.errors import MixedDataError
from rental_pricing.evaluation.provenance import (
    PROCESS_AGAIN,
    SPLIT,
    SPLIT_AGAIN,
    TRAIN_AGAIN,
    VALIDATE_AGAIN,
    model_of,
    require_one_model,
    require_same,
    require_split,
    require_training_data,
    split_of,
)

OF = {"digest": "d1", "market": "m1", "seed": 42, "test_share": 0.2, "validation_share": 0.2}
REPORT = {"digest": "d1", "market": "m1"}
PROCESSED = {"listings_digest": "d1", "market": "m1"}


def part(name: str, **changed: Any) -> pd.DataFrame:
    table = pd.DataFrame({"id": [1]})
    table.attrs = {SPLIT: {**OF, **changed, "part": name}}
    return table


def refused(*arguments: Any, **said: Any) -> str:
    with pytest.raises(MixedDataError) as error:
        require_same(*arguments, **said)
    return str(error.value)


def test_what_says_the_same_passes() -> None:
    """In any order of the keys."""
    require_same("cmd", one={"a": 1, "b": 2}, other={"b": 2, "a": 1}, third={"a": 1, "b": 2})


def test_both_sides_and_the_command_are_named() -> None:
    """What differs, in each of them, and what to do; nothing of what is equal."""
    told = refused("kedro run", model={"seed": 1, "market": "m"}, part={"seed": 7, "market": "m"})
    assert told == (
        "model and part were not made together:\n  seed: 1 in model, 7 in part\n"
        "Run, with the same --params if any: kedro run"
    )


def test_what_is_not_said_on_one_side_differs() -> None:
    """A dataset of an earlier version says nothing; that is no proof."""
    assert "seed: 1 in model, not said in part" in refused("cmd", model={"seed": 1}, part={})
    assert "seed: not said in model, 1 in part" in refused("cmd", model={}, part={"seed": 1})


def test_silence_on_both_sides_is_no_agreement_with_a_value() -> None:
    """``None`` differs from any value."""
    assert "not said in part" in refused("cmd", model={"seed": 0}, part={"seed": None})


def test_each_further_input_is_compared_with_the_first() -> None:
    """The third one is looked at, too."""
    told = refused("cmd", one={"a": 1}, two={"a": 1}, three={"a": 2})
    assert told.startswith("one and three")


def test_long_values_are_cut() -> None:
    """A digest is told by its beginning."""
    told = refused("cmd", one={"digest": "a" * 500}, two={"digest": "b" * 500})
    assert len(told) < 150


def test_a_part_says_its_split_without_its_name() -> None:
    """So that parts of one split say the same."""
    assert split_of(part("train"), "train") == split_of(part("test"), "test") == OF


@pytest.mark.parametrize("table", [part("train"), pd.DataFrame({"id": [1]})])
def test_another_part_or_an_unmarked_table_is_refused(table: pd.DataFrame) -> None:
    """Training listings in the place of test listings would flatter the model."""
    with pytest.raises(
        MixedDataError, match=r"table of test listings.*\nRun, with.*: kedro run --from"
    ):
        split_of(table, "test")


def require(
    parts: dict[str, pd.DataFrame] | None = None,
    split: dict[str, Any] = OF,
    processed: dict[str, Any] = PROCESSED,
    report: dict[str, Any] = REPORT,
) -> None:
    both = {"train": part("train"), "validation": part("validation")}
    require_training_data(both | (parts or {}), split, processed, report)


def test_training_data_of_one_split_pass() -> None:
    """Parts, reports and parameters that say the same."""
    require()


@pytest.mark.parametrize(
    ("given", "named", "command"),
    [
        ({"split": OF | {"market": "m2"}}, "market", PROCESS_AGAIN),
        ({"report": {"digest": "d1"}}, "market", PROCESS_AGAIN),
        ({"processed": {**PROCESSED, "listings_digest": "d2"}}, "digest", VALIDATE_AGAIN),
        ({"processed": {**PROCESSED, "market": "m2"}}, "market", VALIDATE_AGAIN),
        ({"split": OF | {"seed": 7}}, "seed", SPLIT_AGAIN),
        ({"split": OF | {"test_share": 0.3}}, "test_share", SPLIT_AGAIN),
        ({"split": OF | {"validation_share": 0.3}}, "validation_share", SPLIT_AGAIN),
        ({"parts": {"validation": part("validation", digest="d0")}}, "digest", SPLIT_AGAIN),
        ({"parts": {"train": part("train", market="m0")}}, "market", SPLIT_AGAIN),
    ],
)
def test_training_data_that_do_not_belong_together_are_refused(
    given: dict[str, Any], named: str, command: str
) -> None:
    """What differs is named, and the command that mends it, all of it and no more."""
    with pytest.raises(MixedDataError) as error:
        require(**given)
    assert f"  {named}: " in str(error.value)
    assert str(error.value).endswith(f"if any: {command}")


def test_listings_of_another_split_than_the_models_are_refused() -> None:
    """A part that the model was not split from may hold what it has learnt from."""
    require_split(OF, test=part("test"))
    with pytest.raises(MixedDataError, match="price_model and test_listings") as error:
        require_split(OF, test=part("test", seed=1))
    assert str(error.value).endswith(f"if any: {TRAIN_AGAIN}")


def estimates(name: str, model: str = "x", **changed: Any) -> pd.DataFrame:
    table = part(name, **changed)
    table.attrs |= {"model": model, "currency": "USD"}
    return table


def test_estimates_of_one_model_say_which() -> None:
    """And what else they have in common."""
    said = require_one_model({"validation": estimates("validation"), "test": estimates("test")})
    assert said == {"model": "x", "currency": "USD", SPLIT: OF}


@pytest.mark.parametrize("test", [estimates("test", model="y"), estimates("test", seed=1)])
def test_estimates_of_two_models_or_splits_are_refused(test: pd.DataFrame) -> None:
    """Metrics of two models must not stand side by side under one name."""
    with pytest.raises(MixedDataError, match="validation_estimates and test_estimates"):
        require_one_model({"validation": estimates("validation"), "test": test})


def test_a_table_tells_its_model() -> None:
    """``None`` where it does not, and both where it has two."""
    assert model_of(pd.DataFrame({"model": ["a", "a"]})) == "a"
    assert model_of(pd.DataFrame({"model": ["b", "a"]})) == "a, b"
    assert model_of(pd.DataFrame({"mae": [1.0]})) is None

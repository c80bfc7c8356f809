"""Parameters of the market, and what holds for parameters of all blocks."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import Field, ValidationError

from rental_pricing.listings.parameters import Parameters, Range


def test_the_identity_of_a_market_follows_all_that_it_says(parameters: dict[str, Any]) -> None:
    """Equal markets have one identity; another price range is another market."""
    market = parameters["market"]
    wider = market.model_copy(update={"price": market.price.model_copy(update={"max": 351.0})})
    assert market.identity == market.model_copy(deep=True).identity
    assert market.identity != wider.identity


class Kinds(Parameters):
    """A field of each kind."""

    number: float = 1.0
    count: int = 1
    switch: bool = False
    shares: dict[str, float] = Field(default_factory=dict)
    counts: tuple[int | None, ...] = ()


@pytest.mark.parametrize(
    "written",
    [
        {"number": True},
        {"number": "1"},
        {"number": math.nan},
        {"number": math.inf},
        {"count": True},
        {"count": "1"},
        {"count": 1.5},
        {"switch": 1},
        {"switch": "yes"},
        {"shares": {"a": True}},
        {"shares": {"a": "1"}},
        {"shares": {"a": math.nan}},
        {"counts": [1, None, True]},
        {"colour": 1},
    ],
)
def test_values_of_another_kind_are_refused(written: dict[str, Any]) -> None:
    """``true`` is no number, text in quotes is none either, and 1 is no switch."""
    with pytest.raises(ValidationError):
        Kinds(**written)


def test_values_are_taken_as_they_are_written_in_yaml() -> None:
    """A whole number may stand where a number is asked for, and a list is a list."""
    written = {"number": 1, "count": 2.0, "switch": True, "shares": {"a": 1}, "counts": [1, None]}
    kinds = Kinds.model_validate(written)
    assert (kinds.number, kinds.count, kinds.switch) == (1.0, 2, True)
    assert kinds.counts == (1, None)


def test_min_is_not_above_max() -> None:
    """Equal ones are a range of one value."""
    assert Range(min=1, max=2).min == 1
    assert Range(min=2, max=2).min == 2
    with pytest.raises(ValidationError, match=r"min \(3.0\) is above max \(2.0\)"):
        Range(min=3, max=2)

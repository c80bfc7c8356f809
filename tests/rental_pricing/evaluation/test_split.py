"""A split that never moves a listing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.errors import TooFewListingsError
from rental_pricing.evaluation.parameters import SplitParameters
from rental_pricing.evaluation.split import assign_parts
from rental_pricing.listings.digest import frame_digest
from rental_pricing.pipelines.modeling.nodes import split_listings

OPTIONS = SplitParameters(test_share=0.2, validation_share=0.2, seed=42, min_rows=1)
ids = st.lists(st.integers(0, 10**18), unique=True, min_size=1, max_size=200)


@given(ids, ids)
def test_a_listing_stays_in_its_part_whatever_comes_beside_it(
    one: list[int], more: list[int]
) -> None:
    """Next week's listings move none of this week's."""
    alone = assign_parts(pd.Series(one), OPTIONS)
    others = [number for number in more if number not in one]
    together = assign_parts(pd.Series(others + one), OPTIONS)
    assert together.tolist()[len(others) :] == alone.tolist()


def test_the_assignment_is_fixed_for_ever() -> None:
    """These parts were written down; another hash would move listings between parts."""
    parts = assign_parts(pd.Series([1, 2, 3, 4, 5, 6, 7, 8]), OPTIONS)
    assert parts.tolist() == [
        "validation",
        "train",
        "test",
        "train",
        "train",
        "validation",
        "train",
        "train",
    ]


def test_shares_are_those_asked_for_in_every_borough(parameters: dict[str, Any]) -> None:
    """The parts of a large borough have their shares within sampling error."""
    boroughs = pd.Series(["Bronx"] * 3000 + ["Queens"] * 9000)
    parts = assign_parts(pd.Series(range(10_000_000, 10_012_000)), parameters["modeling"].split)
    shares = pd.crosstab(boroughs, parts, normalize="index")
    assert shares["test"].between(0.18, 0.22).all()
    assert shares["validation"].between(0.14, 0.18).all()


def test_another_seed_gives_another_split() -> None:
    """The seed is part of what is hashed."""
    numbers = pd.Series(range(1000))
    other = assign_parts(numbers, OPTIONS.model_copy(update={"seed": 7}))
    assert not other.equals(assign_parts(numbers, OPTIONS))


def test_too_few_listings_are_told_with_the_part(parameters: dict[str, Any]) -> None:
    """A part without enough listings stops the run before anything is trained."""
    listings = pd.DataFrame({"id": range(20)})
    report = {"passed": True, "digest": frame_digest(listings)}
    with pytest.raises(TooFewListingsError, match=r"in the train part; it needs 100"):
        split_listings(listings, report, parameters["modeling"])

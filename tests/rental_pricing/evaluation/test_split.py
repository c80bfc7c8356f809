"""A split that never moves a listing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.engine.pieces import InMemory, Pieces
from rental_pricing.errors import TooFewListingsError
from rental_pricing.evaluation.parameters import SplitParameters
from rental_pricing.evaluation.split import (
    PARTS,
    assign_parts,
    parts_of,
    split_into_parts,
    split_provenance,
)

PARAMETERS = SplitParameters(
    test_share=0.2, validation_share=0.2, seed=42, min_rows=2, max_listings=1000
)
OF = split_provenance("digest", "market", PARAMETERS, 1000)
ids = st.lists(st.integers(0, 10**18), unique=True, min_size=1, max_size=200)


@given(ids, ids)
def test_a_listing_stays_in_its_part_whatever_comes_beside_it(
    one: list[int], more: list[int]
) -> None:
    """Next week's listings move none of this week's."""
    alone = assign_parts(pd.Series(one), PARAMETERS)
    others = [number for number in more if number not in one]
    together = assign_parts(pd.Series(others + one), PARAMETERS)
    assert together.tolist()[len(others) :] == alone.tolist()


def test_the_assignment_is_fixed_for_ever() -> None:
    """These parts were written down; another hash would move listings between parts."""
    parts = assign_parts(pd.Series([1, 2, 3, 4, 5, 6, 7, 8]), PARAMETERS)
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


def test_the_index_does_not_matter() -> None:
    """Parts are given by id, whatever the rows are called."""
    shuffled = pd.Series([1, 2, 3, 4], index=[7, 3, 9, 1])
    assert assign_parts(shuffled, PARAMETERS).to_dict() == {
        7: "validation",
        3: "train",
        9: "test",
        1: "train",
    }


@pytest.mark.parametrize(
    ("u", "part"),
    [
        (0.0, "test"),
        (np.nextafter(0.25, 0), "test"),
        (0.25, "validation"),
        (np.nextafter(0.625, 0), "validation"),
        (0.625, "train"),
        (np.nextafter(1, 0), "train"),
    ],
)
def test_the_limits_of_the_parts(u: float, part: str) -> None:
    """A quarter for the test, half of the rest for validation; limits go to the next part."""
    assert parts_of(np.array([u]), 0.25, 0.5).tolist() == [part]


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
    other = assign_parts(numbers, PARAMETERS.model_copy(update={"seed": 7}))
    assert not other.equals(assign_parts(numbers, PARAMETERS))


def test_the_largest_seed_can_be_used() -> None:
    """A larger one is refused as a parameter: the hash takes no longer key."""
    largest = PARAMETERS.model_copy(update={"seed": 2**64 - 1})
    assert set(assign_parts(pd.Series(range(100)), largest)) == set(PARTS)


def test_parts_hold_each_listing_once_and_say_what_they_are() -> None:
    """Data, market, seed, shares and the part itself, in ``attrs``."""
    listings = pd.DataFrame({"id": range(100), "price": 1.0})
    parts = split_into_parts(Pieces.of(listings), PARAMETERS, OF)
    assert sorted(pd.concat(parts.values())["id"]) == list(range(100))
    for name in PARTS:
        assert parts[name].index.tolist() == list(range(len(parts[name])))
        assert parts[name].attrs == {
            "split": {
                "digest": "digest",
                "market": "market",
                "seed": 42,
                "test_share": 0.2,
                "validation_share": 0.2,
                "part": name,
            }
        }


def test_of_too_many_listings_a_sample_is_split() -> None:
    """Near the most that is wanted, by id; who is in it is in a larger one, in the same part."""
    listings = Pieces.of(pd.DataFrame({"id": range(4000)}))
    found = {}
    for most in (1000, 2000, 4000):
        parameters = PARAMETERS.model_copy(update={"max_listings": most})
        of = split_provenance("digest", "market", parameters, 4000)
        parts = split_into_parts(listings, parameters, of)
        found[most] = {name: set(rows["id"]) for name, rows in parts.items()}
        share = 1 if most == 4000 else most / 4000
        assert of.get("sample_share", 1) == share
        assert sum(map(len, parts.values())) == pytest.approx(most, rel=0.06)
        assert all(rows.attrs["split"].get("sample_share", 1) == share for rows in parts.values())
    for name in PARTS:
        assert found[1000][name] < found[2000][name] < found[4000][name]


def test_pieces_are_split_as_their_table_is() -> None:
    """On any engine a part is the same table."""
    table = pd.DataFrame({"id": range(300), "room_type": pd.Categorical(["a", "b", "c"] * 100)})
    cut = Pieces([InMemory(table[:100]), InMemory(table[100:].reset_index(drop=True))])
    parts = split_into_parts(cut, PARAMETERS, OF)
    for name, rows in split_into_parts(Pieces.of(table), PARAMETERS, OF).items():
        pd.testing.assert_frame_equal(parts[name], rows)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("missing", "enough"), [(1, False), (0, True), (-1, True)])
def test_a_part_needs_its_fewest_listings(part: str, missing: int, *, enough: bool) -> None:
    """Below the limit it is told which part has how many; at the limit it passes."""
    numbers = pd.Series(range(400))
    by_part = {name: numbers[assign_parts(numbers, PARAMETERS) == name] for name in PARTS}
    chosen = [rows.head(20 - missing if name == part else 30) for name, rows in by_part.items()]
    listings = pd.DataFrame({"id": pd.concat(chosen)})
    parameters = PARAMETERS.model_copy(update={"min_rows": 20})
    if enough:
        assert len(split_into_parts(Pieces.of(listings), parameters, OF)[part]) == 20 - missing
        return
    with pytest.raises(TooFewListingsError, match=f"Only 19 of 79 listings are in the {part} part"):
        split_into_parts(Pieces.of(listings), parameters, OF)

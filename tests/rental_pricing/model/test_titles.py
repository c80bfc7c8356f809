"""What a title tells."""

from __future__ import annotations

import numpy as np
import pytest

from rental_pricing.model.titles import count_bedrooms, letter_runs, title_words, words_and_pairs


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("LUXURY 2BR", ["luxury", "2", "bedroom"]),
        ("Two bedrooms", ["2", "bedroom"]),
        ("3 Bdrm Apt.", ["3", "bedroom", "apartment"]),
        ("1.5 bedroom", ["1.5", "bedroom"]),
        ("Someone's bedding", ["someone", "s", "bedding"]),
        ("2 beds", ["2", "beds"]),
        ("Ünder $99!", ["ünder", "$", "99", "!"]),
        ("", []),
    ],
)
def test_the_same_thing_is_spelt_the_same(title: str, expected: list[str]) -> None:
    """Usual ways to write bedrooms and apartments become one; other words stay."""
    assert title_words(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("2 bedrooms", 2),
        ("1.5 bedroom", 1.5),
        ("2br", 2),
        ("2 bed apartment", 2),
        ("1 large bedroom", 1),
        ("studio", 0),
        ("studio with 1 bedroom", 1),
        ("10 bedroom", 10),
        ("bedroom, 3 bedrooms", 3),
        ("0 bedroom studio", 0),
    ],
)
def test_bedrooms_are_counted(title: str, expected: float) -> None:
    """The number before the bedrooms counts, and a studio has none."""
    assert count_bedrooms(title_words(title)) == expected


@pytest.mark.parametrize(
    "title",
    ["", "sunny place", "11 bedrooms", "10.5 bedrooms", "2 beds", "2 queen bed", "large bedroom"],
)
def test_bedrooms_are_missing_where_a_title_is_silent(title: str) -> None:
    """Beds are no bedrooms, and more than ten are not believed."""
    assert np.isnan(count_bedrooms(title_words(title)))


def test_pairs_stand_side_by_side() -> None:
    """A pair is two words in their order."""
    assert words_and_pairs(["a", "b", "c"]) == ["a", "b", "c", "a b", "b c"]


def test_runs_stay_inside_a_word() -> None:
    """Runs have two to five letters, with a blank where the word begins and ends."""
    assert letter_runs("a") == (" a", "a ", " a ")
    assert {len(run) for run in letter_runs("apartment")} == {2, 3, 4, 5}

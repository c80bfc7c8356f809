"""Sparse features learn from the training listings alone, and cope with any batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from rental_pricing.model.linear_features import (
    LinearFeatures,
    LocationBumps,
    LogScaler,
    TitleTerms,
    side_by_side,
)
from rental_pricing.model.reading import ListingReader, PlainListings

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Make = Callable[..., pd.DataFrame]

TITLES = [["sunny", "loft"], ["sunny", "room"], ["loft"]]


@pytest.fixture(scope="module")
def plain(make_listings: Make) -> PlainListings:
    listings = make_listings(60)
    plain: PlainListings = ListingReader(5).fit_transform(listings)
    return plain


def features() -> LinearFeatures:
    return LinearFeatures(
        TitleTerms("words", 2, 50), TitleTerms("letters", 2, 50), LocationBumps(10, 1.0, 0)
    )


def test_log_scaler_centres_and_marks_gaps() -> None:
    """Known numbers have mean 0 and deviation 1 as logarithms; gaps and 0 are marked."""
    numbers = np.array([[0.0], [1.0], [7.0], [np.nan]])

    scaled = LogScaler().fit(numbers).transform(numbers)

    assert scaled[:3, 0].mean() == pytest.approx(0, abs=1e-12)
    assert scaled[:3, 0].std() == pytest.approx(1, abs=1e-12)
    assert scaled[:, 1].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("value", [5.0, np.nan])
def test_log_scaler_copes_with_a_constant_column(value: float) -> None:
    """A column without any spread, or without any value, gives zeros."""
    numbers = np.full((3, 1), value)

    scaled = LogScaler().fit(numbers).transform(numbers)

    assert scaled[:, 0].tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_words_count_alike_in_long_and_short_titles() -> None:
    """Each term counts one by the root of the number of terms."""
    words = TitleTerms("words", 2, 9).fit(TITLES)

    matrix = words.transform([["sunny", "loft", "igloo"], ["igloo"], []])

    assert list(words.vocabulary_) == ["loft", "sunny"]
    assert matrix.toarray() == pytest.approx(np.array([[1, 1], [0, 0], [0, 0]]) / np.sqrt(2))


def test_letters_are_counted_in_every_word() -> None:
    """A run that a title has twice counts twice."""
    letters = TitleTerms("letters", 3, 1).fit([["bed"], ["bed"], ["bed"]])
    (run,) = letters.vocabulary_

    matrix = letters.transform([["bed", "bed"], ["sunny"]])

    assert run == " b"
    assert matrix.toarray() == pytest.approx(np.array([[2 / np.sqrt(2)], [0]]))


@pytest.mark.parametrize("kind", ["words", "letters"])
def test_a_vocabulary_may_end_empty(kind: str) -> None:
    """Where no term is common enough there is no column, and no error."""
    terms = TitleTerms(kind, 1000, 9).fit(TITLES)

    assert terms.transform(TITLES).shape == (3, 0)


def test_a_bump_is_highest_at_its_landmark() -> None:
    """Nearness is 1 at the landmark and exp(-1/2) one radius away."""
    north = np.degrees(2.0 / 6371.3)  # two kilometres on the globe
    places = np.array([[40.0, -74.0], [40.0 + north, -74.0]])

    nearness = LocationBumps(1, 2.0, 0).fit(places[:1]).transform(places).ravel()

    assert nearness == pytest.approx([1, np.exp(-0.5)], rel=1e-3)


def test_far_landmarks_are_not_felt() -> None:
    """Nearness below a hundredth is 0."""
    places = np.array([[40.0, -74.0], [41.0, -74.0]])

    assert LocationBumps(1, 2.0, 0).fit(places[:1]).transform(places)[1].tolist() == [0]


def test_the_commonest_room_type_has_copies(plain: PlainListings) -> None:
    """Terms and landmarks appear twice for it, once for others."""
    fitted = features().fit(plain)
    (words, copy), _, (*_, near, near_copy) = fitted.blocks(plain)
    common = plain.codes[:, 2] == fitted.commonest_

    for first, second in ((words, copy), (near, near_copy)):
        assert (second.toarray()[common] == first.toarray()[common]).all()
        assert not second.toarray()[~common].any()


def test_the_matrix_is_its_blocks_side_by_side(plain: PlainListings) -> None:
    """Products with the blocks add up to those with the matrix."""
    fitted = features().fit(plain)
    blocks = [block for kind in fitted.blocks(plain) for block in kind]

    assert fitted.transform(plain).shape[1] == sum(block.shape[1] for block in blocks)
    assert (fitted.transform(plain) != side_by_side(blocks)).nnz == 0


def test_unknown_categories_have_a_column_of_their_own(plain: PlainListings) -> None:
    """A listing of which nothing is known takes the first column of each category."""
    fitted = features().fit(plain)
    codes = np.array([[-1, -1, -1], [0, 0, 0]])

    matrix = fitted._categories(codes).toarray()

    assert matrix.sum(axis=1).tolist() == [3, 3]
    assert not (matrix[0] * matrix[1]).any()


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_row_has_the_same_features_in_any_batch(plain: PlainListings, rows: int) -> None:
    """To the last bit."""
    fitted = features().fit(plain)

    batch = fitted.transform(plain[np.arange(3, 3 + rows)]).toarray()

    assert batch.tobytes() == fitted.transform(plain).toarray()[3 : 3 + rows].tobytes()

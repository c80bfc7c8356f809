"""What a network is given of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from rental_pricing.model.network.inputs import InputReader
from rental_pricing.model.reading import ListingReader, PlainListings

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Make = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def plain(make_listings: Make) -> PlainListings:
    read: PlainListings = ListingReader(5).fit_transform(make_listings(150))
    return read


@pytest.fixture(scope="module")
def reader(plain: PlainListings) -> InputReader:
    return InputReader(5, waves=4, wave_km=2.0, random_state=3).fit(plain)


def test_there_are_as_many_numbers_as_are_told(reader: InputReader, plain: PlainListings) -> None:
    """Eight logarithms and their flags, the place, and a sine and a cosine of each wave."""
    inputs = reader.transform(plain)
    assert inputs.numbers.shape == (150, reader.width) == (150, 16 + 2 + 8)
    assert inputs.terms.shape == (150, reader.term_count)
    assert len(inputs) == 150
    assert np.isfinite(inputs.numbers).all()


def test_waves_tell_near_places_from_far_ones(plain: PlainListings) -> None:
    """Their products fall off with the distance as a bell does (a Gaussian kernel)."""
    many = InputReader(5, waves=4000, wave_km=2.0, random_state=3).fit(plain)
    north = plain.place[:1] + np.array([[0, 0], [1, 0], [2, 0], [6, 0]]) / 111.2
    some = plain[np.zeros(4, dtype=int)]
    moved = PlainListings(some.ids, some.words, some.numbers, north, some.codes)

    heights = many.transform(moved).numbers[:, 18:]

    nearness = heights @ heights[0] / 4000
    expected = np.exp(-(np.array([0, 1, 2, 6]) ** 2) / (2 * 2.0**2))
    assert nearness == pytest.approx(expected, abs=0.05)


def test_codes_leave_the_first_for_what_is_unknown(
    reader: InputReader, plain: PlainListings
) -> None:
    """Also for codes that the listings it has learnt from did not have."""
    found = reader.transform(plain).codes
    assert found.tolist() == (plain.codes + 1).tolist()
    beyond = plain.codes.max(axis=0) + np.array([[1, 1, 1]])
    strange = PlainListings(
        plain.ids[:1], plain.words[:1], plain.numbers[:1], plain.place[:1], beyond
    )
    assert reader.transform(strange).codes.tolist() == [[0, 0, 0]]


def test_rows_are_taken_in_order(reader: InputReader, plain: PlainListings) -> None:
    """As an array's are."""
    inputs, rows = reader.transform(plain), np.array([5, 2])
    some = inputs[rows]
    assert some.numbers.tolist() == inputs.numbers[rows].tolist()
    assert some.codes.tolist() == inputs.codes[rows].tolist()
    assert some.terms.toarray().tolist() == inputs.terms.toarray()[rows].tolist()


def test_a_row_reads_alike_in_any_batch(reader: InputReader, plain: PlainListings) -> None:
    """To the last bit."""
    together = reader.transform(plain)
    alone = reader.transform(plain[np.array([7])])
    assert alone.numbers.tolist() == together.numbers[7:8].tolist()


def test_the_seed_draws_the_waves(plain: PlainListings) -> None:
    """Another one gives others."""
    first, same, other = (InputReader(5, 4, 2.0, seed).fit(plain).waves_ for seed in (1, 1, 2))
    assert first.tolist() == same.tolist() != other.tolist()

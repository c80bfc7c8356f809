"""How large an error is expected to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from rental_pricing.model.error_size import ErrorSize
from rental_pricing.model.parameters import IntervalParameters
from rental_pricing.model.reading import ListingReader, PlainListings

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Make = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def plain(make_listings: Make) -> PlainListings:
    plain: PlainListings = ListingReader(5).fit_transform(make_listings(300))
    return plain


def learnt(plain: PlainListings, errors: np.ndarray, smallest: float = 0.05) -> ErrorSize:
    parameters = IntervalParameters(trees=20, smallest_error=smallest)
    return ErrorSize.learn(plain, 100 * np.exp(errors), np.full(300, 100.0), parameters, 1)


def test_larger_errors_are_expected_where_they_were(plain: PlainListings) -> None:
    """Twice as far off in the north is expected twice as far off in the north."""
    north = plain.place[:, 0] > np.median(plain.place[:, 0])
    sign = np.where(np.arange(300) % 2, 1, -1)

    sizes = learnt(plain, sign * np.where(north, 0.4, 0.2)).predict(plain, np.full(300, 100.0))

    assert np.median(sizes[north]) == pytest.approx(0.4, rel=0.1)
    assert np.median(sizes[~north]) == pytest.approx(0.2, rel=0.1)


def test_no_size_is_below_the_smallest(plain: PlainListings) -> None:
    """Where estimates were exact, the smallest size is expected."""
    sizes = learnt(plain, np.zeros(300), smallest=0.07).predict(plain, np.full(300, 100.0))

    assert sizes.tolist() == pytest.approx([0.07] * 300)

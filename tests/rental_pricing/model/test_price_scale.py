"""The scale on which models learn prices."""

from __future__ import annotations

import numpy as np
import pytest

from rental_pricing.model.price_scale import PriceScale


@pytest.mark.parametrize("power", [0, 0.25, 1])
def test_it_goes_there_and_back(power: float) -> None:
    """The inverse gives the price back."""
    prices = np.array([[10.0], [100.0], [350.0]])
    scale = PriceScale(power).fit(prices)

    assert prices == pytest.approx(scale.inverse_transform(scale.transform(prices)))


def test_it_stays_within_the_known_prices() -> None:
    """Values beyond those of training become the lowest or highest price of training."""
    scale = PriceScale(0.5).fit(np.array([[16.0], [100.0]]))

    assert pytest.approx(scale.inverse_transform(np.array([-5.0, 50.0]))) == [16.0, 100.0]


def test_prices_of_zero_are_refused() -> None:
    """A price that is not above 0 is named as the reason to refuse."""
    with pytest.raises(ValueError, match=r"above 0 .* lowest is 0"):
        PriceScale(0).fit(np.array([[0.0], [10.0]]))

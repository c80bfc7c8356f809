"""The scale on which models learn prices."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

Floats = NDArray[np.float64]


class PriceScale(TransformerMixin, BaseEstimator):
    """The scale on which models learn prices: ``price ** power``, or the logarithm.

    Back from that scale, predictions are kept within the prices of the training
    listings.

    Args:
        power: Exponent; 0 means the natural logarithm.

    Attributes:
        lowest_: Lowest price seen in ``fit``.
        highest_: Highest price seen in ``fit``.
    """

    def __init__(self, power: float) -> None:
        self.power = power

    def fit(self, X: Floats, y: object = None) -> Self:  # noqa: ARG002
        """Learn the range of prices.

        Raises:
            ValueError: A price is not above 0.
        """
        self.lowest_, self.highest_ = float(np.min(X)), float(np.max(X))
        if not self.lowest_ > 0:
            msg = f"prices must be above 0 to train a model, the lowest is {self.lowest_}"
            raise ValueError(msg)
        return self

    def transform(self, X: Floats) -> Floats:
        """Return prices on the models' scale."""
        prices = np.asarray(X, dtype="float64")
        return np.log(prices) if self.power == 0 else prices**self.power

    def inverse_transform(self, X: Floats) -> Floats:
        """Return prices from values on the models' scale."""
        lowest, highest = self.transform(np.array([self.lowest_, self.highest_]))
        values = np.clip(np.asarray(X, dtype="float64"), lowest, highest)
        prices: Floats = np.exp(values) if self.power == 0 else values ** (1 / self.power)
        return prices

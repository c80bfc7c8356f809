"""What a model has to beat: the median price of its borough and room type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from rental_pricing.errors import UserInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

CELL = ("neighbourhood_group", "room_type")
"""Columns that make a cell of the baseline."""

NAME = "the median by borough and room type"


class CandidateRefusedError(UserInputError):
    """A candidate is not better than the median by enough to become the model."""


@dataclass(frozen=True)
class MedianPrices:
    """Median prices by borough and room type.

    Attributes:
        overall: Median of all listings, for a cell that has none of its own.
        cells: Median by (borough, room type).
    """

    overall: float
    cells: Mapping[tuple[str, str], float]

    @classmethod
    def learn(cls, listings: pd.DataFrame) -> Self:
        """Learn from listings with prices, at least one.

        Args:
            listings: ``neighbourhood_group``, ``room_type``, ``price``.
        """
        texts = listings[[*CELL]].astype("str")
        cells = listings["price"].groupby([texts[name] for name in CELL]).median()
        keys = (cells.index.get_level_values(name) for name in CELL)
        medians = dict(zip(zip(*keys, strict=True), cells.tolist(), strict=True))
        return cls(float(listings["price"].median()), medians)

    def estimate(self, listings: pd.DataFrame) -> np.ndarray:
        """Return the price of each listing's cell, shape (n,), in currency per night."""
        keys = zip(*(listings[name].astype("str") for name in CELL), strict=True)
        return np.array([self.cells.get(key, self.overall) for key in keys], dtype="float64")


def require_gain(estimates: pd.DataFrame, min_gain: float | None, currency: str) -> None:
    """Refuse a candidate whose errors are not below the baseline's by enough.

    The gain is ``1 - MAE / MAE of the baseline``; there is none where the baseline makes no
    error.

    Args:
        estimates: ``price``, ``typical_price`` and ``baseline_price`` of listings that
            neither of them has learnt from, in currency per night.
        min_gain: Least gain, a share; ``None`` lets every candidate pass.
        currency: For the message.

    Raises:
        CandidateRefusedError: If the gain is less, or can't be worked out.
    """
    if min_gain is None:
        return
    mae = float(np.abs(estimates["typical_price"] - estimates["price"]).mean())
    baseline = float(np.abs(estimates["baseline_price"] - estimates["price"]).mean())
    gains_enough = mae <= (1 - min_gain) * baseline and (baseline > 0 or min_gain == 0)
    if not gains_enough:
        msg = (
            f"The candidate is refused and the earlier model stays: on {len(estimates)} validation "
            f"listings its mean absolute error is {mae:.2f} {currency}, that of {NAME} "
            f"{baseline:.2f}; it must be at least {min_gain:.1%} lower "
            "(modeling.min_gain_over_median).\nLook at the data and at modeling.estimator, or "
            "switch the rule off: --params modeling.min_gain_over_median=null"
        )
        raise CandidateRefusedError(msg)

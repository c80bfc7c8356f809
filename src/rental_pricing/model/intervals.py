"""Prediction intervals: split conformal, scaled by the expected size of the error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from rental_pricing.errors import TooFewListingsError

if TYPE_CHECKING:
    from rental_pricing.model.error_size import ErrorSize

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScaledIntervals:
    """Ends of an interval around an estimate, wider where larger errors are expected.

    Errors are measured as logarithms of ratios (price to estimate), because those of cheap
    and of dear homes are alike as ratios and not in dollars, and divided by the size that is
    expected at the listing ("normalised" conformal prediction: Papadopoulos et al. 2002;
    Lei et al. 2018, section 5.2). skops can store it.

    Attributes:
        coverage: Share of prices that the interval is to hold, 0 to 1.
        low: Lower end in expected sizes of the error, on the logarithmic scale.
        high: Upper end, likewise.
        size: Tells the expected size of the error of a listing.
    """

    coverage: float
    low: float
    high: float
    size: ErrorSize

    @classmethod
    def calibrate(
        cls, price: Floats, estimate: Floats, expected: Floats, size: ErrorSize, coverage: float
    ) -> Self:
        """Learn the ends from listings that neither the model nor ``size`` has seen.

        Args:
            price: True prices, shape (n,), above 0.
            estimate: Estimates for them, shape (n,), above 0.
            expected: Expected sizes of their errors, shape (n,), above 0.
            size: What told those sizes.
            coverage: Share of prices to hold.

        Raises:
            TooFewListingsError: n is too small for that coverage.
        """
        low, high = conformal_ends(np.log(price / estimate) / expected, coverage)
        return cls(coverage, low, high, size)

    def ends(self, estimate: Floats, expected: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper ends, each of shape (n,).

        Args:
            estimate: Estimates, shape (n,).
            expected: Expected sizes of their errors, from ``size``.
        """
        low, high = (estimate * np.exp(end * expected) for end in (self.low, self.high))
        return np.minimum(low, estimate), np.maximum(high, estimate)

    def describe(self) -> dict[str, Any]:
        """Return plain types, ready for JSON: what people may want to read."""
        return {
            "coverage": self.coverage,
            "low": self.low,
            "high": self.high,
            "unit": "expected sizes of the error, natural logarithm of price / estimate",
        }


def conformal_ends(scores: Floats, coverage: float) -> tuple[float, float]:
    """Return the ends that leave half of the misses on each side.

    With n calibration scores the k-th smallest, ``k = ceil((n + 1)(1 + coverage) / 2)``,
    and its mirror image hold a new score with at least the wanted probability (Vovk et
    al. 2005; Romano et al. 2019, eq. 9, one side at a time).

    Raises:
        TooFewListingsError: There is no k-th of n.
    """
    ordered = np.sort(np.asarray(scores, dtype="float64"))
    # Rounded, since 0.8 is a little more than 8/10 to a computer.
    rank = math.ceil(round((len(ordered) + 1) * (1 + coverage) / 2, 9))
    if rank > len(ordered):
        needed = math.ceil(round((1 + coverage) / (1 - coverage), 9))
        msg = (
            f"Intervals that hold {coverage:.1%} of the prices can't be calibrated on "
            f"{len(ordered)} listings: it takes {needed}. Bring more data, or lower "
            f"modeling.interval.coverage."
        )
        raise TooFewListingsError(msg)
    return float(ordered[len(ordered) - rank]), float(ordered[rank - 1])

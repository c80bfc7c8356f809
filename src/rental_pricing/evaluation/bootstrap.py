"""How sure a mean is that was taken over few listings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWN_AT_ONCE = 500_000


def mean_interval(
    values: NDArray[np.float64], *, resamples: int, confidence: float, seed: int
) -> tuple[float, float]:
    """Return the percentile interval of the mean, by the bootstrap.

    Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13: the values
    are drawn with replacement, as many as there are, again and again. Of the differences of
    two models' errors on the same listings it is the paired bootstrap: what makes a listing
    hard for both cancels out.

    Args:
        values: Shape (n,), n at least 1.
        resamples: How often n values are drawn.
        confidence: Of the interval, 0 to 1.
        seed: Of the draws; the same seed gives the same interval.

    Returns:
        Lower and upper end, in the unit of the values.
    """
    draw, n = np.random.default_rng(seed), len(values)
    at_once = max(_DRAWN_AT_ONCE // n, 1)
    means = np.concatenate(
        [
            values[draw.integers(0, n, (min(at_once, resamples - done), n), "int32")].mean(axis=1)
            for done in range(0, resamples, at_once)
        ]
    )
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)

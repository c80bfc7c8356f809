"""How sure the difference of two models' errors is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Confidence of the interval."""

_DRAWN_AT_ONCE = 500_000


def paired_interval(
    differences: NDArray[np.float64], *, resamples: int, seed: int
) -> tuple[float, float]:
    """Return the 95 % interval of a mean of paired differences.

    The percentile interval of the paired bootstrap (Efron and Tibshirani 1993, chapter 13):
    listings are drawn with replacement, each with the errors of both models, so that what
    makes a listing hard for both cancels out.

    Args:
        differences: One model's error minus the other's, of the same listings, shape (n,),
            n at least 1.
        resamples: How often n listings are drawn.
        seed: Of the draws; the same seed gives the same interval.

    Returns:
        Lower and upper end, in the unit of the differences.
    """
    draw, n = np.random.default_rng(seed), len(differences)
    at_once = max(_DRAWN_AT_ONCE // n, 1)
    means = np.concatenate(
        [
            differences[draw.integers(0, n, (min(at_once, resamples - done), n), "int32")].mean(1)
            for done in range(0, resamples, at_once)
        ]
    )
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)

"""Random draws that stay the same across NumPy versions.

NumPy promises a stable bit stream for PCG64 but not for `Generator.normal` or
`Generator.choice`; so everything is made from uniform numbers by inverse distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]


class Draws:
    """A seeded source of random columns.

    Args:
        entropy: What the stream depends on: whole numbers that are not negative.

    Raises:
        ValueError: If one of the numbers is negative.
    """

    def __init__(self, *entropy: int) -> None:
        """Start the stream."""
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def uniform(self, size: int) -> Floats:
        """Numbers in [0, 1)."""
        return self._generator.random(size)

    def normal(self, size: int) -> Floats:
        """Standard normal numbers, none further than 8.3 from 0."""
        return ndtri(np.maximum(self.uniform(size), 2.0**-53))

    def chance(self, probability: float | Floats, size: int) -> Flags:
        """True with the given probability."""
        return self.uniform(size) < probability

    def pick(self, weights: Sequence[float] | Floats, size: int) -> Integers:
        """Positions in `weights`, drawn in proportion to them."""
        return position(np.asarray(weights, dtype=float), self.uniform(size))

    def pick_rows(self, weights: Floats) -> Integers:
        """One position for each row of `weights`, drawn in proportion to the row's weights."""
        edges = np.cumsum(weights, axis=1)
        edges /= edges[:, -1:]
        passed = self.uniform(len(weights))[:, None] >= edges[:, :-1]
        columns: Integers = np.count_nonzero(passed, axis=1)
        return columns

    def value(self, shares: Mapping[int, float], size: int) -> Integers:
        """Keys of `shares`, drawn in proportion to its values."""
        keys = np.array(list(shares), dtype=np.int64)
        return keys[self.pick(list(shares.values()), size)]

    def text(self, vocabulary: Sequence[str], size: int) -> Texts:
        """Entries of a vocabulary, each as likely as the others."""
        words = np.array(vocabulary, dtype=object)
        return words[(self.uniform(size) * len(words)).astype(np.int64)]

    def distinct(self, population: int, size: int) -> Integers:
        """`size` different positions below `population`, in order."""
        return np.sort(np.argsort(self.uniform(population), kind="stable")[:size])


def position(weights: Floats, levels: Floats) -> Integers:
    """Where `levels` in [0, 1) fall when the weights are laid end to end."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges[:-1] / edges[-1], levels, side="right")


def at_level(quantiles: Sequence[tuple[float, float]], levels: Floats) -> Floats:
    """Values of a distribution that is given by some of its quantiles."""
    table = np.array(quantiles, dtype=np.float64)
    return np.interp(levels, table[:, 0], table[:, 1])

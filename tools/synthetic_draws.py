"""Random columns for the synthetic drops.

NumPy keeps PCG64's uniform numbers the same across its versions, but not the other
distributions: everything is made from uniform ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Random = np.random.Generator
Table = tuple[Sequence[float], Sequence[float]]


def generator(*entropy: int) -> Random:
    """A stream of random numbers that depends on whole numbers from 0."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def normal(rng: Random, size: int) -> Floats:
    """Standard normal numbers (Box and Muller's transform)."""
    radius = np.sqrt(-2 * np.log1p(-rng.random(size)))
    numbers: Floats = radius * np.cos(2 * np.pi * rng.random(size))
    return numbers


def level(score: Floats) -> Floats:
    """The normal distribution function, off by less than 0.0002 (Bowling et al. 2009)."""
    levels: Floats = 1 / (1 + np.exp(-(1.5976 + 0.07056 * score**2) * score))
    return levels


def quantile(table: Table, score: Floats) -> Floats:
    """Values of a distribution, given as levels and values, for standard normal scores."""
    return np.interp(level(score), *table)


def at_level(weights: Sequence[float] | Floats, levels: Floats) -> Integers:
    """Where levels from 0 to 1 fall when the weights are laid end to end."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges[:-1] / edges[-1], levels, side="right")


def pick(rng: Random, weights: Sequence[float] | Floats, size: int) -> Integers:
    """Positions in the weights, drawn in proportion to them."""
    return at_level(weights, rng.random(size))


def words(texts: Sequence[str | None]) -> Any:
    """Texts as a pandas array: taking from it and adding to it need no loop in Python."""
    return pd.array(texts, dtype="str")

"""The population stability index: how far a column's distribution has moved.

Siddiqi, *Credit Risk Scorecards* (2006), chapter 9: with about ten groups, an index below
0.1 is no shift, up to 0.25 a moderate one, above that a large one. It is the sum of the
Kullback-Leibler divergences of both directions. Without any shift it is about a chi-squared
number times ``1/n + 1/m`` (Yurdakul and Naranjo, *Statistical properties of the population
stability index*, 2020), so small deliveries are allowed that much besides.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.quality.statistics import kl_divergence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rental_pricing.monitoring.parameters import StabilityParameters
    from rental_pricing.quality.profile import Histogram, Profile

_Counted = tuple[list[str], list[int], list[int]]
"""Names of groups, and the rows of the delivery and of the training data in each."""


@dataclass(frozen=True)
class Shift:
    """How far a column has moved.

    Attributes:
        column: Its name.
        index: Population stability index.
        chance: What chance alone explains of it, with three standard deviations.
        groups: Names of the groups: values, ranges in the column's unit, or missing.
        now: Share of the delivery's rows in each group.
        then: Share of the training listings.
    """

    column: str
    index: float
    chance: float
    groups: tuple[str, ...]
    now: tuple[float, ...]
    then: tuple[float, ...]

    def limit(self, parameters: StabilityParameters) -> float:
        """Return from where on retraining is advised."""
        large = parameters.large_by_column.get(self.column, parameters.large)
        return large + self.chance

    def size(self, parameters: StabilityParameters) -> str:
        """Call it ``none``, ``moderate`` or ``large``."""
        if self.index > self.limit(parameters):
            return "large"
        return "moderate" if self.index > parameters.moderate + self.chance else "none"

    def to_dict(self, parameters: StabilityParameters) -> dict[str, Any]:
        """Return plain types, ready for JSON."""
        found = asdict(self) | {"limit": round(self.limit(parameters), 6)}
        return found | {"shift": self.size(parameters)}


def shifts(now: Profile, then: Profile, parameters: StabilityParameters) -> list[Shift]:
    """Compare each column of a delivery with the training data, the farthest first.

    Args:
        now: Profile of the delivery's accepted rows, at least one.
        then: Profile of the training data, with the same bins.
        parameters: Groups and smoothing.
    """
    counted = {
        **{name: _categories(name, now, then) for name in now.categories},
        **{name: _grouped(name, now, then, parameters.groups) for name in now.numeric},
    }
    found = [_shift(name, *groups, parameters.smoothing) for name, groups in counted.items()]
    return sorted(found, key=lambda each: (-each.index, each.column))


def _shift(
    column: str, names: Sequence[str], now: Sequence[int], then: Sequence[int], smoothing: float
) -> Shift:
    one, other = ({str(at): n for at, n in enumerate(side)} for side in (now, then))
    index = kl_divergence(one, other, smoothing) + kl_divergence(other, one, smoothing)
    n, m, freedom = sum(now), sum(then), len(names) - 1
    chance = (freedom + 3 * math.sqrt(2 * freedom)) * (1 / n + 1 / m)
    return Shift(
        column=column,
        index=round(index, 6),
        chance=round(chance, 6),
        groups=tuple(names),
        now=tuple(round(count / n, 4) for count in now),
        then=tuple(round(count / m, 4) for count in then),
    )


def _categories(column: str, now: Profile, then: Profile) -> _Counted:
    one, other = now.categories[column], then.categories[column]
    names = sorted({*one, *other})
    return names, [one.get(name, 0) for name in names], [other.get(name, 0) for name in names]


def _grouped(column: str, now: Profile, then: Profile, groups: int) -> _Counted:
    """Count both sides in groups of about equally many training listings, and missing values."""
    histogram = then.numeric[column]
    group = _group_of_bin(histogram.counts, groups)
    names = [*_names(histogram, group), "missing"]
    sides = [
        [
            *np.bincount(group, weights=side.numeric[column].counts).astype("int64").tolist(),
            side.missing[column],
        ]
        for side in (now, then)
    ]
    kept = [at for at in range(len(names)) if sides[0][at] or sides[1][at]]
    one, other = ([side[at] for at in kept] for side in sides)
    return [names[at] for at in kept], one, other


def _group_of_bin(counts: Sequence[int], groups: int) -> np.ndarray:
    """Number the bins by the group that each starts in; a bin with many listings ends one."""
    before = np.concatenate([[0], np.cumsum(counts)[:-1]]) / max(sum(counts), 1)
    start = np.minimum(np.floor(before * groups + 1e-9).astype("int64"), groups - 1)
    return np.unique(start, return_inverse=True)[1]


def _names(histogram: Histogram, group: np.ndarray) -> list[str]:
    """Name each group by the values that it holds; a last edge belongs to the next group."""
    edges = [-math.inf, *histogram.edges, math.inf]
    names = []
    for number in range(int(group.max()) + 1):
        bins = np.flatnonzero(group == number)
        low, high = edges[bins[0]], edges[bins[-1] + 1]
        if math.isinf(low):
            names.append(f"below {high:.4g}")
        else:
            names.append(f"from {low:.4g}" if math.isinf(high) else f"{low:.4g} to {high:.4g}")
    return names

"""Differences between two profiles: categories, spread of values, missing values."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from rental_pricing.quality.check import Outcome
from rental_pricing.quality.histograms import outside_share
from rental_pricing.quality.statistics import (
    TwoSample,
    adjusted_p_values,
    binned_two_sample,
    kl_divergence,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rental_pricing.quality.parameters import DriftParameters
    from rental_pricing.quality.profile import Profile


def divergence(now: Profile, then: Profile, column: str, parameters: DriftParameters) -> Outcome:
    """Compare the shares of categories: the larger divergence of both directions.

    One direction alone hardly sees a category that has all but vanished. What chance
    explains is allowed besides: twice the divergence to be expected of two samples of one
    population, ``(categories - 1) / 2 (1/n + 1/m)``.
    """
    one, other = now.categories[column], then.categories[column]
    value = max(
        kl_divergence(one, other, parameters.smoothing),
        kl_divergence(other, one, parameters.smoothing),
    )
    chance = (len({*one, *other}) - 1) * (1 / now.rows + 1 / then.rows)
    limit = getattr(parameters.max_divergence, column) + chance
    return Outcome.at_most(value, limit, tuple(_shares(one, other)))


def _shares(now: Mapping[str, int], then: Mapping[str, int]) -> Iterator[str]:
    n, m = sum(now.values()), sum(then.values())
    shares = [(name, now.get(name, 0) / n, then.get(name, 0) / m) for name in {*now, *then}]
    for name, one, other in sorted(shares, key=lambda each: (-abs(each[1] - each[2]), each[0])):
        yield f"{name}: {one:.1%}, before {other:.1%}"


def two_samples(now: Profile, then: Profile, parameters: DriftParameters) -> dict[str, Outcome]:
    """Compare the histogram of each column; p values are adjusted for so many tests.

    A difference is a failure where it is neither chance nor too small to matter. Where too
    many values lie outside the bins the test is blind, and never passes.
    """
    pairs = {name: (now.numeric[name].counts, then.numeric[name].counts) for name in now.numeric}
    tests = {n: binned_two_sample(*p) for n, p in pairs.items() if all(sum(side) for side in p)}
    p_values = adjusted_p_values([test.p_value for test in tests.values()])
    adjusted = dict(zip(tests, p_values, strict=True))
    outcomes = {}
    for name, pair in pairs.items():
        if name not in tests:
            outcomes[name] = Outcome.not_run("one side has no values")
            continue
        outside = max(outside_share(counts) for counts in pair)
        outcomes[name] = _judged(name, tests[name], adjusted[name], outside, parameters)
    return outcomes


def _judged(
    column: str, test: TwoSample, p_value: float, outside: float, parameters: DriftParameters
) -> Outcome:
    effect = parameters.min_effect[column]
    alarm = p_value < parameters.alpha and test.distance >= effect
    blind = outside > parameters.max_outside_bins and not alarm
    return Outcome(
        status="failed" if alarm else "not_run" if blind else "passed",
        threshold=f"D {effect:g} at p {parameters.alpha:g}",
        value=f"D {test.distance:.3f}, p {p_value:.2g}",
        reason=f"{outside:.0%} of the values are outside the bins" if blind else None,
    )


def missing(now: Profile, then: Profile, limit: float) -> Outcome:
    """Compare the share of missing values, column by column."""
    shares = {
        name: (count / now.rows, then.missing[name] / then.rows)
        for name, count in now.missing.items()
    }
    changes = {name: abs(one - other) for name, (one, other) in shares.items()}
    worst = sorted(changes, key=lambda name: (-changes[name], name))
    told = (f"{n}: {shares[n][0]:.1%}, before {shares[n][1]:.1%}" for n in worst if changes[n])
    return Outcome.at_most(changes[worst[0]], limit, tuple(told))


def correlations(now: Profile, then: Profile, parameters: DriftParameters) -> Outcome:
    """Compare the correlations of any two binned columns.

    It sees a column that was mixed among listings, which leaves it by itself as it was.
    What chance explains is allowed besides: three standard errors, each about
    ``1 / sqrt(rows)`` where columns are unrelated.
    """
    one, other = _correlations(now), _correlations(then)
    pairs = combinations(enumerate(now.numeric), 2)
    related = [(f"{a} and {b}", one[i, j], other[i, j]) for (i, a), (j, b) in pairs]
    related.sort(key=lambda pair: -abs(pair[1] - pair[2]))
    chance = 3 * float(np.sqrt(1 / now.rows + 1 / then.rows))
    limit = parameters.max_correlation_change + chance
    told = (f"{names}: {r:.2f}, before {before:.2f}" for names, r, before in related)
    largest = max((abs(r - before) for _, r, before in related), default=0.0)
    return Outcome.at_most(float(largest), limit, tuple(told))


def _correlations(profile: Profile) -> np.ndarray:
    """Return the correlations of the bins; 0 where a column has one value only."""
    products = np.array(profile.bin_products, dtype="float64") / profile.rows
    means = products[0, 1:]
    covariance = products[1:, 1:] - np.outer(means, means)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0))
    scale = np.outer(spread, spread)
    related: np.ndarray = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)
    return related

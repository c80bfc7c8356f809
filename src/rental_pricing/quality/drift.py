"""Rules that compare the listings' profile with a reference profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from rental_pricing.quality.check import Check, status_of
from rental_pricing.quality.profile import comparable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.quality.parameters import DriftParameters

_BOROUGH = "neighbourhood_group"
_DIVERGENCE_RULE = "Kullback-Leibler divergence (nats) of borough shares from the reference"
_TWO_SAMPLE_RULE = (
    "distribution as in the reference (Kolmogorov-Smirnov distance D, p adjusted for many tests)"
)


def statistical_checks(
    profile: Mapping[str, Any], reference: Mapping[str, Any] | None, options: DriftParameters
) -> list[Check]:
    """Compare two profiles.

    Args:
        profile: Profile of the listings.
        reference: Profile to compare with, or ``None``.
        options: Limits.

    Returns:
        One check for the boroughs and one for each numeric column. Without a reference,
        or with one that was made with other bins, all are reported as not run.
    """
    if reference is None:
        return _not_run(profile, "there is no reference profile yet")
    if not comparable(profile, reference):
        return _not_run(profile, "the reference profile was made with other columns or bins")
    return [_boroughs(profile, reference, options), *_numeric_columns(profile, reference, options)]


def kl_divergence(
    counts: Mapping[str, int], reference: Mapping[str, int], smoothing: float
) -> float:
    """Return the Kullback-Leibler divergence of ``counts`` from ``reference``, in nats.

    ``sum p ln(p / q)`` over the categories of both, with ``smoothing`` added to each
    count (Lidstone), so that a category that only one of them has stays finite.
    """
    categories = sorted({*counts, *reference})
    now = np.array([counts.get(name, 0) for name in categories]) + smoothing
    then = np.array([reference.get(name, 0) for name in categories]) + smoothing
    return float(stats.entropy(now, then))


@dataclass(frozen=True)
class TwoSample:
    """A two-sample Kolmogorov-Smirnov test on binned values.

    Attributes:
        distance: Largest difference of the cumulative shares, 0 to 1: the effect size.
        p_value: Probability of a distance so large between samples of one population.
    """

    distance: float
    p_value: float


def binned_two_sample(counts: list[int], reference: list[int]) -> TwoSample:
    """Compare two histograms with the same bins.

    The distance is taken at bin edges only, so it is never larger than that of the
    values themselves and the test errs on the side of silence. P value: distribution of
    the one-sample statistic at the effective sample size ``n m / (n + m)``, as in
    ``scipy.stats.ks_2samp(method="asymp")``.

    Raises:
        ValueError: If a histogram is empty.
    """
    n, m = sum(counts), sum(reference)
    if not n or not m:
        msg = "a histogram without values can't be compared"
        raise ValueError(msg)
    difference = np.cumsum(counts) / n - np.cumsum(reference) / m
    distance = float(np.abs(difference).max())
    return TwoSample(distance, float(stats.kstwo.sf(distance, max(round(n * m / (n + m)), 1))))


def _boroughs(
    profile: Mapping[str, Any], reference: Mapping[str, Any], options: DriftParameters
) -> Check:
    now, then = profile["categories"][_BOROUGH], reference["categories"][_BOROUGH]
    divergence = kl_divergence(now, then, options.smoothing)
    passed = divergence <= options.max_borough_divergence
    return Check(
        name="borough_divergence",
        kind="statistical",
        column=_BOROUGH,
        rule=_DIVERGENCE_RULE,
        threshold=options.max_borough_divergence,
        value=round(divergence, 6),
        status=status_of(passed=passed),
        examples=tuple(_shares(now, then)),
    )


def _shares(now: Mapping[str, int], then: Mapping[str, int]) -> list[str]:
    n, m = max(sum(now.values()), 1), max(sum(then.values()), 1)
    return [
        f"{name}: {now.get(name, 0) / n:.1%}, in the reference {then.get(name, 0) / m:.1%}"
        for name in sorted({*now, *then})
    ]


def _numeric_columns(
    profile: Mapping[str, Any], reference: Mapping[str, Any], options: DriftParameters
) -> list[Check]:
    pairs = {
        name: (column["counts"], reference["numeric"][name]["counts"])
        for name, column in profile["numeric"].items()
    }
    tests = {n: binned_two_sample(*p) for n, p in pairs.items() if all(sum(c) for c in p)}
    adjusted: Mapping[str, float] = {}
    if tests:
        p_values = [test.p_value for test in tests.values()]
        adjusted = dict(zip(tests, stats.false_discovery_control(p_values), strict=True))
    return [
        _two_sample_check(name, tests[name], adjusted[name], options)
        if name in tests
        else _two_sample_not_run(name, "one side has no values")
        for name in pairs
    ]


def _two_sample_check(
    name: str, test: TwoSample, adjusted: float, options: DriftParameters
) -> Check:
    alarm = adjusted < options.alpha and test.distance >= options.min_effect
    return Check(
        name="two_sample",
        kind="statistical",
        column=name,
        rule=_TWO_SAMPLE_RULE,
        threshold=f"D {options.min_effect:g} at p {options.alpha:g}",
        value=f"D {test.distance:.3f}, p {adjusted:.2g}",
        status=status_of(passed=not alarm),
    )


def _two_sample_not_run(name: str, reason: str) -> Check:
    return Check(
        name="two_sample",
        kind="statistical",
        column=name,
        rule=_TWO_SAMPLE_RULE,
        status="not_run",
        reason=reason,
    )


def _not_run(profile: Mapping[str, Any], reason: str) -> list[Check]:
    boroughs = Check(
        name="borough_divergence",
        kind="statistical",
        column=_BOROUGH,
        rule=_DIVERGENCE_RULE,
        status="not_run",
        reason=reason,
    )
    return [boroughs, *(_two_sample_not_run(name, reason) for name in profile["numeric"])]

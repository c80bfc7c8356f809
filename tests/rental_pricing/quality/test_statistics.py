"""Formulas on counts, beside those of scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rental_pricing.quality.statistics import (
    adjusted_p_values,
    binned_two_sample,
    distance_km,
    kl_divergence,
    kolmogorov_tail,
)

counts = st.lists(st.integers(0, 1000), min_size=3, max_size=3)


@given(counts, counts)
def test_divergence_is_never_negative_and_zero_for_equal_shares(
    now: list[int], then: list[int]
) -> None:
    """It measures a difference, whatever the counts are."""
    one, other = (dict(zip("abc", side, strict=True)) for side in (now, then))
    assert kl_divergence(one, other, 0.5) >= 0
    assert kl_divergence(one, one, 0.5) == 0


def test_divergence_follows_its_formula() -> None:
    """Sum of p ln(p/q) with the smoothing: of the first from the second, not the reverse."""
    found = kl_divergence({"a": 30, "b": 70}, {"a": 50, "c": 50}, 0.5)
    assert found == pytest.approx(stats.entropy([30.5, 70.5, 0.5], [50.5, 0.5, 50.5]))
    assert found != pytest.approx(kl_divergence({"a": 50, "c": 50}, {"a": 30, "b": 70}, 0.5))


def test_the_distance_is_that_of_the_values_where_each_has_its_bin() -> None:
    """Then the binned test is the plain one."""
    generator = np.random.default_rng(3)
    one, other = generator.poisson(5, 900), generator.poisson(5.6, 700)
    plain = stats.ks_2samp(one, other, method="asymp")
    bins = (np.bincount(side, minlength=30).tolist() for side in (one, other))
    binned = binned_two_sample(*bins)
    assert binned.distance == pytest.approx(plain.statistic)
    assert binned.p_value == pytest.approx(plain.pvalue, rel=0.05)


@pytest.mark.parametrize("size", [100, 1000, 100_000])
@pytest.mark.parametrize("p_value", [0.9, 0.3, 0.05, 0.01, 1e-4, 1e-6])
def test_p_values_are_near_the_exact_ones(size: int, p_value: float) -> None:
    """The short formula is within 5 % of the exact distribution."""
    distance = float(stats.kstwo.isf(p_value, size))
    assert kolmogorov_tail(distance, size) == pytest.approx(p_value, rel=0.05)


def test_no_distance_is_no_evidence() -> None:
    """Equal samples have the p value 1, and the series does not go astray near 0."""
    assert kolmogorov_tail(0, 500) == 1
    assert kolmogorov_tail(0.005, 500) == 1
    assert kolmogorov_tail(1, 500) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_are_those_of_benjamini_and_hochberg(p_values: list[float]) -> None:
    """Equal to scipy's."""
    expected = stats.false_discovery_control(p_values)
    assert adjusted_p_values(p_values) == pytest.approx(expected.tolist())


def test_no_tests_have_no_p_values() -> None:
    """Nothing to adjust."""
    assert adjusted_p_values([]) == []


def test_an_empty_histogram_cannot_be_compared() -> None:
    """The caller is told instead of dividing by zero."""
    for pair in (([0, 0], [1, 2]), ([1, 2], [0, 0])):
        with pytest.raises(ValueError, match="without values"):
            binned_two_sample(*pair)


def test_distances_are_those_on_a_sphere() -> None:
    """From the Battery to the Bronx, by the haversine formula, within 0.1 %."""
    (a, b), (c, d) = np.radians([40.7, -74.02]), np.radians([40.85, -73.88])
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    exact = 2 * 6371 * math.asin(math.sqrt(half))
    places = (np.array(degrees) for degrees in (40.7, -74.02, 40.85, -73.88))
    assert distance_km(*places) == pytest.approx(exact, rel=1e-3)

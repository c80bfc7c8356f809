"""The interval of the difference of two models' errors."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from rental_pricing.release.bootstrap import paired_interval


def test_it_is_about_the_mean_and_its_standard_error() -> None:
    """For many differences the percentile interval is nearly the normal one."""
    differences = np.random.default_rng(1).normal(0.5, 4.0, 4_000)
    low, high = paired_interval(differences, resamples=2_000, seed=1)
    error = differences.std() / 4_000**0.5
    assert low == pytest.approx(differences.mean() - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(differences.mean() + 1.96 * error, abs=0.1 * error)


def test_it_covers_the_true_mean_as_often_as_it_says() -> None:
    """About 95 of 100 times, for skewed differences as for others."""
    draw = np.random.default_rng(2)
    held = 0
    for number in range(300):
        low, high = paired_interval(draw.exponential(1, 150), resamples=400, seed=number)
        held += low <= 1 <= high
    assert 0.90 < held / 300 < 0.98


def test_the_seed_decides() -> None:
    """The same seed gives the same interval, another one another."""
    differences = np.random.default_rng(3).normal(size=500)
    first = paired_interval(differences, resamples=300, seed=5)
    assert paired_interval(differences, resamples=300, seed=5) == first
    assert paired_interval(differences, resamples=300, seed=6) != first


def test_one_difference_is_its_own_interval() -> None:
    """There is nothing to resample."""
    assert paired_interval(np.array([0.25]), resamples=100, seed=1) == (0.25, 0.25)


def test_each_resample_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few are drawn at once, the last batch may be smaller."""
    from rental_pricing.release import bootstrap

    differences = np.random.default_rng(4).normal(size=100)
    counts: list[int] = []

    def counted(means: np.ndarray, levels: list[float]) -> np.ndarray:
        counts.append(len(means))
        return np.percentile(means, [100 * level for level in levels])

    monkeypatch.setattr(bootstrap.np, "quantile", counted)
    monkeypatch.setattr(bootstrap, "_DRAWN_AT_ONCE", 700)
    paired_interval(differences, resamples=100, seed=1)
    monkeypatch.setattr(bootstrap, "_DRAWN_AT_ONCE", 50)  # fewer than one resample
    paired_interval(differences, resamples=100, seed=1)
    assert counts == [100, 100]


def test_it_is_quick_and_small() -> None:
    """4,000 listings, 2,000 resamples: less than a second, and a few megabytes."""
    differences = np.random.default_rng(5).normal(size=4_000)
    began = time.process_time()
    paired_interval(differences, resamples=2_000, seed=1)
    assert time.process_time() - began < 1
    tracemalloc.start()
    paired_interval(differences, resamples=2_000, seed=1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6

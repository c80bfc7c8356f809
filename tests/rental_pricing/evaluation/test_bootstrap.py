"""The interval of a mean."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest

from rental_pricing.evaluation import bootstrap
from rental_pricing.evaluation.bootstrap import mean_interval


def interval(values: np.ndarray, **changes: float) -> tuple[float, float]:
    settings = {"resamples": 2000, "confidence": 0.95, "seed": 1} | changes
    return mean_interval(values, **settings)  # type: ignore[arg-type]


def test_it_is_close_to_the_normal_interval_of_many_values() -> None:
    """Mean ± 1.96 standard errors, within a tenth of its width."""
    values = np.random.default_rng(1).exponential(30, 2000)
    error = values.std() / np.sqrt(len(values))
    low, high = interval(values)
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.3 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.3 * error)


def test_more_confidence_is_a_wider_interval() -> None:
    """Around the mean."""
    values = np.random.default_rng(1).exponential(30, 100)
    (low, high), (lower, higher) = interval(values, confidence=0.5), interval(values)
    assert lower < low < values.mean() < high < higher


def test_the_same_seed_gives_the_same_interval_however_many_are_drawn_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another seed another one."""
    values = np.random.default_rng(1).exponential(30, 70)
    before = interval(values)
    assert interval(values, seed=2) != before
    monkeypatch.setattr(bootstrap, "_DRAWN_AT_ONCE", 1000)
    assert interval(values) == before


def test_one_value_is_its_own_interval() -> None:
    """Nothing can be drawn but it."""
    assert interval(np.array([7.0])) == (7.0, 7.0)


def test_it_covers_the_true_mean_as_often_as_it_says() -> None:
    """About 95 of 100 times, for skewed differences as for others."""
    draw = np.random.default_rng(2)
    held = 0
    for number in range(300):
        low, high = interval(draw.exponential(1, 150), resamples=400, seed=number)
        held += low <= 1 <= high
    assert 0.90 < held / 300 < 0.98


def test_it_is_quick_and_small() -> None:
    """4,000 listings, 2,000 resamples: less than a second, and a few megabytes."""
    differences = np.random.default_rng(5).normal(size=4_000)
    began = time.process_time()
    interval(differences)
    assert time.process_time() - began < 1
    tracemalloc.start()
    interval(differences)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20e6

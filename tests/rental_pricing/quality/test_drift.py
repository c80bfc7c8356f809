"""Comparison with a reference profile."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rental_pricing.quality.drift import (
    binned_two_sample,
    kl_divergence,
    statistical_checks,
)
from rental_pricing.quality.parameters import Bins, DriftParameters
from rental_pricing.quality.profile import profile_frame

OPTIONS = DriftParameters(max_borough_divergence=0.05, smoothing=0.5, alpha=0.01, min_effect=0.1)
BINS = {"price": Bins(start=0, stop=300, count=60), "latitude": Bins(start=40, stop=42, count=50)}


def profile(rows: int = 4000, seed: int = 0, shift: float = 0, **shares: float) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    boroughs = shares or {"Bronx": 0.2, "Queens": 0.8}
    frame = pd.DataFrame(
        {
            "neighbourhood_group": generator.choice(
                list(boroughs), rows, p=list(boroughs.values())
            ),
            "price": generator.gamma(4, 30, rows) + shift,
            "latitude": generator.normal(41, 0.2, rows),
        }
    )
    return profile_frame(frame.astype({"neighbourhood_group": "category"}), BINS)


def outcome(now: dict[str, Any], then: dict[str, Any] | None) -> dict[str | None, str]:
    return {check.column: check.status for check in statistical_checks(now, then, OPTIONS)}


def test_without_a_reference_nothing_is_run_and_the_reason_is_told() -> None:
    """The first week has nothing to be compared with."""
    checks = statistical_checks(profile(), None, OPTIONS)
    assert {check.status for check in checks} == {"not_run"}
    assert {check.reason for check in checks} == {"there is no reference profile yet"}
    assert [check.column for check in checks] == ["neighbourhood_group", "latitude", "price"]


def test_a_reference_with_other_bins_is_not_compared() -> None:
    """Counts of other bins say nothing; the reason is told."""
    other = profile_frame(
        pd.DataFrame({"neighbourhood_group": pd.Categorical(["Bronx"]), "price": [1.0]}),
        {"price": Bins(start=0, stop=1, count=2)},
    )
    checks = statistical_checks(profile(), other, OPTIONS)
    assert {check.status for check in checks} == {"not_run"}
    assert "other columns or bins" in str(checks[0].reason)


def test_another_sample_of_the_same_city_passes() -> None:
    """Chance alone raises no alarm."""
    assert set(outcome(profile(seed=1), profile(seed=2)).values()) == {"passed"}


def test_a_shifted_price_fails_and_nothing_else() -> None:
    """The alarm is about the column that moved."""
    assert outcome(profile(seed=1, shift=40), profile(seed=2)) == {
        "neighbourhood_group": "passed",
        "latitude": "passed",
        "price": "failed",
    }


def test_a_significant_but_tiny_difference_is_no_alarm() -> None:
    """With enough listings everything is significant; the effect must matter as well."""
    now, then = profile(400_000, seed=1, shift=1), profile(400_000, seed=2)
    test = binned_two_sample(now["numeric"]["price"]["counts"], then["numeric"]["price"]["counts"])
    assert test.p_value < 1e-6
    assert outcome(now, then)["price"] == "passed"


@pytest.mark.parametrize(
    "shares",
    [
        {"Queens": 1.0},
        {"Bronx": 0.2, "Queens": 0.5, "Atlantis": 0.3},
        {"Bronx": 0.8, "Queens": 0.2},
    ],
)
def test_a_missing_new_or_grown_borough_is_a_finding_not_a_crash(shares: dict[str, float]) -> None:
    """The divergence is finite and over its limit; the shares are told."""
    check = statistical_checks(profile(**shares), profile(), OPTIONS)[0]
    assert check.status == "failed"
    assert math.isfinite(float(check.value or 0))
    assert any("in the reference" in text for text in check.examples)


def test_a_column_without_values_is_not_compared() -> None:
    """No values on one side: told, not guessed."""
    now = profile()
    now["numeric"]["price"]["counts"] = [0] * len(now["numeric"]["price"]["counts"])
    checks = {check.column: check for check in statistical_checks(now, profile(), OPTIONS)}
    assert (checks["price"].status, checks["price"].reason) == ("not_run", "one side has no values")


counts = st.lists(st.integers(0, 1000), min_size=3, max_size=3)


@given(counts, counts)
def test_divergence_is_never_negative_and_zero_for_equal_shares(
    now: list[int], then: list[int]
) -> None:
    """It measures a difference, whatever the counts are."""
    names = ["a", "b", "c"]
    one, other = dict(zip(names, now, strict=True)), dict(zip(names, then, strict=True))
    assert kl_divergence(one, other, 0.5) >= 0
    assert kl_divergence(one, one, 0.5) == 0


def test_divergence_follows_its_formula() -> None:
    """Sum of p ln(p/q), worked out by hand with the smoothing."""
    p, q = (30.5 / 101, 70.5 / 101), (50.5 / 101, 50.5 / 101)
    expected = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    found = kl_divergence({"a": 30, "b": 70}, {"a": 50, "b": 50}, 0.5)
    assert found == pytest.approx(expected)


def test_the_two_sample_test_agrees_with_scipy_on_values_at_bin_edges() -> None:
    """Where each bin holds one value the binned test is the plain one."""
    generator = np.random.default_rng(3)
    one, other = generator.poisson(5, 900), generator.poisson(5.6, 700)
    plain = stats.ks_2samp(one, other, method="asymp")
    binned = binned_two_sample(
        np.bincount(one, minlength=30).tolist(), np.bincount(other, minlength=30).tolist()
    )
    assert binned.distance == pytest.approx(plain.statistic)
    assert binned.p_value == pytest.approx(plain.pvalue)


def test_an_empty_histogram_cannot_be_compared() -> None:
    """The caller is told instead of dividing by zero."""
    with pytest.raises(ValueError, match="without values"):
        binned_two_sample([0, 0], [1, 2])

"""What a model has to beat."""

from __future__ import annotations

import pandas as pd
import pytest

from rental_pricing.evaluation.baseline import CandidateRefusedError, MedianPrices, require_gain

LISTINGS = pd.DataFrame(
    {
        "neighbourhood_group": ["Bronx", "Bronx", "Bronx", "Queens", "Queens"],
        "room_type": ["Home", "Home", "Room", "Room", "Room"],
        "price": [100.0, 140.0, 30.0, 40.0, 60.0],
    }
)


def cells(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["neighbourhood_group", "room_type"])


@pytest.mark.parametrize("dtype", ["str", "category"])
def test_each_cell_has_its_own_median(dtype: str) -> None:
    """Borough and room type together decide, whatever type the columns have."""
    learnt = MedianPrices.learn(LISTINGS.astype({"neighbourhood_group": dtype, "room_type": dtype}))
    wanted = cells(("Queens", "Room"), ("Bronx", "Home"), ("Bronx", "Room")).astype(dtype)
    assert learnt.estimate(wanted).tolist() == [50, 120, 30]


def test_a_cell_without_listings_has_the_median_of_all() -> None:
    """Also where both its borough and its room type are known."""
    found = MedianPrices.learn(LISTINGS).estimate(cells(("Queens", "Home"), ("Atlantis", "Boat")))
    assert found.tolist() == [60, 60]


def judged(error: float, baseline_error: float) -> pd.DataFrame:
    """Estimates that are off by so much, for prices of 200, on either side."""
    off = pd.Series([1, -1, 1, -1])
    return pd.DataFrame(
        {
            "price": 200.0,
            "typical_price": 200 + error * off,
            "baseline_price": 200 - baseline_error * off,
        }
    )


@pytest.mark.parametrize(("min_gain", "error"), [(0.05, 95), (0.1, 90), (0.3, 70), (0, 100)])
def test_a_gain_at_the_limit_or_above_passes(min_gain: float, error: float) -> None:
    """The limit itself is enough."""
    require_gain(judged(error, 100), min_gain, "USD")
    require_gain(judged(error - 0.01, 100), min_gain, "USD")


@pytest.mark.parametrize(("min_gain", "error"), [(0.05, 95), (0.1, 90), (0.3, 70), (0, 100)])
def test_a_gain_below_the_limit_is_refused(min_gain: float, error: float) -> None:
    """A little less is not enough."""
    with pytest.raises(CandidateRefusedError):
        require_gain(judged(error + 0.01, 100), min_gain, "USD")


def test_the_refusal_says_what_was_measured_and_what_to_do() -> None:
    """Both errors, the limit and how to switch the rule off."""
    with pytest.raises(CandidateRefusedError) as error:
        require_gain(judged(57.08, 56.04), 0.05, "USD")
    for told in ("57.08 USD", "56.04", "5.0%", "earlier model stays", "4 validation listings",
                 "min_gain_over_median=null"):  # fmt: skip
        assert told in str(error.value)


def test_null_switches_the_rule_off() -> None:
    """A model of the median itself can be made, if that is wanted."""
    require_gain(judged(500, 1), None, "USD")


def test_where_the_baseline_makes_no_error_nothing_is_gained() -> None:
    """One price for all: nothing was learnt, however small the error."""
    with pytest.raises(CandidateRefusedError):
        require_gain(judged(0, 0), 0.05, "USD")
    require_gain(judged(0, 0), 0, "USD")


def test_a_candidate_without_estimates_is_refused() -> None:
    """What can't be compared does not pass."""
    with pytest.raises(CandidateRefusedError):
        require_gain(judged(float("nan"), 100), 0.05, "USD")

"""One profile against another: each rule at its limit, and what it does not see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.quality.check import Outcome
from rental_pricing.quality.drift import Comparison, drift_checks
from rental_pricing.quality.statistics import (
    adjusted_p_values,
    binned_two_sample,
    kl_divergence,
)

ABOVE, BELOW = 1 + 1e-9, 1 - 1e-9


def drift(now: Any, then: Any, quality: Any) -> dict[str, Outcome]:
    compared = Comparison(now=now, then=then, against="drop 2024-01-01", drop="2024-01-08")
    checks = drift_checks(compared, quality.drift)
    assert {(check.kind, check.drop) for check in checks} == {("drift", "2024-01-08")}
    return {f"{check.name} {check.column}" if check.name in {"divergence", "two_sample"}
            else check.name: check.outcome for check in checks}  # fmt: skip


def failed(now: Any, then: Any, quality: Any) -> set[str]:
    return {name for name, outcome in drift(now, then, quality).items()
            if outcome.status == "failed"}  # fmt: skip


def test_another_sample_of_the_same_city_passes(profile: Any, quality: Any) -> None:
    """Chance alone raises no alarm, and every rule is run."""
    outcomes = drift(profile(3000, seed=1), profile(2500, seed=2), quality)
    assert {outcome.status for outcome in outcomes.values()} == {"passed"}
    assert len(outcomes) == 20


def test_with_nothing_to_compare_with_every_rule_says_so(profile: Any, quality: Any) -> None:
    """The first drop has none before it; no rule is left out."""
    outcomes = drift(profile(), None, quality)
    assert {(o.status, o.reason) for o in outcomes.values()} == {("not_run", "there is none")}
    assert set(outcomes) == set(drift(profile(), profile(), quality))


@pytest.mark.parametrize(("rows", "status"), [(499, "not_run"), (500, "passed"), (501, "passed")])
def test_few_rows_on_either_side_are_not_compared(
    profile: Any, quality: Any, rows: int, status: str
) -> None:
    """500 accepted rows are enough."""
    few, many = profile(rows), profile(600)
    for pair in ((few, many), (many, few)):
        assert drift(*pair, quality)["missing_change"].status == status


# Columns by themselves


def test_a_shift_fails_its_column_and_no_other(profile: Any, quality: Any) -> None:
    """The report says how far and how likely."""
    then = profile(3000, seed=2)
    now = profile(3000, seed=1, minimum_nights=pd.array([30] * 3000, dtype="Int64"))
    assert failed(now, then, quality) == {"two_sample minimum_nights"}
    outcome = drift(now, then, quality)["two_sample minimum_nights"]
    assert outcome.threshold == "D 0.1 at p 0.01"
    assert outcome.value == "D 1.000, p 0"


def price_test(now: Any, then: Any) -> tuple[float, float]:
    tests = {
        name: binned_two_sample(now.numeric[name].counts, then.numeric[name].counts)
        for name in now.numeric
    }
    adjusted = adjusted_p_values([test.p_value for test in tests.values()])
    return tests["price"].distance, dict(zip(tests, adjusted, strict=True))["price"]


@pytest.fixture(scope="module")
def dearer(profile: Any, rows: Any) -> tuple[Any, Any]:
    then = rows(3000, seed=2)
    return profile(of=then.assign(price=then["price"] + 20)), profile(of=then)


@pytest.mark.parametrize(
    ("factor", "status"), [(BELOW, "failed"), (1, "failed"), (ABOVE, "passed")]
)
def test_an_effect_as_large_as_the_smallest_fails(
    dearer: Any, with_limit: Any, factor: float, status: str
) -> None:
    """A smaller one is no alarm, however sure it is."""
    distance, p_value = price_test(*dearer)
    assert p_value < 1e-3
    limits = with_limit("drift.min_effect.price", distance * factor)
    assert drift(*dearer, limits)["two_sample price"].status == status


@pytest.mark.parametrize(
    ("factor", "status"), [(BELOW, "passed"), (1, "passed"), (ABOVE, "failed")]
)
def test_only_a_p_value_below_its_limit_is_an_alarm(
    dearer: Any, with_limit: Any, factor: float, status: str
) -> None:
    """A large effect that may be chance is none; the p value is that adjusted for all columns."""
    limits = with_limit("drift.alpha", price_test(*dearer)[1] * factor)
    limits = limits.model_copy(
        update={"drift": limits.drift.model_copy(
            update={"min_effect": dict.fromkeys(limits.bins, 0.0)})}
    )  # fmt: skip
    assert drift(*dearer, limits)["two_sample price"].status == status


def test_a_column_without_values_is_not_compared(profile: Any, quality: Any) -> None:
    """No values on one side: told, not guessed; the other columns are tested."""
    then = profile(600)
    now = profile(600, last_review=pd.Series(pd.NaT, index=range(600), dtype="datetime64[ms]"))
    for pair in ((now, then), (then, now)):
        outcomes = drift(*pair, quality)
        assert outcomes["two_sample last_review"].reason == "one side has no values"
        assert outcomes["two_sample price"].status == "passed"


def with_counts(profile: Any, column: str, counts: list[int]) -> Any:
    parts = profile.model_dump()
    parts["numeric"][column]["counts"] = counts
    return type(profile).model_validate(parts)


@pytest.mark.parametrize(
    ("outside", "status"), [(100, "passed"), (101, "not_run"), (1000, "not_run")]
)
def test_a_test_that_is_blind_never_passes(
    profile: Any, quality: Any, outside: int, status: str
) -> None:
    """More than a tenth of either side outside the bins: not run, and the reason is told."""
    then = profile(1000)
    size = len(then.numeric["latitude"].counts)
    counts = [0, *[0] * 30, 1000 - outside, *[0] * (size - 33), outside]
    blind = with_counts(then, "latitude", counts)
    outcome = drift(blind, blind, quality)["two_sample latitude"]
    assert outcome.status == status
    if status == "not_run":
        assert outcome.reason == f"{outside / 1000:.0%} of the values are outside the bins"


def test_a_test_is_blind_where_one_side_is_outside_the_bins(profile: Any, with_limit: Any) -> None:
    """Whichever side it is."""
    then = profile(1000)
    size = len(then.numeric["latitude"].counts)
    inside = with_counts(then, "latitude", [0] * 30 + [1000] + [0] * (size - 31))
    half_out = with_counts(then, "latitude", [0] * 30 + [500] + [0] * (size - 32) + [500])
    limits = with_limit("drift.min_effect.latitude", 1)
    for pair in ((inside, half_out), (half_out, inside)):
        outcome = drift(*pair, limits)["two_sample latitude"]
        assert (outcome.status, outcome.reason) == (
            "not_run", "50% of the values are outside the bins",
        )  # fmt: skip


def test_a_blind_test_that_alarms_all_the_same_fails(profile: Any, quality: Any) -> None:
    """All values of one side beyond the last edge, of the other before it."""
    then = profile(1000)
    size = len(then.numeric["latitude"].counts)
    now = with_counts(then, "latitude", [0] * (size - 1) + [1000])
    for pair in ((now, then), (then, now)):
        assert drift(*pair, quality)["two_sample latitude"].status == "failed"


# Rules with a limit that is allowed itself


def mixed(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    order = np.random.default_rng(5).permutation(len(frame))
    return frame.assign(**{name: frame[name].to_numpy()[order] for name in columns})


def spoilt(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    number = np.arange(len(frame))
    cell = (frame["room_type"] == "Private room") & (frame["neighbourhood"] == "Park Slope")
    bronx, shared = frame["neighbourhood_group"] == "Bronx", frame["room_type"] == "Shared room"
    changed = {
        "missing": ("host_id", number % 3 == 0, pd.NA),
        "prices": ("price", number >= 0, frame["price"] * 1.4),
        "one cell": ("price", cell, frame["price"] * 1.5),
        "moved": ("neighbourhood_group", number % 10 == 0, "Queens"),
        "new": ("neighbourhood", number % 8 == 0, "Oz"),
    }
    left = {
        "boroughs": bronx & (bronx.cumsum() > 20),
        "room types": shared & (shared.cumsum() > 50),
    }
    if what in left:
        return frame[~left[what]]
    if what in changed:
        column, rows, value = changed[what]
        return frame.assign(**{column: frame[column].mask(rows, value)})
    return mixed(frame, *what.split(","))


LIMITED = {
    "divergence neighbourhood_group": ("boroughs", "drift.max_divergence.neighbourhood_group"),
    "divergence room_type": ("room types", "drift.max_divergence.room_type"),
    "missing_change": ("missing", "drift.max_missing_change"),
    "median_price": ("prices", "drift.max_median_change"),
    "median_price_by_cell": ("one cell", "drift.max_cell_median_change"),
    "mean_place": ("latitude,longitude", "drift.max_place_km"),
    "moved_neighbourhoods": ("moved", "drift.max_moved_share"),
    "new_neighbourhoods": ("new", "drift.max_new_share"),
    "correlations": (
        "number_of_reviews,last_review,reviews_per_month", "drift.max_correlation_change",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", [name for name in LIMITED if name != "correlations"])
def test_a_rule_passes_at_its_limit_and_fails_above(
    profile: Any, rows: Any, quality: Any, with_limit: Any, rule: str
) -> None:
    """With the shipped limit it sees the fault; the value found, as a limit, lets it pass."""
    what, path = LIMITED[rule]
    then = rows(3000, seed=2)
    pair = profile(of=spoilt(then, what)), profile(of=then)
    found = drift(*pair, quality)[rule]
    assert found.status == "failed"
    assert found.value is not None
    assert found.threshold is not None
    assert found.examples
    shipped = quality.model_dump()
    for part in path.split("."):
        shipped = shipped[part]
    chance = float(found.threshold) - shipped
    for shift, status in ((-2e-6, "failed"), (2e-6, "passed")):
        limits = with_limit(path, float(found.value) - chance + shift)
        assert drift(*pair, limits)[rule].status == status


def test_a_value_equal_to_its_limit_passes() -> None:
    """For every rule of the kind "at most"."""
    assert Outcome.at_most(0.2, 0.2).status == "passed"
    assert Outcome.at_most(0.2, 0.2 * BELOW).status == "failed"


@pytest.mark.parametrize(
    ("value", "status"),
    [(0.4, "passed"), (0.4 * BELOW, "failed"), (2.5, "passed"), (2.5 * ABOVE, "failed")],
)
def test_a_value_equal_to_an_end_of_its_band_passes(value: float, status: str) -> None:
    """For every rule of the kind "between"."""
    outcome = Outcome.between(value, 0.4, 2.5)
    assert (outcome.status, outcome.threshold) == (status, "0.4 to 2.5")


def test_the_larger_divergence_of_both_directions_counts(
    profile: Any, rows: Any, quality: Any
) -> None:
    """A category that all but vanished is seen as well as one that is new."""
    then = rows(3000, seed=2)
    one, other = profile(of=spoilt(then, "boroughs")), profile(of=then)
    counts = [side.categories["neighbourhood_group"] for side in (one, other)]
    larger = max(kl_divergence(*counts, 0.5), kl_divergence(*counts[::-1], 0.5))
    for pair in ((one, other), (other, one)):
        outcome = drift(*pair, quality)["divergence neighbourhood_group"]
        assert outcome.value == pytest.approx(larger, abs=1e-6)
        assert outcome.threshold == pytest.approx(0.02 + 4 * (1 / one.rows + 1 / 3000), abs=1e-6)
    assert outcome.examples[0].startswith("Bronx: ")


def test_columns_mixed_among_listings_change_correlations(
    profile: Any, rows: Any, quality: Any
) -> None:
    """Each column by itself is as it was; the pair that changed most is told first."""
    then = rows(3000, seed=2)
    now = mixed(then, "reviews_per_month")
    outcome = drift(profile(of=now), profile(of=then), quality)["correlations"]
    assert outcome.status == "failed"
    assert outcome.examples[0].startswith("number_of_reviews and reviews_per_month: ")
    assert outcome.threshold == pytest.approx(0.1 + 3 * (2 / 3000) ** 0.5, abs=1e-6)


def test_correlations_are_those_of_the_bins(profile: Any, rows: Any, quality: Any) -> None:
    """Worked out by numpy on the bins of two columns."""
    frame = rows(800)
    made = profile(of=frame)
    number = {}
    for name in ("latitude", "price"):
        edges = made.numeric[name].edges
        number[name] = np.searchsorted(edges, frame[name], side="right")
    expected = np.corrcoef(number["latitude"], number["price"])[0, 1]
    examples = drift(made, made, quality)["correlations"].examples
    (told,) = (text for text in examples if text.startswith("latitude and price"))
    assert told == f"latitude and price: {expected:.2f}, before {expected:.2f}"


@pytest.mark.parametrize(("share", "status"), [(0.69, "failed"), (0.7, "passed"), (1.2, "passed")])
def test_titles_must_name_their_neighbourhoods_as_often_as_before(
    profile: Any, quality: Any, share: float, status: str
) -> None:
    """Seven tenths of the other side's share are enough."""
    then = profile(1000)
    titles = [then.model_copy(update={"own_place_titles": int(n)}) for n in (500 * share, 500)]
    outcome = drift(*titles, quality)["own_place_titles"]
    assert (outcome.status, outcome.value) == (status, share)


@pytest.mark.parametrize(("before", "status"), [(49, "not_run"), (50, "failed")])
def test_few_titles_that_name_their_neighbourhoods_say_nothing(
    profile: Any, quality: Any, before: int, status: str
) -> None:
    """Fifty must be expected."""
    then = profile(1000).model_copy(update={"own_place_titles": before})
    now = then.model_copy(update={"own_place_titles": 0})
    assert drift(now, then, quality)["own_place_titles"].status == status


@pytest.mark.parametrize("rule", ["median_price_by_cell", "mean_place"])
def test_small_groups_are_passed_over(profile: Any, rows: Any, with_limit: Any, rule: str) -> None:
    """Those with fewer rows than the limit on either side are; with none left it is not run."""
    frame = rows(600, neighbourhood_group="Bronx", room_type="Private room")
    many, few = profile(of=frame), profile(of=frame.head(550))
    path = {"median_price_by_cell": "min_cell_rows", "mean_place": "min_place_rows"}[rule]
    for pair in ((many, few), (few, many)):
        assert drift(*pair, with_limit(f"drift.{path}", 550))[rule].status == "passed"
        outcome = drift(*pair, with_limit(f"drift.{path}", 551))[rule]
        assert outcome.status == "not_run"
        assert "551 rows on both sides" in str(outcome.reason)


def test_a_median_outside_the_bins_is_not_compared(profile: Any, rows: Any, quality: Any) -> None:
    """It is not known."""
    frame = rows(600, price=400.0)
    outcome = drift(profile(of=frame), profile(600), quality)["median_price"]
    assert (outcome.status, outcome.reason) == ("not_run", "a median lies outside the bins")


def test_a_cell_whose_median_is_not_known_is_passed_over(
    profile: Any, rows: Any, quality: Any
) -> None:
    """On either side; the other cells are compared."""
    frame = rows(1500)
    private = frame["room_type"] == "Private room"
    dear = frame.assign(price=frame["price"].mask(private, 400.0))
    for pair in ((dear, frame), (frame, dear)):
        outcome = drift(*(profile(of=side) for side in pair), quality)["median_price_by_cell"]
        assert outcome.examples
        assert not any("Private room" in text for text in outcome.examples)


def test_a_neighbourhood_belongs_to_the_borough_of_most_of_its_rows(
    profile: Any, rows: Any, quality: Any
) -> None:
    """A few wrong rows of an earlier drop do not make the right ones wrong."""
    good = rows(1000)
    few_wrong = spoilt(good, "moved").head(20)
    then = pd.concat([good, few_wrong])
    assert drift(profile(of=good), profile(of=then), quality)["moved_neighbourhoods"].value == 0


def test_new_neighbourhoods_are_allowed_where_the_other_side_is_small(
    profile: Any, rows: Any, quality: Any
) -> None:
    """As a share, those that it has once (Good and Turing)."""
    singles = rows(1000, neighbourhood=[f"Quarter {n}" for n in range(500)] + ["Chelsea"] * 500)
    outcome = drift(profile(1000), profile(of=singles), quality)["new_neighbourhoods"]
    assert outcome.threshold == 0.55

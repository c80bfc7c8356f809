"""The model's error: on which listings, how sure, against what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from watched import FIRST, SECOND, outcome

from rental_pricing.engine.pieces import Pieces
from rental_pricing.evaluation.split import assign_parts
from rental_pricing.monitoring.delivery import training_profile
from rental_pricing.monitoring.error import (
    ReleaseError,
    error_at_release,
    error_checks,
    measure_error,
    unseen_listings,
)
from rental_pricing.monitoring.history import known_weeks

FOUND = {"rows": 300, "unpriced": 0, "mae": 33.0, "mae_low": 31.0, "mae_high": 35.0,
         "baseline_mae": 40.0}  # fmt: skip


AT_RELEASE = ReleaseError(30.0, 900)


def judged(limits: Any, release: ReleaseError = AT_RELEASE, **found: Any) -> Any:
    checks = error_checks(SECOND, FOUND | found, release, limits)
    return {"checks": [check.to_dict(5) for check in checks]}


@pytest.fixture
def limits(parameters: dict[str, Any]) -> Any:
    return parameters["monitoring"].error


def test_only_test_listings_of_the_delivery_are_judged(world: Any, quiet: dict[str, Any]) -> None:
    """Of the model's own split: none that it has learnt from in any week."""
    listings = world.listings
    split = world.parameters["modeling"].split
    part = assign_parts(listings["id"], split)
    day = listings["delivered_on"] == pd.Timestamp(SECOND)
    assert list(unseen_listings(listings, world.model)["id"]) == list(
        listings.loc[part == "test", "id"]
    )
    rows = listings[(part == "test") & day]
    errors = (world.model.estimate(rows)["typical_price"] - rows["price"]).abs()
    assert quiet["error"]["rows"] == len(rows)
    assert quiet["error"]["mae"] == pytest.approx(errors.mean(), abs=1e-4)
    assert quiet["error"]["mae_low"] < quiet["error"]["mae"] < quiet["error"]["mae_high"]


def test_the_order_of_the_listings_does_not_matter(
    world: Any, quiet: dict[str, Any], limits: Any
) -> None:
    """The interval is drawn by id."""
    then, _ = training_profile(world.model, world.deliveries()[SECOND].profile)
    mixed = world.listings.sample(frac=1, random_state=1)
    assert measure_error(Pieces.of(mixed), SECOND, world.model, then, limits) == quiet["error"]


def test_the_median_to_beat_is_that_of_the_training_data(world: Any, quiet: dict[str, Any]) -> None:
    """By borough and room type, read from the profile in the package: within its bins."""
    from rental_pricing.evaluation.baseline import MedianPrices

    listings = world.listings
    part = assign_parts(listings["id"], world.parameters["modeling"].split)
    first = world.typed[FIRST]()
    learnt = first[first["reason"].isna()]
    learnt = learnt[assign_parts(learnt["id"], world.parameters["modeling"].split) != "test"]
    rows = listings[(part == "test") & (listings["delivered_on"] == pd.Timestamp(SECOND))]
    errors = np.abs(MedianPrices.learn(learnt).estimate(rows) - rows["price"])
    assert quiet["error"]["baseline_mae"] == pytest.approx(errors.mean(), rel=0.02)


def test_nothing_can_be_told_of_no_listing(world: Any, limits: Any) -> None:
    """A delivery without a test listing has no error, and no rule is run."""
    then, _ = training_profile(world.model, world.deliveries()[SECOND].profile)
    found = measure_error(Pieces.of(world.listings[:0]), SECOND, world.model, then, limits)
    assert (found["rows"], found["mae"], found["mae_low"]) == (0, None, None)
    report = judged(limits, **found)
    assert {check["status"] for check in report["checks"]} == {"not_run"}


# ---- the error at release


def test_it_is_that_of_the_data_which_made_the_model(world: Any) -> None:
    """The test listings of the first week: what modeling measures itself."""
    first = world.typed[FIRST]()
    listings = first[first["reason"].isna()].drop_duplicates("id")
    rows = unseen_listings(listings, world.model)
    found = error_at_release(world.typed, world.model, None)
    errors = (world.model.estimate(rows)["typical_price"] - rows["price"]).abs()
    assert found.listings == len(rows)
    assert found.mae == pytest.approx(errors.mean(), rel=0.002)  # ids that came twice
    assert error_at_release({FIRST: world.typed[FIRST]}, world.model, None) == found


def test_without_the_very_drops_it_cannot_be_told(world: Any, limits: Any) -> None:
    """Expired, or corrected since: the rule is not run, and says why."""
    only_second = {SECOND: world.typed[SECOND]}
    first = world.typed[FIRST]()
    first.loc[first["reason"].isna().idxmax(), "availability_365"] = 7

    def load(columns: Any = None) -> pd.DataFrame:
        return first.copy() if columns is None else first[list(columns)]

    corrected = {**world.typed, FIRST: load}
    for drops in (only_second, corrected):
        assert error_at_release(drops, world.model, None) == ReleaseError(None, None)
    growth = outcome(judged(limits, ReleaseError()), "error_growth")
    assert growth["status"] == "not_run"
    assert "drops that made the model" in growth["reason"]


def test_what_an_earlier_week_has_found_is_kept(world: Any) -> None:
    """Of the same model, and no other; a week that could not tell does not count."""
    weeks = known_weeks(
        pd.DataFrame(
            [
                {"delivery": "2024-01-01", "model": "f" * 16, "release_mae": 1.0,
                 "release_listings": 9},
                {"delivery": "2024-01-02", "model": world.model.identity},
                {"delivery": "2024-01-03", "model": world.model.identity, "release_mae": 27.5,
                 "release_listings": 900},
            ]
        )
    )  # fmt: skip
    assert error_at_release({}, world.model, weeks) == ReleaseError(27.5, 900)
    assert error_at_release({}, world.model, weeks[:2]) == ReleaseError()


# ---- the rules, at their limits


@pytest.mark.parametrize(
    ("mae_low", "status"), [(32.9, "passed"), (33.0, "passed"), (33.01, "failed")]
)
def test_the_error_may_grow_by_a_tenth(limits: Any, mae_low: float, status: str) -> None:
    """The lower end of the interval counts, so that chance alone is no reason."""
    found = outcome(judged(limits, mae_low=mae_low, mae_high=99.0), "error_growth")
    assert found["status"] == status
    assert found["examples"] == [f"{mae_low:.2f} to 99.00, at release 30.00"]


@pytest.mark.parametrize(("mae", "status"), [(37.9, "passed"), (38.0, "passed"), (38.1, "failed")])
def test_the_model_must_beat_the_median_by_a_twentieth(
    limits: Any, mae: float, status: str
) -> None:
    """0.95 of 40."""
    assert outcome(judged(limits, mae=mae), "error_to_median")["status"] == status


@pytest.mark.parametrize(("unpriced", "status"), [(3, "passed"), (4, "failed")])
def test_a_hundredth_may_be_without_an_estimate(limits: Any, unpriced: int, status: str) -> None:
    """Of 300 and a few."""
    found = judged(limits, rows=300 - unpriced, unpriced=unpriced)
    assert outcome(found, "unpriced_share")["status"] == status


@pytest.mark.parametrize(("rows", "status"), [(199, "not_run"), (200, "passed")])
def test_few_listings_do_not_judge(limits: Any, rows: int, status: str) -> None:
    """Two hundred are enough."""
    found = judged(limits, rows=rows)
    assert {check["status"] for check in found["checks"]} == {status}


def test_a_model_of_another_market_has_no_median_to_beat(world: Any) -> None:
    """And the rule says so."""
    model = replace(world.model, profile=world.model.profile | {"market": "another"})
    assert "median" in outcome(replace(world, model=model).report(), "error_to_median")["reason"]

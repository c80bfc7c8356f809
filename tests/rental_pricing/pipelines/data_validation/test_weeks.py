"""Weeks on end: a drop that fails stops this run and every later one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from synthetic_drops import make_drop
from week import process_week

from rental_pricing.errors import MixedDataError, ValidationFailedError
from rental_pricing.pipelines.data_validation.nodes import (
    profile_deliveries,
    profile_listings,
    stop_if_failed,
    validate,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from week import Week

DAYS = ("2024-01-01", "2024-01-08", "2024-01-15")


def as_csv(drop: pd.DataFrame) -> bytes:
    return drop.to_csv(index=False).encode()


@pytest.fixture(scope="module")
def drops() -> dict[str, bytes]:
    """Three weeks, of which the second has prices in cents."""
    import datetime as dt

    made = [
        make_drop(4000, date=dt.date.fromisoformat(day), seed=seed) for seed, day in enumerate(DAYS)
    ]
    made[1] = made[1].assign(price=made[1]["price"] * 100)
    return {day: as_csv(drop) for day, drop in zip(DAYS, made, strict=True)}


@pytest.fixture
def judge(parameters: dict[str, Any]) -> Any:
    """Validate a week as the pipeline does."""

    def run(week: Week, reference: object = None, **mixed: Any) -> dict[str, Any]:
        market, quality = parameters["market"], parameters["data_validation"]
        made = {
            "listings": week.listings,
            "processing_report": week.report,
            "listings_profile": profile_listings(week.listings, market, quality),
            "delivery_profiles": profile_deliveries(dict(week.typed), market, quality),
            "reference_profile": reference,
            "market": market,
        } | mixed
        report, _ = validate(**made, parameters=quality)
        return report

    return run


def broken(report: dict[str, Any]) -> set[str | None]:
    return {check["drop"] for check in report["checks"] if check["status"] == "failed"}


def test_a_drop_that_fails_stops_this_run_and_the_next(
    tmp_path: Path, drops: dict[str, bytes], parameters: dict[str, Any], judge: Any
) -> None:
    """A good week beside it does not hide it, before or after."""
    for last in (2, 3):
        folder = tmp_path / str(last)
        folder.mkdir()
        week = process_week(folder, dict(list(drops.items())[:last]), parameters)
        report = judge(week)
        assert DAYS[1] in broken(report)
        assert DAYS[0] not in broken(report)
        with pytest.raises(ValidationFailedError, match=f"exclude_drops={DAYS[1]}"):
            stop_if_failed(report)


def test_without_the_drop_the_next_is_compared_with_the_one_before(
    tmp_path: Path, drops: dict[str, bytes], parameters: dict[str, Any], judge: Any
) -> None:
    """Excluded, it stops nothing."""
    week = process_week(tmp_path, drops, parameters, exclude_drops=[DAYS[1]])
    report = judge(week)
    assert broken(report) == set()
    stop_if_failed(report)
    assert report["drops"] == [DAYS[0], DAYS[2]]
    ratio = [c for c in report["checks"] if c["name"] == "rows_ratio" and c["drop"] == DAYS[2]]
    assert ratio[0]["rule"] == f"rows as a ratio to drop {DAYS[0]}"


@pytest.fixture
def good(tmp_path: Path, drops: dict[str, bytes], parameters: dict[str, Any]) -> Week:
    """A week with one good drop."""
    return process_week(tmp_path, {DAYS[0]: drops[DAYS[0]]}, parameters)


def test_the_report_is_about_these_listings_and_this_market(
    good: Week, parameters: dict[str, Any], judge: Any
) -> None:
    """It carries their digest."""
    report = judge(good)
    assert report["digest"] == good.report["listings_digest"]
    assert report["market"] == parameters["market"].identity
    assert report["rows"] == len(good.listings)


def test_a_reference_is_compared_with_the_listings_too(
    good: Week, parameters: dict[str, Any], judge: Any
) -> None:
    """Without one there is nothing that the listings as a whole are compared with."""
    assert {c["kind"] for c in judge(good)["checks"] if c["drop"] is None} == {"rule"}
    dear = good.listings.assign(price=good.listings["price"] / 2)
    reference = profile_listings(dear, parameters["market"], parameters["data_validation"])
    failed = [c for c in judge(good, reference)["checks"] if c["status"] == "failed"]
    assert {c["drop"] for c in failed} == {None, DAYS[0]}
    assert {c["kind"] for c in failed} == {"drift"}


def test_what_was_not_made_together_is_refused(
    good: Week, parameters: dict[str, Any], judge: Any
) -> None:
    """Other listings, other drops, another market: with the command that mends it."""
    market = parameters["market"]
    dearer = type(market)(**(market.model_dump() | {"price": {"min": 10, "max": 400}}))
    for mixed, told in (
        ({"listings": good.listings.assign(price=11.0)}, "processing_report accounts for"),
        ({"delivery_profiles": {}}, "are about other drops"),
        ({"market": dearer}, "for another market than New York City"),
    ):
        with pytest.raises(MixedDataError, match=told) as error:
            judge(good, **mixed)
        assert "kedro run --pipelines data_processing,data_validation" in str(error.value)

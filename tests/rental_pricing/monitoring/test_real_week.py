"""The limits on real drops, where they are present: what is sound, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from watched import World, dearer, failed, learnt, mixed
from week import process_folder

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.monitoring.decision import CALLS_FOR_A_LOOK, decide

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FIRST = "2019-07-08"


@pytest.fixture(scope="module")
def real(
    tmp_path_factory: pytest.TempPathFactory, real_drops: Path, parameters: dict[str, Any]
) -> World:
    """The real second week, and the shipped model of the first."""
    raw = tmp_path_factory.mktemp("real") / "raw"
    raw.symlink_to(real_drops)
    week = process_folder(raw, parameters)
    model = learnt(FIRST, week.typed[FIRST], parameters, "gradient_boosting")
    return World(week.typed, model, parameters)


def test_the_real_second_week_is_sound(real: World) -> None:
    """Every rule is run and kept, with room to spare for the error."""
    report = real.report()
    assert {check["status"] for check in report["checks"]} == {"passed"}
    growth = report["error"]["mae_low"] / report["error_at_release"]["mae"] - 1
    assert growth < 0.03


@pytest.mark.parametrize("factor", [1.2, 0.8])
def test_prices_that_moved_by_a_fifth_call_for_retraining(real: World, factor: float) -> None:
    """By the median price, and prices of homes; dearer ones by the error as well."""
    found = failed(real.changed(dearer(factor)).report())
    assert {"median_price", "two_sample"} <= found
    assert ("error_growth" in found) == (factor > 1)


@pytest.mark.parametrize("column", [*(c for c in MODEL_COLUMNS if c != "delivered_on"), "price"])
def test_a_mixed_column_is_found(real: World, column: str) -> None:
    """Each by a rule that calls for a look, but for the room type: by the prices of its cells."""
    report = real.changed(mixed(column)).report()
    if column == "room_type":
        assert {"median_price_by_cell", "error_growth"} <= failed(report)
        assert decide(report)["retrain"]
    else:
        assert failed(report) & CALLS_FOR_A_LOOK

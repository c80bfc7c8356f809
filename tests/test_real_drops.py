"""The same commands on real drops, where they are present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from reference_flow.forest import reference_forest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_the_first_week_gives_a_model_with_its_promises_kept(
    project: Any, real_drops: Path
) -> None:
    """Accuracy and interval coverage on test listings that nothing was tuned on."""
    done = project.kedro("run", "--params", f"drops={real_drops},as_of=2019-07-08")
    assert done.code == 0, done.output
    metrics = project.load("model_metrics")
    assert metrics["test_mae"] < 31.5
    assert metrics["test_r2"] > 0.58
    assert 0.78 <= metrics["test_interval_coverage"] <= 0.82
    assert "Source: not stated" in project.load("model_card")


@pytest.mark.torch
def test_a_network_is_better_than_the_reference_forest(project: Any, real_drops: Path) -> None:
    """On the same test listings; and its intervals hold what they promise."""
    given = f"drops={real_drops},as_of=2019-07-08,modeling.estimator=neural_network"
    done = project.kedro("run", "--params", given)
    assert done.code == 0, done.output
    metrics = project.load("model_metrics")
    train, test = project.load("train_listings"), project.load("test_listings")
    # Squared errors: an eighth of the time, and 1.02 times the error of absolute ones.
    forest = reference_forest("squared_error", 42).fit(train, train["price"].to_numpy())
    error = np.abs(forest.predict(test) - test["price"].to_numpy()).mean() / 1.02
    assert metrics["test_mae"] < 0.96 * error
    assert 0.78 <= metrics["test_interval_coverage"] <= 0.83


def test_the_second_week_sets_its_listing_outside_the_city_aside(
    project: Any, real_drops: Path
) -> None:
    """The run passes; the listing is in rejected_listings with that reason."""
    done = project.kedro("run", "--pipelines", "data_processing,data_validation",
                         "--params", f"drops={real_drops},as_of=2019-07-15")  # fmt: skip
    assert done.code == 0, done.output
    outside = project.load("rejected_listings").whole().query("reason == 'outside_city'")
    assert len(outside) == 1
    assert f"{outside['delivered_on'].iloc[0]:%Y-%m-%d}" == "2019-07-15"
    assert "latitude 40.49979 is not in 40.5 to 41.2" in outside["detail"].iloc[0]


def test_the_bounds_check_can_be_set_to_fail_the_run(project: Any, real_drops: Path) -> None:
    """It fails, names the listing, and the report is on disk."""
    done = project.kedro(
        "run", "--params",
        f"drops={real_drops},as_of=2019-07-15,data_validation.max_rejected_rows.outside_city=0",
    )  # fmt: skip
    assert done.code == 1
    listing = project.load("rejected_listings").whole().query("reason == 'outside_city'").iloc[0]
    where = f"drop 2019-07-15, line {listing['line']}, id {listing['id']}: latitude 40.49979"
    assert where in done.output
    assert project.load("validation_report")["passed"] is False
    assert not (project.path / "data/06_models").exists()

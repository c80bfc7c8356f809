"""The same story with the real deliveries and the model as it is shipped."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from synthetic_drops import read_drop
from weekly_market import DONE, NOTHING_NEW, PERSON, Market, outside

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "2019-07-08", "2019-07-15", "2019-07-22"


@pytest.fixture
def market(new_project: Any, real_drops: Path, tmp_path: Path) -> Market:
    """A project without any drop yet, for the real ones."""
    project = new_project(tmp_path / "project")
    (project.path / "conf/local/wandb.yml").write_text("mode: local\n", encoding="utf-8")
    return Market(project, real_drops)


def test_the_weeks_of_the_real_deliveries(market: Market) -> None:
    """One after another: what the loop is for, from the first model to a rollback."""
    market.deliver(FIRST)
    code, said = market.weekly()
    assert code == DONE, said
    assert (market.in_production(), market.weekly()[0]) == ("v0", NOTHING_NEW)
    prices = market.estimates()
    stock = shutil.copy(market.path / "data/03_primary/listings.parquet", market.path)
    first = market.report("release_decision")["candidate"]["test"]
    assert first["mae"] < 0.9 * first["baseline_mae"]

    rows = read_drop(market.deliveries / f"{SECOND}.csv")
    aside = market.drop(SECOND)["latitude"].sub(42.36).abs().lt(1e-9).sum()
    market.deliver(SECOND, outside(rows))
    code, said = market.weekly()
    assert code == DONE, said
    processed = market.report("processing_report")["drops"][SECOND]
    assert processed["rejected"]["outside_city"] >= 1 + aside
    decision = market.report("release_decision")
    assert (decision["outcome"], market.in_production()) == ("released", "v1")
    assert decision["champion"]["version"] == "v0"
    assert market.report("retraining_decision")["look"] is False
    second = market.estimates()

    market.deliver(THIRD, rows.assign(price=(1.6 * rows["price"]).round().astype("int64")))
    code, said = market.weekly()
    assert (code, f"By drop {THIRD}" in said) == (PERSON, True), said
    assert (market.in_production(), market.estimates()) == ("v1", second)

    worse = (
        f"data_processing.exclude_drops={THIRD},modeling.estimator=linear,modeling.kernel.weight=0"
    )
    code, said = market.weekly(params=worse)
    assert code == DONE, said
    assert (market.report("release_decision")["outcome"], market.in_production()) == ("kept", "v1")
    assert market.estimates() == second

    (market.project.drops / f"{THIRD}.csv").unlink()
    code, said = market.release("--rollback", "--reason", "estimates in Queens are too high")
    assert code == DONE, said
    code, said = market.weekly()
    assert (code, "not withdrawn" in market.page()) == (DONE, True), said
    assert market.in_production() == "v0"
    market.project.run(("inference",), params={"to_price": str(stock)})
    assert market.estimates() == prices

    code, said = market.weekly("--as-of", FIRST)
    assert (code, "is price_model:v0" in said, "is listings:v0" in said) == (DONE, True, True), said

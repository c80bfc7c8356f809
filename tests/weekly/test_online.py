"""The same commands where the versions are on a W&B server."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from weekly_market import DAYS, DONE, NOTHING_NEW, Market

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def online(new_market: Any, tmp_path: Path, wandb_server: Any) -> Market:
    """A project with the first delivery, tracked on a server that knows of nothing yet."""
    del wandb_server
    market: Market = new_market(tmp_path / "project")
    (market.path / "conf/local/wandb.yml").unlink()
    market.deliver(DAYS[0])
    return market


def test_two_weeks_and_a_rollback_online(
    online: Market, wandb_server: Any, first_week: Any
) -> None:
    """Released, nothing new, compared, rolled back: as with the local store, in one experiment."""
    code, said = online.weekly()
    assert code == DONE, said
    assert online.weekly()[0] == NOTHING_NEW
    assert online.in_production() == "v0"
    assert online.estimates() == first_week[0].estimates()
    stock = shutil.copy(online.path / "data/03_primary/listings.parquet", online.path)

    online.deliver(DAYS[1])
    code, said = online.weekly()
    assert code == DONE, said
    assert online.report("release_decision")["champion"]["version"] == "v0"
    assert (online.report("release_decision")["outcome"], online.in_production()) == (
        "released",
        "v1",
    )
    (home,) = wandb_server.state.projects.values()
    weeks = {run.group for run in home.runs.values()}
    assert {week[:17] for week in weeks} == {f"weekly-{day}" for day in DAYS[:2]}
    assert len(weeks) == 2

    code, said = online.release("--rollback", "--reason", "estimates in Queens are too high")
    assert code == DONE, said
    code, said = online.weekly()
    assert (code, "another model is in production" in said) == (DONE, True), said
    assert online.in_production() == "v0"
    assert "not withdrawn" in online.page()
    online.project.run(("inference",), params={"to_price": str(stock)})
    assert online.estimates() == first_week[0].estimates()

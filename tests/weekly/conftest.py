"""Small deliveries and a small model, tracked as shipped, in the local store.

Each test goes on from a copy of the project as the first or the second week has left it.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from synthetic_drops import make_drop, update_drop, write_drop
from weekly_market import DAYS, SMALL_MARKET, Market, outside, tracking

sys.path.insert(0, str(Path(__file__).parents[1]))

from wandb_server.fixtures import wandb_environment, wandb_server

__all__ = ["wandb_environment", "wandb_server"]

ROWS = (1600, 3600, 2500, 2500)


@pytest.fixture(autouse=True)
def _offline() -> Iterator[None]:
    with tracking():
        yield


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of drops; the second has a listing far outside of the city."""
    folder, drop = tmp_path_factory.mktemp("deliveries"), None
    for number, (day, rows) in enumerate(zip(DAYS, ROWS, strict=True)):
        date = dt.date.fromisoformat(day)
        if drop is None:
            drop = make_drop(rows, date=date, seed=1)
        else:
            drop = update_drop(drop, rows, date=date, seed=number + 1)
        write_drop(drop if number != 1 else outside(drop), folder / f"{day}.csv")
    return folder


@pytest.fixture(scope="session")
def new_market(new_project: Any, deliveries: Path) -> Any:
    """Make projects without any drop, with a small model."""

    def make(path: Path) -> Market:
        project = new_project(path)
        given = yaml.safe_dump(SMALL_MARKET)
        (project.path / "conf/local/parameters.yml").write_text(given, encoding="utf-8")
        # As without a key, whatever key there is on this machine.
        (project.path / "conf/local/wandb.yml").write_text("mode: local\n", encoding="utf-8")
        return Market(project, deliveries)

    return make


@pytest.fixture(scope="session")
def first_week(
    new_market: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Market, tuple[int, str]]:
    market = new_market(tmp_path_factory.mktemp("first") / "project")
    market.deliver(DAYS[0])
    with tracking():
        return market, market.weekly()


@pytest.fixture(scope="session")
def second_week(
    first_week: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Market, tuple[int, str]]:
    market = first_week[0].copy(tmp_path_factory.mktemp("second") / "project")
    market.deliver(DAYS[1])
    with tracking():
        return market, market.weekly()


@pytest.fixture
def first(first_week: Any, tmp_path: Path) -> Market:
    """After the first week."""
    copy: Market = first_week[0].copy(tmp_path / "project")
    return copy


@pytest.fixture
def second(second_week: Any, tmp_path: Path) -> Market:
    """After the second week."""
    copy: Market = second_week[0].copy(tmp_path / "project")
    return copy

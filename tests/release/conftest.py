"""Weeks of small drops with a small model, tracked as shipped: what ends in production, and why."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from weekly_market import tracking

sys.path.insert(0, str(Path(__file__).parents[1]))

from wandb_server.fixtures import wandb_environment, wandb_server

__all__ = ["wandb_environment", "wandb_server"]

FIRST_WEEK = {"as_of": "2024-01-08"}


@dataclass(frozen=True)
class Market:
    """A project whose runs are tracked."""

    project: Any

    @property
    def path(self) -> Path:
        """Its folder."""
        path: Path = self.project.path
        return path

    def run(self, *pipelines: str, params: dict[str, Any] | None = None, **options: Any) -> None:
        """Run in this process, with tracking as the environment says."""
        self.project.run(pipelines, params=params or {}, **options)

    def release(self, *arguments: str) -> tuple[int, str]:
        """Type ``kedro release``, in this process; return the exit code and what was said."""
        from kedro.framework.startup import bootstrap_project

        from rental_pricing.cli import release

        metadata = bootstrap_project(self.path)
        with contextlib.chdir(self.path):
            done = CliRunner().invoke(release, arguments, obj=metadata)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def decision(self) -> dict[str, Any]:
        """The newest decision."""
        file = self.path / "data/08_reporting/release_decision.json"
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def in_production(self) -> str | None:
        """Which model is in production: its identity, as the store has it."""
        holder = self.project.load("production_version")
        return self.project.load("production_model").identity if holder else None

    def versions(self) -> dict[str, int]:
        """How many versions each artifact has."""
        import sqlite3

        with contextlib.closing(
            sqlite3.connect(self.path / ".wandb/rental_pricing/store.db")
        ) as db:
            rows = db.execute(
                "SELECT name, count(*) FROM versions JOIN artifacts"
                " ON artifacts.id = artifact_id GROUP BY name"
            )
            return dict(rows.fetchall())

    def model(self) -> str:
        """The identity of the model on disk."""
        file = self.path / "data/06_models/price_model/package.json"
        return str(json.loads(file.read_text(encoding="utf-8"))["identity"])


@pytest.fixture
def offline() -> Iterator[None]:
    """Track in the local store."""
    with tracking(WANDB_MODE="offline"):
        yield


@pytest.fixture(scope="session")
def _first_week(small_project: Any, tmp_path_factory: pytest.TempPathFactory) -> Market:
    market = Market(small_project(tmp_path_factory.mktemp("first") / "project"))
    with tracking(WANDB_MODE="offline"):
        market.run(params=FIRST_WEEK)
    return market


@pytest.fixture(scope="session")
def _before_release(_first_week: Market, tmp_path_factory: pytest.TempPathFactory) -> Market:
    market = _copy(_first_week, tmp_path_factory.mktemp("before") / "project")
    with tracking(WANDB_MODE="disabled"):
        market.run("data_processing", "data_validation", "modeling")
    return market


@pytest.fixture(scope="session")
def _second_week(_before_release: Market, tmp_path_factory: pytest.TempPathFactory) -> Market:
    market = _copy(_before_release, tmp_path_factory.mktemp("second") / "project")
    with tracking(WANDB_MODE="offline"):
        market.run("release")
    return market


@pytest.fixture
def new_market(small_project: Any, tmp_path: Path, offline: None) -> Market:
    """Before the first run."""
    del offline
    return Market(small_project(tmp_path / "project"))


@pytest.fixture
def first_week(_first_week: Market, tmp_path: Path, offline: None) -> Market:
    """After the run of the first week, which has released its model."""
    del offline
    return _copy(_first_week, tmp_path / "project")


@pytest.fixture
def before_release(_before_release: Market, tmp_path: Path, offline: None) -> Market:
    """The first model is released, and that of the second week, in no store yet, is not."""
    del offline
    return _copy(_before_release, tmp_path / "project")


@pytest.fixture
def second_week(_second_week: Market, tmp_path: Path, offline: None) -> Market:
    """After the runs of both weeks."""
    del offline
    return _copy(_second_week, tmp_path / "project")


def _copy(market: Market, path: Path) -> Market:
    shutil.copytree(market.path, path)
    return Market(type(market.project)(path))

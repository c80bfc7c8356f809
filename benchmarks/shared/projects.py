"""Projects to run: a copy of this one, and a small one in the shape of Kedro's tutorial."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from shared.processes import kedro

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "data/01_raw/listings"

SHUTTLES = 20_000
"""Rows of the small project's tables."""


def make_project(project: Path) -> Path:
    """Copy what a run of this project needs to a fresh folder, without drops."""
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project)
    for name in ("conf/local", "src"):
        (project / name).mkdir()
    return project


def make_product(project: Path) -> Path:
    """Copy this project with its committed drops."""
    make_project(project)
    shutil.copytree(ROOT / "data/01_raw", project / "data/01_raw")
    return project


def make_trained(project: Path, drops: Path, *params: str) -> Path:
    """Copy this project, train a model from drops, and put it into production."""
    make_project(project)
    # The first model is released by rule.
    kedro(project, "run", "--params", ",".join([f"drops={drops}", *params]))
    return project


def make_starter(project: Path) -> Path:
    """Build the small project, which is one of the tests'."""
    sys.path[:0] = [str(ROOT / "tests/kedro_wandb"), str(ROOT / "tests")]
    importlib.import_module("spaceflights").make_spaceflights(project, SHUTTLES)
    (project / "conf/base/wandb.yml").write_text("project: starter\n", encoding="utf-8")
    return project


MAKERS: dict[str, Callable[[Path], Path]] = {"product": make_product, "starter": make_starter}

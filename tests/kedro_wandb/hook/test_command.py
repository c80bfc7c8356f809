"""Which versions a run is told to have been made by."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from weekly import make_weekly, open_store

import kedro_wandb
from kedro_wandb.hook.command import versions


def test_each_run_tells_the_versions_of_what_made_it(tmp_path: Path) -> None:
    """The project's own, the plugin's, Kedro's, the SDK's and Python's; of blocks, too."""
    weekly = make_weekly(tmp_path / "project")
    weekly.run("process")
    with weekly.session() as session:
        catalog = session.load_context().catalog
        with kedro_wandb.step("explore"):
            catalog.load("rows")
    with open_store(weekly) as store:
        told = [each.step.config["kedro"]["versions"] for each in store.steps()]
    assert len(told) == 2
    for found in told:
        assert found["tiny"] == "0.1"
        assert found["kedro-wandb"] == kedro_wandb.__version__
        assert found["python"] == platform.python_version()
        assert {name: found[name] for name in ("kedro", "wandb")} == {
            name: metadata.version(name) for name in ("kedro", "wandb")
        }


def test_the_code_that_runs_says_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its distribution does, which is older where it is installed for editing."""
    module = ModuleType("iniconfig")
    monkeypatch.setitem(sys.modules, "iniconfig", module)
    assert versions("iniconfig")["iniconfig"] == metadata.version("iniconfig")
    module.__version__ = "99.0"  # type: ignore[attr-defined]
    assert versions("iniconfig")["iniconfig"] == "99.0"


def test_what_tells_no_version_is_left_out() -> None:
    """A project that is no distribution and has no version in its package."""
    assert "nowhere" not in versions("nowhere")
    assert versions(None).keys() == versions("nowhere").keys()

"""A neural network all the way: trained where PyTorch is, used where it is not."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml
from kedro_command import kedro

from rental_pricing.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parent / "rental_pricing/serving"))

from served import Market
from serving_tools import GOOD

NETWORK = {"hidden": [16, 8], "epochs": 12, "batch_size": 64, "learning_rate": 0.01}
HIDE_TORCH = """
import importlib.machinery

found = importlib.machinery.PathFinder.find_spec
importlib.machinery.PathFinder.find_spec = staticmethod(
    lambda name, *more: None if name == "torch" else found(name, *more)
)
"""


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """Environment of processes in which PyTorch is not installed."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(HIDE_TORCH, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def test_without_pytorch_nothing_is_begun(
    synthetic_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told what to install before any data is read."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'rental-pricing\[torch\]'"):
        synthetic_project.run(params={"modeling": {"estimator": "neural_network"}})
    assert synthetic_project.outputs() == {}


@pytest.mark.slow
@pytest.mark.torch
def test_a_network_is_used_where_there_is_no_pytorch(
    small_project: Callable[[Path], Any],
    tmp_path: Path,
    without_torch: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trained, released; then priced with, watched, served and challenged, all without it."""
    project = small_project(tmp_path / "project")
    file = project.path / "conf/local/parameters.yml"
    given = yaml.safe_load(file.read_text(encoding="utf-8"))
    given["modeling"]["estimators"]["neural_network"] = NETWORK
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    network = "modeling.estimator=neural_network"

    kedro(project, "run", "--params", f"as_of=2024-01-08,{network}")

    package = json.loads((project.path / "data/06_models/price_model/package.json").read_bytes())
    assert package["versions"]["torch"].endswith(" on cpu")
    assert {"network.json", "network.safetensors"} <= set(package["sha256"])
    card = (project.path / "data/08_reporting/model_card.md").read_text(encoding="utf-8")
    assert "The mean of 2 neural networks" in card

    kedro(project, "run", "--pipelines", "inference", **without_torch)
    estimates = pd.read_parquet(project.path / "data/07_model_output/price_estimates.parquet")
    assert estimates["typical_price"].notna().mean() > 0.9

    monkeypatch.setenv("PYTHONPATH", without_torch["PYTHONPATH"])
    monkeypatch.setenv("WANDB_MODE", "offline")
    with Market(project.path).serve() as served:
        told = served.post("/estimates", json=GOOD).json()
        assert told["model"]["version"] == "v0"
        assert told["estimates"][0]["price"] > 0

    before = project.outputs()
    for command in ("run", "weekly"):
        said = kedro(project, command, "--params", network, code=1, **without_torch)
        assert "pip install 'rental-pricing[torch]'" in said
        assert "Traceback" not in said
        assert project.outputs() == before

    watched = "data_processing,data_validation,monitoring"
    kedro(project, "run", "--pipelines", watched, **without_torch)
    assert project.load("drift_report")

    kedro(project, "run", **without_torch)
    decision = project.load("release_decision")
    assert decision["candidate"]["estimator"] == "gradient_boosting"
    assert decision["champion"]["estimator"] == "neural_network"

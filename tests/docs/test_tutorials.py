"""The tutorials work as they are written."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from tutorial import TutorialError, change, follow

ROOT = Path(__file__).parents[2]
TUTORIALS = ROOT / "docs/tutorials"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a clone of the repository has that the tutorials use."""
    folder = tmp_path / "rental-pricing"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    for name in ("src", "conf/base", "data/01_raw"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "conf/logging.yml", folder / "conf")
    (folder / "conf/local").mkdir()
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def environment(source: Path) -> dict[str, str]:
    """Return a user's variables: ``kedro`` on the path, tracking as it comes, no account."""
    unset = {"WANDB_MODE", "WANDB_API_KEY", "KEDRO_LOGGING_CONFIG"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    return inherited | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(source),
        "NETRC": os.devnull,
        "COLUMNS": "100",
    }


@pytest.mark.slow
def test_the_first_five_minutes_end_with_two_models_compared(clone: Path) -> None:
    """A model is trained, asked and held against a forest, which does not replace it."""
    printed = follow(ROOT / "docs/start.md", clone, environment(clone / "src"))
    assert "2024-01-08.csv.gz" in printed
    assert (clone / "data/07_model_output/price_estimates.parquet").is_file()
    decision = json.loads((clone / "data/08_reporting/release_decision.json").read_text("utf-8"))
    assert decision["champion"]
    assert decision["outcome"] != "released"


@pytest.mark.slow
def test_a_new_market_has_a_model_in_production_of_its_own(clone: Path) -> None:
    """Paris is priced in euros from its own folder; one command does the week of both."""
    printed = follow(TUTORIALS / "new_market.md", clone, environment(clone / "src"))
    data = clone / "data/paris"
    assert "EUR" in (data / "08_reporting/model_card.md").read_text(encoding="utf-8")
    assert (data / "07_model_output/price_estimates.parquet").is_file()
    assert "latest, prod" in printed
    dry, *_, last = re.findall(
        r"^(base|paris) +(would run|nothing new|released)", printed, re.MULTILINE
    )
    assert (dry, last) == (("base", "would run"), ("paris", "nothing new"))
    card = clone / "data/08_reporting/model_card.md"
    assert "New York City" in card.read_text(encoding="utf-8")
    stores = {folder.name for folder in (clone / ".wandb").iterdir() if folder.is_dir()}
    assert stores == {"rental_pricing", "rental_pricing-paris"}


@pytest.mark.slow
def test_a_new_estimator_is_trained_and_judged(clone: Path) -> None:
    """After four edits the model is one of extra trees, and the release has said something."""
    printed = follow(TUTORIALS / "new_estimator.md", clone, environment(clone / "src"))
    package = json.loads((clone / "data/06_models/price_model/package.json").read_text("utf-8"))
    assert package["provenance"]["estimator"] == "extra_trees"
    card = (clone / "data/08_reporting/model_card.md").read_text("utf-8")
    assert "Extremely randomised trees" in card
    assert "extra-trees" in printed
    decision = json.loads((clone / "data/08_reporting/release_decision.json").read_text("utf-8"))
    assert decision["champion"]  # it was compared with the model in production


@pytest.mark.slow
def test_the_plugin_tracks_another_project(tmp_path: Path) -> None:
    """A project that knows nothing of it has versions, lineage and a tracked script."""
    source = tmp_path / "corner-shop/src"
    variables = environment(ROOT / "src") | {"PYTHONPATH": f"{ROOT / 'src'}:{source}"}
    printed = follow(TUTORIALS / "plugin_elsewhere.md", tmp_path, variables)
    assert "orders:v0" in printed
    assert "outlook:v1" in printed
    assert "Order 9" in printed  # v0's mean of 9 and 5, and 2 to spare
    assert "order · finished" in printed


def test_a_change_has_to_fit(tmp_path: Path) -> None:
    """Lines that are not there, or twice, are no place for a change."""
    file = tmp_path / "words.txt"
    file.write_text("one\ntwo\ntwo\n", encoding="utf-8")
    change(file, "-one\n+eins\n")
    assert file.read_text(encoding="utf-8") == "eins\ntwo\ntwo\n"
    for wrong in ("-two\n+zwei\n", "-one\n+uno\n"):
        with pytest.raises(TutorialError, match=r"words\.txt has these lines"):
            change(file, wrong)

"""The project's own runs, as the tracking sees them; with the shipped configuration, offline."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kedro_wandb.stores.local.store import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]

WRITTEN = {
    "typed_drops": "dataset",
    "drop_window": "dataset",
    "rejected_listings": "dataset",
    "listings": "dataset",
    "processing_report": "report",
    "delivery_profiles": "dataset",
    "listings_profile": "dataset",
    "validation_report": "report",
    "validation_plot": "plot",
    "train_listings": "dataset",
    "validation_listings": "dataset",
    "test_listings": "dataset",
    "price_model": "model",
    "validation_estimates": "dataset",
    "test_estimates": "dataset",
    "model_metrics": "report",
    "metrics_by_segment": "report",
    "predicted_against_actual_plot": "plot",
    "residual_map_plot": "plot",
    "segments_plot": "plot",
    "feature_importance": "report",
    "feature_importance_plot": "plot",
    "model_card": "report",
    "release_decision": "report",
    "release_note": "report",
}
"""Type by name of what a whole run writes."""

READ = {"weekly_listings": "dataset", "listings_source": "dataset"}


def kedro(project: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with tracking as shipped, offline, and return what it says, and where."""
    unset = [name for name in os.environ if name.startswith("WANDB_")]
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "kedro", *arguments],
        cwd=project.path,
        env=environment | {"WANDB_MODE": "offline"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def answer(project: Any, *arguments: str) -> Any:
    """Return what a ``kedro wandb`` command tells programs."""
    return json.loads(kedro(project, "wandb", *arguments, "--json").stdout)


def versions(project: Any) -> dict[str, int]:
    return {each["name"]: each["versions"] for each in answer(project, "artifacts")}


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, small_project: Callable[[Path], Any]) -> Any:
    """A project after one tracked run on small drops, and what that run said."""
    project = small_project(tmp_path_factory.mktemp("tracked") / "project")
    shutil.copy(ROOT / "data/01_raw/listings/SOURCE.md", project.drops)
    (project.path / "output.txt").write_text(kedro(project, "run").stderr)
    return project


@pytest.fixture
def tracked_copy(tracked: Any, tmp_path: Path) -> Any:
    """A project of one's own after that run."""
    shutil.copytree(tracked.path, tmp_path / "project")
    return type(tracked)(tmp_path / "project")


def test_every_dataset_of_the_default_run_is_an_artifact(tracked: Any) -> None:
    """All that it wrote, all that it read, each of its type, each in one version."""
    found = {each["name"]: each["type"] for each in answer(tracked, "artifacts")}
    assert found == WRITTEN | READ
    assert set(versions(tracked).values()) == {1}


def test_the_closing_table_accounts_for_each(tracked: Any) -> None:
    """What is not there yet, such as the optional reference, with its reason."""
    table = (tracked.path / "output.txt").read_text()
    for name in WRITTEN | READ:
        assert f"{name}:v0" in table
    absent = (
        "reference_profile",
        "champion",
        "earlier_manual_releases",
        "earlier_release_decision",
    )
    for name in (*absent, "production_version"):  # the last one is no data
        assert name in table
    assert f"{len(absent) + 1} not logged" in table
    assert "released_model = price_model:v0" in table
    assert "not in the summary" not in table
    drawn = re.search(r"^step .*(?=^See: )", table, re.MULTILINE | re.DOTALL)
    assert drawn is not None
    assert max(map(len, drawn[0].splitlines())) <= 80


def test_the_metrics_of_the_model_are_the_only_ones(tracked: Any) -> None:
    """Profiles and reports have numbers too, which would bury them, with new names each week."""
    with closing(LocalStore(tracked.path / ".wandb/rental_pricing")) as store:
        summaries = {each.step.job_type: each.summary for each in store.steps()}
    metrics = json.loads((tracked.path / "data/08_reporting/model_metrics.json").read_text())
    release = summaries.pop("release")
    assert release["release_decision/candidate.test.mae"] == metrics["test_mae"]
    assert summaries == {
        "data_processing": {},
        "data_validation": {},
        "modeling": {f"model_metrics/{name}": value for name, value in metrics.items()
                     if name != "model"},
    }  # fmt: skip


def names(tree: Any, found: set[str]) -> set[str]:
    """Collect every text in a lineage tree."""
    if isinstance(tree, dict):
        for value in tree.values():
            names(value, found)
    elif isinstance(tree, list):
        for value in tree:
            names(value, found)
    else:
        found.add(str(tree))
    return found


def test_lineage_leads_from_the_model_to_each_drop_and_back(tracked: Any) -> None:
    """Up from the model to the files, down from the drops to the model."""
    up = names(answer(tracked, "lineage", "price_model:v0", "--up"), set())
    assert {"weekly_listings:v0", "2024-01-08.csv", "2024-01-15.csv"} <= up
    down = names(answer(tracked, "lineage", "weekly_listings:v0", "--down"), set())
    assert {"listings:v0", "validation_report:v0", "price_model:v0", "model_card:v0"} <= down


@pytest.mark.slow
def test_listings_are_priced_by_the_version_in_production(tracked_copy: Any) -> None:
    """Without one the run stops before its first node; with it, each estimate names it."""
    kedro(tracked_copy, "wandb", "alias", "price_model:v0", "prod", "--remove")
    with pytest.raises(AssertionError, match="no 'price_model:prod'"):
        kedro(tracked_copy, "run", "--pipelines", "inference")
    assert not (tracked_copy.path / "data/07_model_output/price_estimates.parquet").exists()
    kedro(tracked_copy, "wandb", "alias", "price_model:v0", "prod")
    kedro(tracked_copy, "run", "--pipelines", "inference", "--params", "inference.similar=3")
    estimates, stock = tracked_copy.load("price_estimates"), tracked_copy.load("listings").whole()
    assert estimates["id"].tolist() == stock["id"].tolist()
    assert set(estimates["model_version"]) == {"price_model:v0"}
    assert set(estimates["model_age_weeks"]) == {0.0}
    similar = tracked_copy.load("similar_listings")
    assert set(similar.groupby("id").size()) == {3}
    up = names(answer(tracked_copy, "lineage", "price_estimates:v0", "--up"), set())
    assert {"price_model:v0", "listings:v0", "2024-01-08.csv"} <= up


@pytest.mark.slow
def test_an_unchanged_run_makes_no_version_and_stores_nothing(tracked_copy: Any) -> None:
    """Not one byte of content more, once the decision is that all is released already."""
    kedro(tracked_copy, "run")
    blobs = tracked_copy.path / ".wandb/rental_pricing/blobs"
    before = {file.name for file in blobs.rglob("*") if file.is_file()}
    output = kedro(tracked_copy, "run").stderr
    assert f"{len(WRITTEN)} unchanged" in output
    assert "0 bytes stored" in output
    twice = {name for name, count in versions(tracked_copy).items() if count > 1}
    assert twice == {"release_decision", "release_note"}
    assert {file.name for file in blobs.rglob("*") if file.is_file()} == before


@pytest.mark.slow
def test_one_changed_row_makes_versions_downstream_of_it(tracked_copy: Any) -> None:
    """A price in the newest drop: the drops and the listings are new, the source note is not."""
    drop = tracked_copy.drops / "2024-01-15.csv"
    header, first, *rest = drop.read_text(encoding="utf-8").splitlines()
    column = header.split(",").index("price") - len(header.split(","))
    cells = first.split(",")
    cells[column] = str(int(cells[column]) % 300 + 20)
    drop.write_text("\n".join([header, ",".join(cells), *rest, ""]), encoding="utf-8")
    kedro(tracked_copy, "run")
    found = versions(tracked_copy)
    assert found["weekly_listings"] == found["typed_drops"] == found["listings"] == 2
    assert found["listings_source"] == 1
    assert found["price_model"] in {1, 2}  # the row may be one of those that judge the model


@pytest.mark.slow
def test_a_run_can_be_told_its_experiment(tracked_copy: Any) -> None:
    """``--params experiment=…`` is a parameter that the project knows."""
    kedro(tracked_copy, "run", "--pipelines", "data_processing", "--params", "experiment=tune")
    shown = answer(tracked_copy, "show", "listings:latest")
    assert "tune" in names(shown, set())

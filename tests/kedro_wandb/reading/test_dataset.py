"""Versions read back through the catalog."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from commanded import DONE, wandb
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError
from project import KedroProject
from synced import ended
from weekly import drop, labels, make_weekly, open_store

from kedro_wandb.hook import planning
from kedro_wandb.protocol.plan import RunPlan
from kedro_wandb.reading.dataset import ArtifactDataset
from kedro_wandb.stores.base import Version
from kedro_wandb.stores.fetching import CHECKOUTS

SCORE = """
from kedro.pipeline import Node, Pipeline


def score(production_model, reference, test_rows):
    return {"mean": production_model["mean"], "has_reference": reference is not None}


def again(production_model, scores):
    return {"same": production_model["mean"] == scores["mean"]}


def create_pipeline(**_):
    return Pipeline([
        Node(score, ["production_model", "reference", "test_rows"], "scores", name="score"),
        Node(again, ["production_model", "scores"], "compared", name="again"),
    ])
"""

CATALOG: dict[str, Any] = {
    "production_model": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "model:prod",
        "dataset": "pickle.PickleDataset",
    },
    "reference": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "metrics:reference",
        "optional": True,
        "dataset": {"type": "json.JSONDataset"},
    },
    "all_drops": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "drops:v0",
        "dataset": {
            "type": "partitions.PartitionedDataset",
            "dataset": "pandas.CSVDataset",
            "filename_suffix": ".csv",
        },
    },
    "one_drop": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "drops:v0",
        "file": "2024-01-01.csv",
        "dataset": "pandas.CSVDataset",
    },
    "one_file": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "drops:v0",
        "file": "2024-01-08.csv",
    },
    "no_drop": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "drops:v0",
        "file": "2024-01-02.csv",
        "dataset": "pandas.CSVDataset",
    },
    "folder": {"type": "kedro_wandb.ArtifactDataset", "artifact": "drops"},
    "unknown": {"type": "kedro_wandb.ArtifactDataset", "artifact": "modle:prod"},
    "scores": {"type": "json.JSONDataset", "filepath": "data/scores.json"},
    "compared": {"type": "json.JSONDataset", "filepath": "data/compared.json"},
}


@pytest.fixture(scope="module")
def twice_run(tmp_path_factory: pytest.TempPathFactory) -> KedroProject:
    """A project with two versions of the model, the older one in production; to be copied."""
    path = tmp_path_factory.mktemp("released") / "project"
    project = make_weekly(path, pipelines={"score": SCORE}, catalog=CATALOG)
    project.run("process", "train")
    project.write("data/drops/2024-01-01.csv", drop(("Bronx", 90), ("Queens", 90), ("Bronx", 90)))
    project.run("process", "train")
    assert labels(project)["model"] == "v1"
    set_alias(project, "model:v0", "prod")
    return project


@pytest.fixture
def released(twice_run: KedroProject, tmp_path: Path) -> KedroProject:
    """A copy of that project."""
    shutil.copytree(twice_run.path, tmp_path / "project")
    return KedroProject(tmp_path / "project", twice_run.package)


def set_alias(project: KedroProject, reference: str, alias: str) -> None:
    with open_store(project) as store:
        store.set_alias(store.find(reference), alias)


def scoring(project: KedroProject) -> list[str]:
    """Return what the newest run of the step used."""
    with open_store(project) as store:
        steps = [each.step for each in ended(store)]
        newest = [each for each in steps if each.job_type == "score"][-1]
        return [version.reference for version in store.inputs(newest.id)]


def test_an_alias_loads_its_version(released: KedroProject) -> None:
    """By the inner dataset; the alias moves, and so does what is loaded."""
    assert released.load("production_model")["mean"] == pytest.approx(175 / 3)
    set_alias(released, "model:v1", "prod")
    assert released.load("production_model")["mean"] == 90.0


@pytest.mark.parametrize("alias", ["v0", "v1", "prod", "latest"])
def test_a_pin_is_content(
    released: KedroProject, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name and digest go into the plan of a run: another store may count otherwise."""
    entry = CATALOG["production_model"] | {"artifact": f"model:{alias}"}
    released.write_yaml("conf/local/catalog.yml", {"production_model": entry})
    plans: list[RunPlan] = []
    plan_run = planning.plan_run

    def plan_and_keep(*given: Any) -> RunPlan:
        plans.append(plan_run(*given))
        return plans[-1]

    monkeypatch.setattr(planning, "plan_run", plan_and_keep)
    released.run("score")
    with open_store(released) as store:
        version = store.find(f"model:{alias}")
    assert plans[0].datasets["production_model"].reference == f"model:{version.digest}"


def test_the_log_tells_which_version_was_loaded(
    released: KedroProject, caplog: pytest.LogCaptureFixture
) -> None:
    """Months later the log still says what an alias meant then."""
    with caplog.at_level(logging.INFO, "kedro_wandb"):
        released.load("production_model")
    assert "Loaded model:v0 (model:prod)." in caplog.messages


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_a_run_records_the_version_that_it_read(released: KedroProject, runner: str) -> None:
    """As an input of the step, under every runner."""
    released.run_under(runner, "score")
    assert set(scoring(released)) == {"model:v0", "test_rows:v0"}
    assert '"mean": 58.3' in (released.path / "data/scores.json").read_text()


def test_all_nodes_of_a_run_read_the_same_version(
    released: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the alias moves while the run is under way."""
    load = ArtifactDataset.load

    def load_and_move(self: ArtifactDataset) -> Any:
        data = load(self)
        set_alias(released, "model:v1", "prod")
        return data

    monkeypatch.setattr(ArtifactDataset, "load", load_and_move)
    released.run("score")
    assert json.loads((released.path / "data/compared.json").read_text()) == {"same": True}
    assert "model:v0" in scoring(released)


def test_an_optional_one_is_none_until_there_is_a_version(released: KedroProject) -> None:
    """As a reference profile in the first week."""
    assert released.load("reference") is None
    set_alias(released, "metrics:v0", "reference")
    assert set(released.load("reference")) == {"mae", "rows"}


def test_a_missing_one_says_what_there_is(released: KedroProject) -> None:
    """Unknown names and unknown aliases, each in one clear error."""
    with pytest.raises(DatasetError, match=r"no artifact 'modle' \(did you mean 'model'\?\)"):
        released.load("unknown")
    with open_store(released) as store:
        store.remove_alias("model", "prod")
    told = r"no 'model:prod'\. It has: model:v1, model:latest, model:v0"
    with pytest.raises(DatasetError, match=told):
        released.load("production_model")


def test_a_missing_one_is_told_before_the_first_node(released: KedroProject) -> None:
    """In one message that names the dataset; nothing has run, and nothing is recorded."""
    with open_store(released) as store:
        store.remove_alias("model", "prod")
        steps = len(store.steps())
    done = released.kedro("run")
    assert done.code == 1
    assert "The dataset 'production_model' can't be loaded. " in done.output
    assert re.search(r"no 'model:prod'\. It has: model:v1, model:latest", done.output)
    assert "Traceback" not in done.output
    assert "Running node" not in done.output
    with open_store(released) as store:
        assert len(store.steps()) == steps


def test_a_missing_one_that_no_node_reads_stops_nothing(released: KedroProject) -> None:
    """With ``--only-missing-outputs`` the node that would read it may have nothing to do."""
    released.run("score")
    with open_store(released) as store:
        store.remove_alias("model", "prod")
    released.run("score", only_missing_outputs=True)


def test_folders_and_partitions_are_loaded_as_they_were(released: KedroProject) -> None:
    """A partitioned dataset reads the partitions of that version; without one, a folder."""
    parts = released.load("all_drops")
    assert sorted(parts) == ["2024-01-01", "2024-01-08"]
    assert parts["2024-01-01"]()["price"].tolist() == [50, 70, 55]
    folder = released.load("folder")
    assert sorted(path.name for path in folder.iterdir()) == ["2024-01-01.csv", "2024-01-08.csv"]


def test_a_single_partition_is_a_folder_all_the_same(tmp_path: Path) -> None:
    """Whatever else a folder with one file may be taken for."""
    file = tmp_path / "2024-01-01.csv"
    file.write_text(drop(("Bronx", 50)))
    inner = {"type": "partitions.PartitionedDataset", "dataset": "pandas.CSVDataset"}
    dataset = ArtifactDataset(artifact="drops", dataset=inner)
    version = Version("drops", "dataset", 0, "0" * 32, 5)
    assert list(dataset._open(version, tmp_path)) == ["2024-01-01.csv"]


class NamedDataset(AbstractDataset[None, str]):
    """A dataset that is told which version its file is of."""

    def __init__(self, *, filepath: str, version: str) -> None:
        self.told = f"{version} in {filepath}"

    def load(self) -> str:
        """Return what was told."""
        return self.told

    def save(self, data: None) -> None:
        """Refuse."""
        raise NotImplementedError

    def _describe(self) -> dict[str, Any]:
        return {}


def test_the_inner_dataset_may_be_told_its_version(tmp_path: Path) -> None:
    """The one that is read, whatever the alias was."""
    (tmp_path / "model.txt").write_text("1")
    dataset = ArtifactDataset(
        artifact="model:prod", dataset={"type": NamedDataset}, reference_arg="version"
    )
    found = dataset._open(Version("model", "model", 3, "0" * 32, 1), tmp_path)
    assert found == f"model:v3 in {tmp_path}/model.txt"


def test_one_file_of_a_version_is_loaded(released: KedroProject) -> None:
    """By a dataset, or as its path; a name that it does not have is told with those it has."""
    assert released.load("one_drop")["price"].tolist() == [50, 70, 55]
    assert released.load("one_file").read_text() == drop(("Queens", 80), ("Queens", 75),
                                                         ("Bronx", 65))  # fmt: skip
    told = (
        r"drops:v0 has no file '2024-01-02\.csv' \(did you mean '2024-01-0[18]\.csv'\?\)\."
        r" It has: 2024-01-01\.csv, 2024-01-08\.csv\."
    )
    with pytest.raises(DatasetError, match=told):
        released.load("no_drop")


@pytest.mark.parametrize("argument", ["filepath", "path"])
def test_the_path_is_not_for_the_inner_dataset_to_name(argument: str) -> None:
    """It is where the version's files are."""
    with pytest.raises(DatasetError, match=f"'{argument}' is given by the artifact"):
        ArtifactDataset(artifact="a", dataset={"type": "json.JSONDataset", argument: "x"})


def test_a_load_version_takes_the_place_of_the_alias(
    released: KedroProject, caplog: pytest.LogCaptureFixture
) -> None:
    """What was loaded is what the lineage names."""
    with caplog.at_level(logging.INFO, "kedro_wandb"):
        released.run("score", load_versions={"production_model": "v1"})
    assert "Loaded model:v1 (model:v1)." in caplog.messages
    assert set(scoring(released)) == {"model:v1", "test_rows:v0"}
    assert '"mean": 90.0' in (released.path / "data/scores.json").read_text()
    with pytest.raises(Exception, match="no 'model:v7'"):
        released.run("score", load_versions={"production_model": "v7"})


def test_a_spoiled_checkout_is_fetched_anew(released: KedroProject) -> None:
    """What was loaded once is kept for the next load, but never trusted blindly."""
    folder = released.load("folder")
    (folder / "2024-01-08.csv").chmod(0o644)
    (folder / "2024-01-08.csv").write_text("spoiled")
    assert "Queens" in (released.load("folder") / "2024-01-08.csv").read_text()


def test_what_was_loaded_can_be_cleaned(released: KedroProject) -> None:
    """Once the process that loaded it has ended; the copies are write-protected."""
    done = released.kedro("run", "--pipelines", "score")
    assert done.code == 0, done.output
    copies = list((released.path / ".wandb/tiny" / CHECKOUTS).rglob("*.pkl"))
    assert len(copies) == 1
    result = wandb(released, "clean", "--yes")
    assert result.exit_code == DONE, result.output
    assert not copies[0].exists()


def test_it_is_read_only(released: KedroProject) -> None:
    """Versions are made by the runs that write the dataset itself."""
    with released.session() as session:
        catalog = session.load_context().catalog
        with pytest.raises(DatasetError, match="read-only"):
            catalog.save("production_model", {})
        assert catalog.exists("production_model")
        assert not catalog.exists("unknown")


def test_a_project_without_the_file_is_told_how_to_start(released: KedroProject) -> None:
    """The dataset needs a store."""
    (released.path / "conf/base/wandb.yml").unlink()
    with pytest.raises(DatasetError, match=r"Let 'kedro wandb init' write one"):
        released.load("production_model")

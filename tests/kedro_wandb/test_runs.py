"""Whole Kedro runs of a tiny project: every kind of dataset, under every runner."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from kedro.runner import SequentialRunner
from project import KedroProject
from synced import ended
from weekly import ARTIFACTS, LOCAL, contents, drop, labels, make_weekly, open_store


@pytest.fixture
def weekly(tmp_path: Path) -> KedroProject:
    """A project in which nothing has run yet."""
    return make_weekly(tmp_path / "project")


@pytest.fixture
def rerun(logged: KedroProject, tmp_path: Path) -> KedroProject:
    """A project of one's own after one whole run."""
    project = make_weekly(tmp_path / "project")
    for folder in ("data", ".wandb"):
        shutil.copytree(logged.path / folder, project.path / folder, dirs_exist_ok=True)
    return project


def steps(project: KedroProject) -> dict[str, Any]:
    """Return the steps by pipeline, of the newest run of each."""
    with open_store(project) as store:
        return {each.step.job_type: each for each in ended(store)}


def used(project: KedroProject, step: str) -> set[str]:
    with open_store(project) as store:
        return {each.reference for each in store.inputs(steps(project)[step].step.id)}


def test_every_dataset_becomes_an_artifact_of_its_type(logged: KedroProject) -> None:
    """Plain, versioned, factory, cached, transcoded and partitioned ones, models and plots."""
    found = contents(logged)
    assert {name: versions[0][0] for name, versions in found.items()} == ARTIFACTS
    assert {len(versions) for versions in found.values()} == {1}


def test_names_of_files_do_not_depend_on_places_or_times(logged: KedroProject) -> None:
    """Not on the project's folder, nor on the version's time stamp."""
    found = contents(logged)
    assert list(found["rows"][0][1]) == ["rows.parquet"]
    assert list(found["drops"][0][1]) == ["2024-01-01.csv", "2024-01-08.csv"]
    assert list(found["by_place"][0][1]) == ["Bronx.csv", "Queens.csv"]


def test_each_modular_pipeline_is_a_step_of_one_experiment(logged: KedroProject) -> None:
    """Grouped by Kedro's run id, finished, with the pipeline's name as job type."""
    found = steps(logged)
    assert set(found) == {"process", "train"}
    assert {record.state for record in found.values()} == {"finished"}
    (group,) = {record.step.experiment for record in found.values()}
    assert group == found["train"].step.run_id


def test_a_step_knows_its_own_parameters_and_no_others(logged: KedroProject) -> None:
    """What looks like a credential is redacted, what is not used is not there."""
    found = steps(logged)
    assert found["process"].step.config["parameters"] == {"share": 0.5}
    assert found["train"].step.config["parameters"] == {
        "options": {"seed": 3, "api_token": "[redacted]"}
    }


def test_a_step_knows_where_it_comes_from(logged: KedroProject) -> None:
    """The command, the runner, the versions of what ran."""
    kedro = steps(logged)["train"].step.config["kedro"]
    assert kedro["command"].startswith("kedro run")
    assert kedro["runner"] == "SequentialRunner"
    assert {"python", "kedro", "pandas"} <= set(kedro["versions"])


def test_lineage_leads_from_the_model_to_the_drops_and_back(logged: KedroProject) -> None:
    """Each step used what the other made, and the model's ancestors are the raw files."""
    with open_store(logged) as store:
        (train,) = store.producers(store.find("model"))
        assert {v.name for v in store.inputs(train.step.id)} == {"train_rows", "test_rows"}
        (process,) = store.producers(store.find("train_rows"))
        (drops,) = store.inputs(process.step.id)
        assert drops.reference == "drops:v0"
        assert store.producers(drops) == []
        assert [each.step.id for each in store.consumers(drops)] == [process.step.id]


def test_metadata_says_what_a_version_is(logged: KedroProject) -> None:
    """Rows, columns and types, and which node of which run made it of what."""
    with open_store(logged) as store:
        rows, drops = store.find("rows"), store.find("drops")
    assert rows.description == "One row a listing."
    told = rows.metadata
    assert (told["rows"], told["node"], told["pipeline"]) == (6, "gather", "process")
    assert set(told["columns"]) == {"place", "price"}
    assert told["inputs"] == {"drops": drops.digest}
    assert told["kedro_type"].endswith("ParquetDataset")
    assert told["size"] == rows.size
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", told["kedro_run_id"])


def test_metrics_and_figures_are_shown_with_the_step(logged: KedroProject) -> None:
    """Flat numbers of a JSON dataset in the summary, the figure among the media."""
    with open_store(logged) as store:
        train = {each.step.job_type: each for each in ended(store)}["train"]
        assert set(store.outbox.images(train.step.id)) == {"figure"}
    assert train.summary["metrics/rows"] == 3


def test_the_closing_table_accounts_for_every_dataset(
    weekly: KedroProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was logged with its version; what was not, with the reason; all on stderr."""
    weekly.run()
    out, told = capsys.readouterr()
    for name in ARTIFACTS:
        assert f"{name}:v0" in told
        assert f"{name}:v0" not in out
    assert "1 held in memory only: note\n" in told
    assert "\nSee: kedro wandb artifacts\n" in told
    assert "9 new" in told
    assert max(len(line) for line in told.splitlines() if "Kept in" not in line) <= 80


def test_an_unchanged_second_run_makes_no_version(rerun: KedroProject) -> None:
    """And stores not a byte."""
    before = contents(rerun)
    blobs = {p.name for p in (rerun.path / ".wandb/tiny/blobs").rglob("*") if p.is_file()}
    rerun.run()
    assert contents(rerun) == before
    after = {p.name for p in (rerun.path / ".wandb/tiny/blobs").rglob("*") if p.is_file()}
    assert after == blobs


def test_a_change_makes_versions_downstream_of_it_alone(rerun: KedroProject) -> None:
    """One price in the first half: the test rows and the file of the other place stay."""
    changed = drop(("Bronx", 51), ("Queens", 70), ("Bronx", 55))
    rerun.write("data/drops/2024-01-01.csv", changed)
    rerun.run()
    found = labels(rerun)
    assert {name for name, label in found.items() if label == "v0"} == {"test_rows", "figure",
                                                                       "cached"}  # fmt: skip
    places = [files for _, files, _ in contents(rerun)["by_place"]]
    assert places[0]["Queens.csv"] == places[1]["Queens.csv"]


@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner", "asynchronous"])
def test_other_runners_log_the_same(
    logged: KedroProject, weekly: KedroProject, runner: str
) -> None:
    """The same artifacts, content and lineage, however the nodes are scheduled."""
    weekly_without_cache(weekly)
    if runner == "asynchronous":
        weekly.run(runner=SequentialRunner(is_async=True))
    else:
        weekly.run_under(runner)
    assert contents(weekly) == contents(logged)
    assert {used(weekly, step) == used(logged, step) for step in ("process", "train")} == {True}


@pytest.mark.slow
def test_spawned_workers_log_the_same(logged: KedroProject, weekly: KedroProject) -> None:
    """No hook of a node fires with spawned workers; the files tell."""
    weekly_without_cache(weekly)
    done = weekly.kedro("run", "--runner", "ParallelRunner", env={"KEDRO_MP_CONTEXT": "spawn"})
    assert done.code == 0, done.output
    assert contents(weekly) == contents(logged)
    assert used(weekly, "train") == used(logged, "train")


def weekly_without_cache(project: KedroProject) -> None:
    """ParallelRunner refuses cached datasets: here the same one without its cache."""
    catalog = project.path / "conf/base/catalog.yml"
    text = catalog.read_text(encoding="utf-8")
    plain = re.sub(
        r"cached:\n  type: CachedDataset\n  dataset:\n    type: json.JSONDataset\n    filepath",
        "cached:\n  type: json.JSONDataset\n  filepath",
        text,
    )
    assert plain != text
    catalog.write_text(plain, encoding="utf-8")


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"pipelines": ["train"]}, {"train"}),
        ({"from_nodes": ["judge"]}, {"train"}),
        ({"node_names": ["split"]}, {"process"}),
        ({"tags": ["quick"]}, {"process"}),
        ({"to_outputs": ["train_rows"]}, {"process"}),
    ],
)
def test_a_selection_logs_what_it_ran(
    rerun: KedroProject, selection: dict[str, Any], expected: set[str]
) -> None:
    """Only steps with selected nodes; what they read from disk are versions known already."""
    before = len(all_steps(rerun))
    rerun.run(*selection.pop("pipelines", []), **selection)
    fresh = all_steps(rerun)[before:]
    assert {each.step.job_type for each in fresh} == expected
    assert set(labels(rerun).values()) == {"v0"}
    with open_store(rerun) as store:
        for each in fresh:
            assert store.inputs(each.step.id)


def all_steps(project: KedroProject) -> list[Any]:
    with open_store(project) as store:
        return ended(store)


def test_only_missing_outputs_log_what_they_make(rerun: KedroProject) -> None:
    """Nodes that the runner leaves out have no step, no inputs and no outputs."""
    (rerun.path / "data/model.pkl").unlink()
    before = len(all_steps(rerun))
    rerun.run(only_missing_outputs=True)
    (step,) = all_steps(rerun)[before:]
    assert step.step.job_type == "train"
    with open_store(rerun) as store:
        assert "train_rows" in {v.name for v in store.inputs(step.step.id)}


def test_partitions_left_by_another_run_are_not_logged(weekly: KedroProject) -> None:
    """A folder of partitions keeps old files; only those that this run wrote are its output."""
    weekly.write("data/by_place/Brooklyn.csv", "place,price\nBrooklyn,1\n")
    weekly.run("process")
    assert list(contents(weekly)["by_place"][0][1]) == ["Bronx.csv", "Queens.csv"]


def test_a_failed_run_logs_what_was_complete(weekly: KedroProject) -> None:
    """The steps before it finished, its own failed, and what they wrote is there."""
    source = weekly.path / "src/tiny/pipelines/train/pipeline.py"
    source.write_text(source.read_text().replace("matplotlib.use", "1 / 0; matplotlib.use"))
    with pytest.raises(ZeroDivisionError):
        weekly.run()
    states = {name: record.state for name, record in steps(weekly).items()}
    assert states == {"process": "finished", "train": "failed"}
    assert {"model", "table"} <= set(labels(weekly))
    assert "metrics" not in labels(weekly)


def test_a_failed_run_in_other_processes_logs_what_is_surely_complete(
    weekly: KedroProject,
) -> None:
    """What a later node has read was complete; of the rest nothing is claimed."""
    weekly_without_cache(weekly)
    source = weekly.path / "src/tiny/pipelines/train/pipeline.py"
    source.write_text(source.read_text().replace("matplotlib.use", "1 / 0; matplotlib.use"))
    done = weekly.kedro("run", "--runner", "ParallelRunner")
    assert done.code == 1
    assert "ZeroDivisionError" in done.output
    assert "train_rows" in labels(weekly)
    assert "model" not in labels(weekly)
    assert "does not tell whether the file is complete" in done.output


def test_the_experiment_can_be_named(weekly: KedroProject) -> None:
    """``--params experiment=…`` is W&B's group."""
    weekly.run("process", params={"experiment": "tune-trees"})
    assert steps(weekly)["process"].step.experiment == "tune-trees"


def test_a_project_without_the_file_is_left_alone(tmp_path: Path) -> None:
    """No ``wandb.yml``, no tracking: nothing is written and nothing is said."""
    project = make_weekly(tmp_path / "project")
    (project.path / "conf/base/wandb.yml").unlink()
    done = project.kedro("run", "--pipelines", "process")
    assert done.code == 0
    assert "kedro_wandb" not in done.output
    assert not (project.path / ".wandb").exists()


def test_excluded_datasets_are_named_but_not_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a pattern in ``wandb.yml``, or by the entry itself."""
    project = make_weekly(
        tmp_path / "project",
        wandb=LOCAL | {"exclude": ["*_rows"]},
        catalog={"by_place": {"type": "MemoryDataset", "metadata": {"wandb": {"enabled": False}}}},
    )
    project.run("process")
    assert set(labels(project)) == {"drops", "rows"}
    assert len(re.findall("excluded by configuration", capsys.readouterr().err)) == 3


def test_two_datasets_that_would_be_one_artifact_stop_the_run(tmp_path: Path) -> None:
    """Before anything runs, in one message with the remedy."""
    project = make_weekly(
        tmp_path / "project",
        catalog={"rows": {"type": "pandas.ParquetDataset", "filepath": "data/rows.parquet",
                          "metadata": {"wandb": {"name": "drops"}}}},
    )  # fmt: skip
    done = project.kedro("run")
    assert done.code == 1
    assert "Traceback" not in done.output
    assert "metadata: {wandb: {name: another-name}}" in done.output
    assert not (project.path / "data/rows.parquet").exists()

"""Tables whose rows are runs of the experiment."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL, labels, open_store

import kedro_wandb

SEARCH = """
import pandas as pd
from kedro.pipeline import Node, Pipeline


def search(trials):
    rows = [
        {
            "name": f"trial {n}",
            "state": "pruned" if n == 2 else "complete",
            "params.depth": n,
            "params.model.kind": "tree",
            "params.api_token": "tell-nobody",
            "scores.mae": None if n == 2 else 30.0 + n,
            "seconds": 0.5,
        }
        for n in range(trials)
    ]
    return pd.DataFrame(rows), pd.DataFrame({"price": [1, 2]})


def create_pipeline(**_):
    return Pipeline([
        Node(search, "params:trials", ["trials", "prices"], name="search"),
    ])
"""

RUNS = {"wandb": {"runs": True}}


def make(folder: Path, kind: str = "csv", **wandb: Any) -> KedroProject:
    """A project that makes a table of trials, and one that is wrongly said to be one."""
    types = {"csv": "pandas.CSVDataset", "parquet": "pandas.ParquetDataset"}
    saved = {"save_args": {"index": False}} if kind == "csv" else {}
    return make_project(
        folder / "project",
        catalog={
            "trials": {
                "type": types[kind],
                "filepath": f"data/trials.{kind}",
                "metadata": RUNS,
                **saved,
            },
            "prices": {
                "type": "pandas.CSVDataset",
                "filepath": "data/prices.csv",
                "metadata": RUNS,
            },
        },
        pipelines={"search": SEARCH},
        parameters={"trials": 4},
        wandb=LOCAL | wandb,
    )


def table(project: KedroProject, **asked: str) -> Any:
    with project.session() as session:
        session.load_context()
        return kedro_wandb.runs(step="trials", **asked)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_each_row_is_a_run_of_the_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """With its parameters, scores, name and state; secrets are redacted."""
    project = make(tmp_path, kind)
    project.run(params={"experiment": "trees"})
    told = " ".join(capsys.readouterr().err.split())
    assert "trials:v0" in told
    assert "new, 4 runs" in told
    found = table(project).sort_values("params:depth")
    assert set(found["experiment"]) == {"trees"}
    assert set(found["state"]) == {"finished"}
    assert list(found["params:depth"]) == [0, 1, 2, 3]
    assert set(found["params:model.kind"]) == {"tree"}
    assert set(found["params:api_token"]) == {"[redacted]"}
    assert found["trials/mae"].dropna().tolist() == [30.0, 31.0, 33.0]
    with open_store(project) as store:
        third = store.step(found.index[2]).step
        assert (third.name, third.tags) == ("trial 2", ("pruned",))
        assert third.config["table"] == {"version": "trials:v0", "row": 2, "state": "pruned"}
        assert third.config["kedro"]["command"].startswith("kedro run")


def test_a_table_of_something_else_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run is none the worse, and the table is logged as any other."""
    project = make(tmp_path, on_error="raise")
    project.run()
    told = " ".join(capsys.readouterr().err.split())
    assert "new, no runs: prices.csv has no column params.* or scores.*" in told
    assert labels(project)["prices"] == "v0"


def test_a_table_that_is_logged_again_makes_no_second_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also in another run without a name, and one that grew makes runs of the new rows."""
    project = make(tmp_path)
    project.run()
    project.run()
    assert "4 runs, known" in " ".join(capsys.readouterr().err.split())
    assert len(table(project)) == 4
    project.run(params={"trials": 6})
    assert "6 runs, 4 of them known" in " ".join(capsys.readouterr().err.split())
    assert len(table(project)) == 6


def test_an_experiment_with_a_name_has_runs_of_its_own(tmp_path: Path) -> None:
    """Once, however often it is run."""
    project = make(tmp_path)
    for experiment in ("one", "two", "two"):
        project.run(params={"experiment": experiment})
    assert len(table(project, experiment="one")) == 4
    assert len(table(project, experiment="two")) == 4


def test_a_runner_that_tells_nothing_makes_them_too(tmp_path: Path) -> None:
    """In processes of its own."""
    project = make(tmp_path)
    done = project.kedro("run", "--runner", "ParallelRunner")
    assert done.code == 0, done.output
    assert len(table(project)) == 4


def test_hundreds_of_rows_cost_little(tmp_path: Path) -> None:
    """Locally they are one transaction."""
    project = make(tmp_path)
    project.run(params={"trials": 2})
    begin = time.monotonic()
    project.run(params={"trials": 400})
    assert time.monotonic() - begin < 5
    assert len(table(project)) == 400


@pytest.mark.slow
def test_on_the_server_each_row_is_a_run(tmp_path: Path, wandb_server: WandbServer) -> None:
    """As it is locally; known ones are asked for, and nothing is sent of them."""
    project = make(tmp_path, mode="auto")
    project.run(params={"experiment": "trees"})
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    found = {run.display_name: run for run in home.runs.values() if run.job_type == "trials"}
    assert sorted(found, key=str) == [f"trial {n}" for n in range(4)]
    assert {(run.group, run.state) for run in found.values()} == {("trees", "finished")}
    assert found["trial 3"].settings["parameters"] == {
        "depth": 3, "model.kind": "tree", "api_token": "[redacted]",
    }  # fmt: skip
    assert found["trial 3"].summary["trials/mae"] == 33.0
    assert found["trial 2"].tags == ["pruned"]
    assert "tell-nobody" not in "".join(run.config for run in home.runs.values())
    before = len(wandb_server.seen("UpsertBucket"))
    project.run(params={"experiment": "trees"})
    assert len(home.runs) == 6  # two steps, four rows
    assert len(wandb_server.seen("UpsertBucket")) - before <= 3
    assert len(table(project)) == 4
    assert not wandb_server.errors


@pytest.mark.slow
def test_a_sync_tells_the_server_of_them_once(
    tmp_path: Path, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ids that they would have got online."""
    project = make(tmp_path)
    monkeypatch.delenv("WANDB_MODE")
    project.run(params={"experiment": "trees"})
    assert not wandb_server.state.projects
    first, second = project.kedro("wandb", "sync"), project.kedro("wandb", "sync")
    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert "trials (4) trees uploaded" in " ".join(first.output.split())
    assert "There is nothing to upload." in second.output
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    found = [run for run in home.runs.values() if run.job_type == "trials"]
    assert {run.display_name for run in found} == {f"trial {n}" for n in range(4)}
    assert {(run.group, run.state) for run in found} == {("trees", "finished")}
    project.write_yaml("conf/base/wandb.yml", {"project": "tiny", "mode": "auto"})
    project.run(params={"experiment": "trees"})
    assert len([run for run in home.runs.values() if run.job_type == "trials"]) == 4


@pytest.mark.slow
def test_rows_that_the_server_does_not_take_stay_here(
    tmp_path: Path, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, for a later sync; the run goes on."""
    monkeypatch.delenv("WANDB_DIR")
    project = make(tmp_path, mode="auto")
    wandb_server.faults.answer("States", 500, times=None)
    project.run()
    with open_store(project) as store:
        assert len([each for each in store.steps() if each.step.job_type == "trials"]) == 4
    wandb_server.faults.clear()
    done = project.kedro("wandb", "sync")
    assert done.code == 0, done.output
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    assert len([run for run in home.runs.values() if run.job_type == "trials"]) == 4


@pytest.mark.slow
def test_hundreds_of_rows_are_sent_in_seconds(tmp_path: Path, wandb_server: WandbServer) -> None:
    """Several at once; what they may cost is bounded."""
    project = make(tmp_path, mode="auto")
    begin = time.monotonic()
    project.run(params={"trials": 200})
    assert time.monotonic() - begin < 60
    assert len(list(tmp_path.glob("wandb/dir/**/run-*"))) == 1  # of the step; none of a row
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    assert len([run for run in home.runs.values() if run.job_type == "trials"]) == 200
    assert {run.state for run in home.runs.values()} == {"finished"}

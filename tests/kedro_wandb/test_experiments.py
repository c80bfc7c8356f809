"""One experiment of several sessions, as of one week that is done in steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL, open_store

import kedro_wandb
from kedro_wandb.errors import ConfigurationError

MAKE = """
from kedro.pipeline import Node, Pipeline


def make(price):
    return {"price": price}


def create_pipeline(**_):
    return Pipeline([Node(make, "params:price", "rows", name="make")])
"""

TRAIN = """
from kedro.pipeline import Node, Pipeline


def train(rows):
    return {"mean": rows["price"]}, {"dataset": "model"}


def create_pipeline(**_):
    return Pipeline([Node(train, "rows", ["model", "released"], name="train")])
"""

USE = """
from kedro.pipeline import Node, Pipeline


def use(production, tracking):
    return {"estimate": production["mean"], "experiment": tracking.experiment}


def create_pipeline(**_):
    return Pipeline([Node(use, ["production", "tracking"], "estimates", name="use")])
"""

WEEK = ("make", "train", "use")
"""A session each."""


@pytest.fixture
def project(tmp_path: Path) -> KedroProject:
    """A project whose model is released by one session and used by the next."""
    files = ("rows", "model", "estimates")
    return make_project(
        tmp_path / "project",
        catalog={
            **{n: {"type": "json.JSONDataset", "filepath": f"data/{n}.json"} for n in files},
            "released": {"type": "kedro_wandb.AliasDataset", "artifact": "model", "alias": "prod"},
            "production": {
                "type": "kedro_wandb.ArtifactDataset",
                "artifact": "model:prod",
                "dataset": "json.JSONDataset",
            },
            "tracking": {"type": "kedro_wandb.TrackingDataset"},
        },
        pipelines={"make": MAKE, "train": TRAIN, "use": USE},
        parameters={"price": 1},
        wandb=LOCAL,
    )


def do_week(project: KedroProject, experiment: str, price: int) -> Any:
    """Do the sessions of a week in one process, and return what the last one has made."""
    for pipeline in WEEK:
        project.run(pipeline, params={"experiment": experiment, "price": price})
    return json.loads((project.path / "data/estimates.json").read_text())


def test_the_sessions_of_a_week_are_one_experiment(project: KedroProject) -> None:
    """Each sees what the one before has released, also when the week is done again."""
    assert do_week(project, "week-1", 1) == {"estimate": 1, "experiment": "week-1"}
    assert do_week(project, "week-2", 2) == {"estimate": 2, "experiment": "week-2"}
    assert do_week(project, "week-1", 3) == {"estimate": 3, "experiment": "week-1"}
    with open_store(project) as store:
        steps = [each.step for each in store.steps()]
        used = [store.inputs(step.id)[0].reference for step in steps if step.job_type == "use"]
        assert {each.state for each in store.steps()} == {"finished"}
    assert used == ["model:v2", "model:v1", "model:v0"]
    assert len({step.id for step in steps}) == 9
    of_week = [step.job_type for step in reversed(steps) if step.experiment == "week-1"]
    assert of_week == [*WEEK, *WEEK]
    with project.session() as session:
        session.load_context()
        assert len(kedro_wandb.runs(experiment="week-1")) == 6
        assert len(kedro_wandb.runs(experiment="week-1", step="train")) == 2


@pytest.mark.slow
def test_on_the_server_they_are_one_group(project: KedroProject, wandb_server: WandbServer) -> None:
    """With a run for each step of each time."""
    for _ in range(2):
        do_week(project, "week-1", 1)
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    assert sorted(str(run.job_type) for run in home.runs.values()) == sorted([*WEEK, *WEEK])
    assert {(run.group, run.state) for run in home.runs.values()} == {("week-1", "finished")}
    assert not wandb_server.errors


@pytest.mark.parametrize("length", [128, 129])
def test_a_name_is_no_longer_than_wandb_allows(project: KedroProject, length: int) -> None:
    """Told before the first node, not by a server that refuses each step."""
    name = "w" * length
    if length == 128:
        project.run("make", params={"experiment": name})
        return
    with pytest.raises(
        ConfigurationError, match=r"experiment=www.*at most 128 characters, not 129"
    ):
        project.run("make", params={"experiment": name})
    assert not (project.path / "data/rows.json").exists()

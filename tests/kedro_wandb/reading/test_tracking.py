"""How a run is tracked, as its nodes see it; and what is read where it is not."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from kedro.io.core import DatasetError
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL, open_store

import kedro_wandb
from kedro_wandb.protocol.process import Trackers

SOURCE = """
from kedro.pipeline import Node, Pipeline


def note(tracking, model, holder):
    return {
        "kind": tracking.kind,
        "reason": tracking.reason,
        "project": tracking.project,
        "experiment": tracking.experiment,
        "model": model,
        "holder": holder and holder.version,
    }


def make(price):
    return {"price": price}


def create_pipeline(**_):
    return Pipeline([
        Node(make, "params:price", "model", name="make", tags="make"),
        Node(note, ["tracking", "production", "holder"], "noted", name="note", tags="note"),
    ])
"""

CATALOG: dict[str, Any] = {
    "tracking": {"type": "kedro_wandb.TrackingDataset"},
    "model": {"type": "json.JSONDataset", "filepath": "data/model.json"},
    "production": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "model:prod",
        "dataset": "json.JSONDataset",
    },
    "holder": {"type": "kedro_wandb.AliasDataset", "artifact": "model", "alias": "prod"},
    "noted": {"type": "json.JSONDataset", "filepath": "data/noted.json"},
}


@pytest.fixture
def project(tmp_path: Path) -> KedroProject:
    """A project whose node notes how it is tracked; its store has a model in production."""
    project = make_project(
        tmp_path / "project",
        catalog=CATALOG,
        pipelines={"note": SOURCE},
        parameters={"price": 1},
        wandb=LOCAL,
    )
    project.run(tags=["make"])
    with open_store(project) as store:
        store.set_alias(store.find("model:v0"), "prod")
    return project


def noted(project: KedroProject, **how: Any) -> dict[str, Any]:
    """Run the node and return what it noted."""
    project.run(tags=["note"], **how)
    told: dict[str, Any] = json.loads((project.path / "data/noted.json").read_text())
    return told


def test_a_node_sees_how_its_run_is_tracked(
    project: KedroProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its experiment; it is no data, so that no row of the table and no input is it."""
    found = noted(project, params={"experiment": "week-3"})
    assert found["kind"] == "local"
    assert found["reason"] == "wandb.yml says mode: local"
    assert (found["project"], found["experiment"]) == ("tiny", "week-3")
    told = capsys.readouterr().err
    assert "noted" in told
    assert "tracking" not in told
    with open_store(project) as store:
        step = store.steps()[0]
        assert [each.name for each in store.inputs(step.step.id)] == ["model"]
        assert step.step.experiment == "week-3"


@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner"])
def test_every_runner_gives_it_to_the_node(project: KedroProject, runner: str) -> None:
    """Also in a process of its own."""
    project.run_under(runner, tags=["note"], params={"experiment": "week-4"})
    found = json.loads((project.path / "data/noted.json").read_text())
    assert (found["kind"], found["experiment"]) == ("local", "week-4")


def test_the_experiment_is_the_run_id_where_nothing_names_one(project: KedroProject) -> None:
    """As W&B's group is."""
    found = noted(project)
    with open_store(project) as store:
        assert found["experiment"] == store.steps()[0].step.run_id


def test_without_tracking_the_local_store_is_read(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both the version and who holds its alias; nothing is written."""
    monkeypatch.setenv("WANDB_MODE", "disabled")
    found = noted(project, params={"experiment": "week-5"})
    assert found == {
        "kind": "disabled",
        "reason": "WANDB_MODE says mode: disabled",
        "project": "tiny",
        "experiment": None,
        "model": {"price": 1},
        "holder": "v0",
    }
    with open_store(project) as store:
        assert len(store.steps()) == 1


def test_without_tracking_a_missing_version_is_told_before_the_first_node(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a tracked run."""
    with open_store(project) as store:
        store.remove_alias("model", "prod")
    monkeypatch.setenv("WANDB_DISABLED", "true")
    (project.path / "data/model.json").unlink()
    done = project.kedro("run")
    assert done.code == 1
    assert "The dataset 'production' can't be loaded. The local store has no 'model:prod'" in (
        done.output
    )
    assert not (project.path / "data/model.json").exists()


def test_without_tracking_all_nodes_read_one_version(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alias is resolved when the run starts, not when a node loads."""
    from kedro_wandb.reading.dataset import ArtifactDataset

    project.run(tags=["make"], params={"price": 2})
    monkeypatch.setenv("WANDB_MODE", "disabled")
    load = ArtifactDataset.load

    def move_and_load(self: ArtifactDataset) -> Any:
        with open_store(project) as store:
            store.set_alias(store.find("model:v1"), "prod")
        return load(self)

    monkeypatch.setattr(ArtifactDataset, "load", move_and_load)
    assert noted(project)["model"] == {"price": 1}


def test_a_project_without_the_file_is_not_tracked(project: KedroProject) -> None:
    """It says so, and has no project at W&B."""
    (project.path / "conf/base/wandb.yml").unlink()
    told = asdict(project.load("tracking"))
    assert told == {
        "kind": "disabled",
        "reason": "the project has no wandb.yml",
        "project": None,
        "experiment": None,
    }


def test_a_run_whose_tracking_fails_to_begin_is_not_tracked(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever wandb.yml asks for: nobody would move an alias for it."""

    def refuse(*_: object) -> None:
        msg = "no more processes"
        raise OSError(msg)

    monkeypatch.setattr(Trackers, "take", refuse)
    found = noted(project)
    assert (found["kind"], found["experiment"]) == ("disabled", None)
    assert found["reason"] == "the tracker process can't be started: no more processes"


def test_each_session_has_its_own(project: KedroProject, tmp_path: Path) -> None:
    """Also where another project's session was made meanwhile."""
    other = make_project(tmp_path / "other", package="other", catalog=CATALOG, pipelines={},
                         wandb={"mode": "disabled"})  # fmt: skip
    with project.session() as outer:
        catalog = outer.load_context().catalog
        with other.session() as inner:
            assert inner.load_context().catalog.load("tracking").kind == "disabled"
        assert catalog.load("tracking").kind == "local"


def test_a_block_knows_its_experiment(project: KedroProject) -> None:
    """And has nothing to log of it."""
    with project.session() as session:
        catalog = session.load_context().catalog
        with kedro_wandb.step("explore", experiment="looks"):
            assert catalog.load("tracking").experiment == "looks"
        assert catalog.load("tracking").experiment is None
    with open_store(project) as store:
        assert store.inputs(store.steps()[0].step.id) == []


def test_it_is_read_only() -> None:
    """What is saved to it could change nothing."""
    with pytest.raises(DatasetError, match=r"read-only: wandb\.yml says how"):
        kedro_wandb.TrackingDataset().save("online")  # type: ignore[arg-type]


@pytest.mark.slow
def test_online_it_says_so(project: KedroProject, wandb_server: WandbServer) -> None:
    """With where the key was found, and never the key."""
    del wandb_server
    project.write_yaml("conf/base/wandb.yml", {"project": "tiny", "mode": "auto"})
    with project.session() as session:
        catalog = session.load_context().catalog
        found = catalog.load("tracking")
        assert (found.kind, found.reason) == ("online", "WANDB_API_KEY holds a key")
        assert "api_key" not in repr(vars(catalog.get("tracking")))

"""Steps of notebooks and scripts: the loads and saves of a block of code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog
from kedro_datasets.json import JSONDataset
from project import KedroProject, make_project, until
from wandb_server.server import WandbServer
from weekly import LOCAL, open_store

import kedro_wandb
from kedro_wandb.errors import ConfigurationError
from kedro_wandb.hook.events import hook

COPY = """
from kedro.pipeline import Node, Pipeline


def copy(rows):
    return rows


def create_pipeline(**_):
    return Pipeline([Node(copy, "rows", "copied", name="copy")])
"""

NAMES = ("rows", "found", "copied", "other")

CATALOG: dict[str, Any] = {
    name: {"type": "json.JSONDataset", "filepath": f"data/{name}.json"} for name in NAMES
} | {"dated": {"type": "json.JSONDataset", "filepath": "data/dated.json", "versioned": True}}


@pytest.fixture
def project(tmp_path: Path) -> KedroProject:
    """A project with one file, that nobody has logged yet."""
    return make(tmp_path)


def make(folder: Path, **wandb: Any) -> KedroProject:
    made = make_project(
        folder / "project",
        catalog=CATALOG,
        pipelines={"copy": COPY},
        parameters={"share": 0.5},
        wandb=LOCAL | wandb,
    )
    made.write("data/rows.json", "[1, 2]")
    return made


@pytest.fixture
def catalog(project: KedroProject) -> Iterator[DataCatalog]:
    """The project's, as a notebook has it."""
    with project.session() as session:
        yield session.load_context().catalog


def steps(project: KedroProject) -> dict[str, Any]:
    """Return state, inputs and outputs by step."""
    with open_store(project) as store:
        return {
            each.step.job_type: (
                each.state,
                [version.reference for version in store.inputs(each.step.id)],
                [version.reference for version in store.outputs(each.step.id)],
            )
            for each in store.steps()
        }


def test_loads_are_inputs_and_saves_are_outputs(
    project: KedroProject, catalog: DataCatalog
) -> None:
    """As those of a run; a version tells what was loaded before it was saved."""
    with kedro_wandb.step("explore", parameters={"share": 0.5, "api_token": "tell-nobody"}):
        rows = catalog.load("rows")
        catalog.save("found", {"count": len(rows)})
        catalog.load("params:share")
    assert steps(project) == {"explore": ("finished", ["rows:v0"], ["found:v0"])}
    with open_store(project) as store:
        (record,) = store.steps()
        found = store.find("found")
        assert found.metadata["inputs"] == {"rows": store.find("rows").digest}
        assert (found.metadata["pipeline"], found.step) == ("explore", record.step.id)
    assert record.step.config["parameters"] == {"share": 0.5, "api_token": "[redacted]"}
    assert record.step.config["kedro"]["command"] == "kedro_wandb.step('explore')"
    assert record.summary == {"found/count": 2.0}


def test_nothing_outside_of_the_block_is_tracked(
    project: KedroProject, catalog: DataCatalog
) -> None:
    """And the catalog is as it was."""
    load, save = DataCatalog.load, DataCatalog.save
    with kedro_wandb.step("explore"):
        catalog.load("rows")
    assert (DataCatalog.load, DataCatalog.save) == (load, save)
    catalog.save("found", 1)
    assert steps(project) == {"explore": ("finished", ["rows:v0"], [])}


def test_what_is_saved_again_is_a_version_again(
    project: KedroProject, catalog: DataCatalog
) -> None:
    """As often as a cell's loop does; and what is loaded then is the block's own."""
    with kedro_wandb.step("explore"):
        for number in (1, 2, 1):
            catalog.save("found", number)
        assert catalog.load("found") == 1
        catalog.save("dated", 5)
    assert steps(project) == {"explore": ("finished", [], ["found:v0", "found:v1", "dated:v0"])}


def test_what_somebody_else_changed_is_another_input(
    project: KedroProject, catalog: DataCatalog
) -> None:
    """Between two loads of it; an unchanged one is told once."""
    with kedro_wandb.step("explore"):
        catalog.load("rows")
        catalog.load("rows")
        until(lambda: steps(project) == {"explore": ("running", ["rows:v0"], [])})
        project.write("data/rows.json", "[1, 2, 3]")
        catalog.load("rows")
    assert steps(project) == {"explore": ("finished", ["rows:v0", "rows:v1"], [])}


@pytest.mark.parametrize(
    ("error", "state"), [(ZeroDivisionError, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_an_error_ends_the_step_as_failed(
    project: KedroProject, catalog: DataCatalog, error: type[BaseException], state: str
) -> None:
    """What was saved before stays, and the error goes on."""

    def explore() -> None:
        with kedro_wandb.step("explore"):
            catalog.save("found", 1)
            raise error

    with pytest.raises(error):
        explore()
    assert steps(project) == {"explore": (state, [], ["found:v0"])}


def test_a_load_that_fails_is_no_input(project: KedroProject, catalog: DataCatalog) -> None:
    """The code may go on without it."""
    with kedro_wandb.step("explore"):
        with pytest.raises(Exception, match="other"):
            catalog.load("other")
        catalog.load("rows")
    assert steps(project) == {"explore": ("finished", ["rows:v0"], [])}


def test_the_innermost_step_takes_what_happens(project: KedroProject, catalog: DataCatalog) -> None:
    """Each event is recorded once."""
    with kedro_wandb.step("outer"):
        catalog.save("found", 1)
        with kedro_wandb.step("inner"):
            catalog.load("rows")
        catalog.save("other", 2)
    assert steps(project) == {
        "outer": ("finished", [], ["found:v0", "other:v0"]),
        "inner": ("finished", ["rows:v0"], []),
    }


def test_a_run_inside_is_tracked_by_itself(project: KedroProject) -> None:
    """Its loads and saves are no second time those of the block."""
    with project.session() as session:
        catalog = session.load_context().catalog
        with kedro_wandb.step("explore"):
            catalog.save("found", 1)
            session.run(pipeline_names=["copy"])
    assert steps(project) == {
        "explore": ("finished", [], ["found:v0"]),
        "copy": ("finished", ["rows:v0"], ["copied:v0"]),
    }


def test_an_untracked_project_is_left_alone(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code runs as if there were no block."""
    monkeypatch.setenv("WANDB_MODE", "disabled")
    with project.session() as session:
        catalog = session.load_context().catalog
        with kedro_wandb.step("explore"):
            catalog.save("found", 1)
    assert not (project.path / ".wandb").exists()


def test_a_step_needs_a_project_and_a_name(
    catalog: DataCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are told before anything is done."""
    del catalog
    with pytest.raises(ConfigurationError, match="needs a name"), kedro_wandb.step(""):
        pass
    monkeypatch.setattr(hook, "latest", lambda: (None, None))
    told = r"no Kedro project yet .*%load_ext kedro\.ipython"
    with pytest.raises(ConfigurationError, match=told), kedro_wandb.step("explore"):
        pass


@pytest.mark.slow
def test_it_is_a_run_on_the_server(tmp_path: Path, wandb_server: WandbServer) -> None:
    """With the same meaning."""
    project = make(tmp_path, mode="auto")
    with project.session() as session:
        catalog = session.load_context().catalog
        with kedro_wandb.step("explore", experiment="trial"):
            catalog.save("found", len(catalog.load("rows")))
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    (run,) = home.runs.values()
    assert (run.job_type, run.group, run.state) == ("explore", "trial", "finished")
    assert [each.collection.name for each in run.used] == ["rows"]
    assert [each.collection.name for each in run.logged] == ["found"]


class HeirDataset(JSONDataset):
    """A class that inherits how it is made."""


@pytest.mark.parametrize("kind", [JSONDataset, HeirDataset])
def test_a_dataset_that_a_notebook_adds_is_logged(
    project: KedroProject, catalog: DataCatalog, kind: type[JSONDataset]
) -> None:
    """Whether its class has an ``__init__`` of its own, or another's, its file is found."""
    catalog["added"] = kind(filepath=str(project.path / "data/added.json"))
    with kedro_wandb.step("explore"):
        catalog.save("added", catalog.load("rows"))
    assert steps(project) == {"explore": ("finished", ["rows:v0"], ["added:v0"])}

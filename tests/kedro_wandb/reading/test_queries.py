"""What programs and notebooks ask: runs as a table, versions, files; of both stores alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL

import kedro_wandb
from kedro_wandb.errors import ArtifactNotFoundError, ConfigurationError
from kedro_wandb.settings.project import remember_settings

SOURCE = """
from kedro.pipeline import Node, Pipeline


def train(options):
    return {"price": options["price"]}


def judge(model, options):
    return {"mae": 1.0 / (options["price"] - 2)}


def create_pipeline(**_):
    return Pipeline([
        Node(train, "params:options", "model", name="train"),
        Node(judge, ["model", "params:options"], "metrics", name="judge"),
    ])
"""

CATALOG: dict[str, Any] = {
    name: {"type": "json.JSONDataset", "filepath": f"data/{name}.json"}
    for name in ("model", "metrics")
}


@pytest.fixture(autouse=True)
def _no_project() -> Iterator[None]:
    """No project of another test is the running one."""
    remember_settings(None)
    yield
    remember_settings(None)


@pytest.fixture(params=["local", pytest.param("online", marks=pytest.mark.slow)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> KedroProject:
    """A project after a run that went well and one that failed."""
    if request.param == "online":
        request.getfixturevalue("wandb_server")
    return _tried(tmp_path, "auto" if request.param == "online" else "local")


def _tried(folder: Path, mode: str) -> KedroProject:
    made = make_project(
        folder / "project",
        catalog=CATALOG,
        pipelines={"train": SOURCE},
        parameters={"options": {"price": 1, "kinds": ["a"], "api_token": "tell-nobody"}},
        wandb=LOCAL | {"mode": mode},
    )
    made.run(params={"experiment": "first"})
    with pytest.raises(ZeroDivisionError):
        made.run(params={"experiment": "second", "options": {"price": 2}})
    return made


def test_runs_are_rows(project: KedroProject) -> None:
    """With parameters and metrics as columns; what a run does not have is missing."""
    del project
    table = kedro_wandb.runs().set_index("experiment")
    assert list(table.columns) == [
        "step", "state", "started", "duration", "params:options.api_token",
        "params:options.kinds", "params:options.price", "metrics/mae", "model/price",
    ]  # fmt: skip
    assert table["state"].to_dict() == {"first": "finished", "second": "failed"}
    assert set(table["step"]) == {"train"}
    assert table["params:options.price"].to_dict() == {"first": 1, "second": 2}
    assert set(table["params:options.api_token"]) == {"[redacted]"}
    assert table["model/price"].to_dict() == {"first": 1.0, "second": 2.0}
    assert table.loc["first", "metrics/mae"] == -1.0
    assert table["metrics/mae"].isna().to_dict() == {"first": False, "second": True}
    assert str(table["started"].dtype) == "datetime64[us, UTC]"
    assert (table["duration"].dt.total_seconds() >= 0).all()


def test_runs_are_chosen(project: KedroProject) -> None:
    """By experiment and step; without any the columns stay."""
    del project
    assert len(kedro_wandb.runs()) == 2
    assert kedro_wandb.runs(experiment="second")["state"].tolist() == ["failed"]
    none = kedro_wandb.runs(step="evaluate")
    assert (len(none), list(none.columns[:3])) == (0, ["experiment", "step", "state"])


def test_versions_and_their_files_are_given(project: KedroProject) -> None:
    """Newest first; what is missing is told with what there is."""
    del project
    newest, first = kedro_wandb.versions("model")
    assert (newest.reference, newest.aliases) == ("model:v1", ("latest",))
    assert (first.metadata["node"], first.metadata["layout"]) == ("train", "file")
    folder = kedro_wandb.fetch("model:v0")
    assert [path.name for path in folder.iterdir()] == ["model.json"]
    assert kedro_wandb.fetch(f"model:{first.digest}") == folder
    with pytest.raises(ArtifactNotFoundError, match=r"no 'model:prod'\. It has: model:v1"):
        kedro_wandb.fetch("model:prod")
    with pytest.raises(ArtifactNotFoundError, match="no artifact 'modle'"):
        kedro_wandb.versions("modle")


def test_a_version_has_a_page_where_it_is_on_a_server(
    project: KedroProject, request: pytest.FixtureRequest
) -> None:
    """Named by user, project, type and version; the local store has none."""
    del project
    address = kedro_wandb.address(kedro_wandb.versions("model")[1])
    if "[online]" not in request.node.name:
        assert address is None
        return
    assert address is not None
    assert address.startswith("http://127.0.0.1:")
    assert address.endswith("/tester/tiny/artifacts/dataset/model/v0")


def test_the_version_with_some_content_is_found(project: KedroProject, tmp_path: Path) -> None:
    """Of a file, or of a folder; where no version has it, there is none."""
    assert kedro_wandb.which("model", project.path / "data/model.json").label == "v1"
    assert kedro_wandb.which("model", kedro_wandb.fetch("model:v0")).label == "v0"
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    assert kedro_wandb.which("model", tmp_path / "model.json") is None


def test_the_project_is_found_from_where_one_is(tmp_path: Path) -> None:
    """In a script of its own, anywhere in the project; pandas is imported for the table alone."""
    made = _tried(tmp_path, "local")
    code = (
        "import sys, kedro_wandb; kedro_wandb.versions('model');"
        "print('pandas' in sys.modules, len(kedro_wandb.runs()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=made.path / "data",
        env=made.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["False 2"], done.stderr


def test_no_project_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what there should be."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"runs can't be found: .* no wandb\.yml"):
        kedro_wandb.runs()


@pytest.mark.slow
def test_many_runs_cost_few_requests(tmp_path: Path, wandb_server: WandbServer) -> None:
    """A page of them comes with config and summary."""
    _tried(tmp_path, "auto")
    kedro_wandb.runs()
    before = len(wandb_server.requests)
    kedro_wandb.runs()
    assert len(wandb_server.requests) - before <= 4

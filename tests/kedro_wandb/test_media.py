"""Figures and pages that a run shows, in whole runs: Plotly's, as the file has them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from project import KedroProject, make_project
from weekly import LOCAL

from kedro_wandb.stores.local.store import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from wandb_server.server import WandbServer

DRAW = """
import plotly.graph_objects as go
from kedro.pipeline import Node, Pipeline


def draw():
    figure = go.Figure(go.Bar(x=["Café"], y=[3]), layout={"template": {}})
    return figure, figure, figure, {"data": 7}, "<p>Café</p>"


def create_pipeline(**_):
    outputs = ["prices", "hidden", "named", "broken", "page"]
    return Pipeline([Node(draw, None, outputs, name="draw")])
"""


def file(kind: str, place: str, **wandb: Any) -> dict[str, Any]:
    return {"type": kind, "filepath": f"data/{place}", "metadata": {"wandb": wandb}}


CATALOG = {
    "prices": file("plotly.JSONDataset", "prices.json"),
    "hidden": file("plotly.JSONDataset", "hidden.json", media="none"),
    "named": file("plotly.JSONDataset", "named.json", name="other", media="plotly"),
    "broken": file("json.JSONDataset", "broken.json", media="plotly"),
    "page": file("text.TextDataset", "page.html", media="html"),
}


def make(folder: Path, **wandb: Any) -> KedroProject:
    return make_project(
        folder / "project", catalog=CATALOG, pipelines={"draw": DRAW}, wandb=LOCAL | wandb
    )


def test_figures_and_pages_are_kept_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the artifacts; what is no figure is told, and no number of one is a metric."""
    project = make(tmp_path)
    project.run()
    told = " ".join(capsys.readouterr().err.split())
    assert "not shown in W&B: no figure in Plotly's JSON" in told
    with closing(LocalStore(project.path / ".wandb" / project.package)) as store:
        (step,) = store.steps()
        shown = store.outbox.images(step.step.id)
        content = {name: each.path.read_bytes() for name, each in shown.items()}
    assert {name: each.suffix for name, each in shown.items()} == {
        "prices": ".json", "named": ".json", "page": ".html",
    }  # fmt: skip
    assert content["prices"] == (project.path / "data/prices.json").read_bytes()
    assert step.summary == {}


@pytest.mark.slow
def test_a_run_online_shows_them(
    tmp_path: Path, wandb_server: WandbServer, wandb_environment: Any
) -> None:
    """Through the SDK, which needs no Plotly for it."""
    del wandb_environment
    project = make(tmp_path, mode="online")
    done = project.kedro("run")
    assert done.code == 0, done.output
    (home,) = wandb_server.state.projects.values()
    (run,) = home.runs.values()
    media = sorted(name for name in run.files if name.startswith("media/"))
    assert [name.rpartition("_")[0] for name in media] == [
        "media/html/page_0", "media/plotly/named_0", "media/plotly/prices_0",
    ]  # fmt: skip
    assert run.files[media[2]] == (project.path / "data/prices.json").read_bytes()
    assert not wandb_server.errors

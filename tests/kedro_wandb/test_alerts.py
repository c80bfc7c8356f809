"""Alerts that nodes write, in whole runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL, labels

WATCH = """
from kedro.pipeline import Node, Pipeline


def watch(alerts):
    return alerts


def create_pipeline(**_):
    return Pipeline([Node(watch, "params:alerts", "alerts", name="watch")])
"""

DRIFT = {"title": "Prices drift", "text": "PSI 0.31, see https://a:b@host/x", "level": "WARN"}
STALE = {"title": "Prices drift", "text": "The model is 5 weeks old", "level": "INFO"}


def make(folder: Path, **wandb: Any) -> KedroProject:
    return make_project(
        folder / "project",
        catalog={
            "alerts": {
                "type": "json.JSONDataset",
                "filepath": "data/alerts.json",
                "metadata": {"wandb": {"alerts": True}},
            }
        },
        pipelines={"watch": WATCH},
        parameters={"alerts": [DRIFT, STALE]},
        wandb=LOCAL | wandb,
    )


def test_locally_they_are_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the closing table says so."""
    project = make(tmp_path)
    project.run()
    told = " ".join(capsys.readouterr().err.split())
    assert "new, 2 alerts, kept as a file: they are sent online alone" in told
    assert labels(project)["alerts"] == "v0"


def test_a_file_of_something_else_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run is none the worse."""
    make(tmp_path, on_error="raise").run(params={"alerts": [{"title": "x"}]})
    told = " ".join(capsys.readouterr().err.split())
    assert "no alerts: alerts.json is no list of {title, text, level: INFO|WARN|ERROR}" in told


@pytest.mark.slow
def test_online_each_is_sent_once(
    tmp_path: Path, wandb_server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also two of one title, without secrets; the same content again sends nothing."""
    project = make(tmp_path, mode="auto")
    for _ in range(2):
        project.run()
    assert [(each.variables["title"], each.variables["severity"], each.variables["waitDuration"])
            for each in wandb_server.seen("NotifyScriptableRunAlert")] == [
        ("Prices drift", "WARN", 1),
        ("Prices drift", "INFO", 1),
    ]  # fmt: skip
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    first, _ = home.runs.values()
    assert first.alerts[0].text == "PSI 0.31, see https://[redacted]@host/x"
    told = " ".join(capsys.readouterr().err.split())
    assert "new, 2 alerts, sent" in told
    assert "unchanged, 2 alerts, not sent again" in told
    assert not wandb_server.errors


@pytest.mark.slow
def test_a_sync_sends_no_old_alerts(
    tmp_path: Path, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were for the people of that time; nor does the next run with the same content."""
    project = make(tmp_path)
    monkeypatch.delenv("WANDB_MODE")
    project.run()
    assert not wandb_server.state.projects
    done = project.kedro("wandb", "sync")
    assert done.code == 0, done.output
    project.write_yaml("conf/base/wandb.yml", {"project": "tiny", "mode": "auto"})
    project.run()
    assert len(wandb_server.versions("alerts", "tiny")) == 1
    assert wandb_server.seen("NotifyScriptableRunAlert") == []


@pytest.mark.slow
def test_a_server_that_refuses_them_harms_nothing(
    tmp_path: Path, wandb_server: WandbServer
) -> None:
    """The step and its file are there."""
    project = make(tmp_path, mode="auto", on_error="raise")
    wandb_server.faults.answer("NotifyScriptableRunAlert", 403, times=None)
    project.run()
    home = wandb_server.state.project(None, "tiny")
    assert home is not None
    assert {run.state for run in home.runs.values()} == {"finished"}
    assert len(wandb_server.versions("alerts", "tiny")) == 1

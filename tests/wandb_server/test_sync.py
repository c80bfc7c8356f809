"""Offline runs and ``wandb sync``."""

from __future__ import annotations

from pathlib import Path

import wandb

from wandb_server.client import call, draft
from wandb_server.server import WandbServer


def _offline_run(name: str, content: str) -> Path:
    with wandb.init(project="prices", id=name, mode="offline", config={"trees": 100}) as run:
        run.log({"mae": 33.0})
        run.log_artifact(draft(rows=content), aliases=["latest", "prod"])
        return Path(run.settings.sync_dir)


def test_offline_runs_ask_nothing(wandb_server: WandbServer) -> None:
    """An offline run makes no request."""
    _offline_run("a", "one")
    assert not wandb_server.requests


def test_synced_runs_are_complete(wandb_server: WandbServer) -> None:
    """After ``wandb sync`` the server has the runs, their history, files and artifacts."""
    for folder in [_offline_run("a", "one"), _offline_run("b", "one")]:
        call("wandb", "sync", str(folder))
    for name in "ab":
        run = wandb_server.run(name)
        assert (run.state, run.settings) == ("finished", {"trees": 100})
        assert [row["mae"] for row in run.history] == [33.0]
        assert "config.yaml" in run.files
        assert [each.version for each in run.logged] == ["v0"]
    assert [each.files for each in wandb_server.versions("listings")] == [{"rows.csv": b"one"}]
    assert wandb_server.artifact("listings:prod").aliases == ["latest", "prod"]
    assert not wandb_server.errors


def test_sync_says_nothing_of_refused_artifacts(wandb_server: WandbServer) -> None:
    """A sync whose artifact is refused ends well; the server alone knows."""
    wandb_server.faults.answer("CreateArtifact", 403)
    folder = _offline_run("a", "one")
    call("wandb", "sync", str(folder))
    assert wandb_server.run("a").state == "finished"
    assert wandb_server.versions("listings") == []
    call("wandb", "sync", "--include-synced", str(folder))
    assert [each.version for each in wandb_server.versions("listings")] == ["v0"]

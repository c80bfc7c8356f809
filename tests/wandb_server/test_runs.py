"""Runs of the real SDK: what arrives at the server, and what it tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import wandb
from wandb.errors import CommError, UsageError

from wandb_server.server import WandbServer


def test_run_arrives(wandb_server: WandbServer) -> None:
    """Config, group, job type, tags, history and summary of a run reach the server."""
    with wandb.init(
        project="prices", id="a", config={"trees": 100}, group="week", job_type="fit", tags=["x"]
    ) as run:
        run.log({"mae": 35.0})
        run.log({"mae": 33.0})
        run.summary["best"] = 33.0
    seen = wandb_server.run("a")
    assert (seen.state, seen.group, seen.job_type, seen.tags) == ("finished", "week", "fit", ["x"])
    assert seen.settings == {"trees": 100}
    assert [row["mae"] for row in seen.history] == [35.0, 33.0]
    assert (seen.summary["mae"], seen.summary["best"]) == (33.0, 33.0)
    assert not wandb_server.errors


def test_an_alert_arrives(wandb_server: WandbServer) -> None:
    """With its level; one without is for information."""
    with wandb.init(project="prices", id="a") as run:
        run.alert("Prices drift", "PSI 0.31", level="WARN", wait_duration=30)
        run.alert("Done", "All of it")
    assert [(each.title, each.text, each.level) for each in wandb_server.run("a").alerts] == [
        ("Prices drift", "PSI 0.31", "WARN"),
        ("Done", "All of it", "INFO"),
    ]
    first, _ = wandb_server.seen("NotifyScriptableRunAlert")
    assert first.variables["waitDuration"] == 30_000
    assert not wandb_server.errors


def test_failed_run_says_so(wandb_server: WandbServer) -> None:
    """A run that ends with an exit code is failed."""
    wandb.init(project="prices", id="a").finish(exit_code=3)
    assert (wandb_server.run("a").state, wandb_server.run("a").exit_code) == ("failed", 3)


def test_resumed_run_goes_on(wandb_server: WandbServer) -> None:
    """A resumed run keeps its config and appends to its history."""
    with wandb.init(project="prices", id="a", config={"trees": 100}) as run:
        run.log({"mae": 35.0})
    with wandb.init(project="prices", id="a", resume="must") as run:
        assert (run.starting_step, run.config["trees"]) == (1, 100)
        run.log({"mae": 33.0})
    rows = wandb_server.run("a").history
    assert [(row["_step"], row["mae"]) for row in rows] == [(0, 35.0), (1, 33.0)]


def test_resumed_run_is_running(wandb_server: WandbServer) -> None:
    """A run that had ended runs again while it is resumed."""
    wandb.init(project="prices", id="a").finish(exit_code=1)
    with wandb.init(project="prices", id="a", resume="allow"):
        assert wandb_server.run("a").state == "running"
    assert wandb_server.run("a").state == "finished"


def test_unknown_run_cannot_be_resumed(wandb_server: WandbServer) -> None:
    """``resume="must"`` needs a run that the server has."""
    with pytest.raises(UsageError, match="has not been initialized"):
        wandb.init(project="prices", id="a", resume="must")
    assert not wandb_server.state.projects


def test_saved_files_arrive(wandb_server: WandbServer, tmp_path: Path) -> None:
    """Files that a run saves are on the server, byte for byte."""
    (tmp_path / "card.md").write_text("# Model", encoding="utf-8")
    with wandb.init(project="prices", id="a") as run:
        run.save(tmp_path / "card.md", base_path=tmp_path)
    assert wandb_server.run("a").files["card.md"] == b"# Model"


def test_public_api_reads_a_run(wandb_server: WandbServer) -> None:
    """The public API gives a run's config, summary, history and state."""
    with wandb.init(project="prices", id="a", config={"trees": 100}) as run:
        for step in range(3):
            run.log({"mae": 35.0 - step})
    found = wandb.Api().run("prices/a")
    assert (found.state, found.config, found.summary["mae"]) == ("finished", {"trees": 100}, 33.0)
    rows: list[Any] = [{"_step": step, "mae": 35.0 - step} for step in range(3)]
    whole: Any = found.history(pandas=False)
    assert [row["mae"] for row in whole] == [35.0, 34.0, 33.0]
    assert found.history(keys=["mae"], pandas=False) == rows
    assert [row["mae"] for row in found.scan_history()] == [35.0, 34.0, 33.0]
    assert not wandb_server.errors


def test_public_api_lists_runs_of_a_group(wandb_server: WandbServer) -> None:
    """The public API finds runs by group, with each run's files."""
    for name, group in (("a", "monday"), ("b", "tuesday"), ("c", "tuesday")):
        wandb.init(project="prices", id=name, group=group).finish()
    found = wandb.Api().runs("prices", filters={"group": "tuesday"}, order="+created_at")
    assert [run.id for run in found] == ["b", "c"]
    assert "config.yaml" in {file.name for file in found[0].files()}
    assert not wandb_server.errors


def test_public_api_changes_a_run(wandb_server: WandbServer) -> None:
    """Tags and summary that are changed by the public API stay changed."""
    wandb.init(project="prices", id="a").finish()
    run = wandb.Api().run("prices/a")
    run.tags.append("kept")
    run.summary["note"] = "fine"
    run.update()
    seen = wandb_server.run("a")
    assert (seen.tags, seen.summary["note"], seen.state) == (["kept"], "fine", "finished")


def test_lost_runs_can_be_marked(wandb_server: WandbServer) -> None:
    """The public API marks a run that was left open as failed, and deletes it."""
    wandb_server.faults.answer("POST */file_stream", 403, times=None)
    wandb.init(project="prices", id="a").finish()
    run = wandb.Api().run("prices/a")
    assert (run.state, run.update_state("failed")) == ("running", True)
    assert wandb_server.run("a").state == "failed"
    run.delete()
    assert not wandb.Api().runs("prices")


def test_wrong_key_is_refused(wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client with another key is not let in."""
    monkeypatch.setenv("WANDB_API_KEY", "Y" * 40)
    with pytest.raises((CommError, wandb.errors.AuthenticationError)):
        wandb.init(project="prices", id="a")
    assert {request.status for request in wandb_server.requests} == {401}

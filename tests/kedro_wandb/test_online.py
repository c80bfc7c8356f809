"""Whole Kedro runs against a W&B server: well, and failing in every way."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, Outcome
from wandb_server.server import WandbServer
from weekly import ARTIFACTS, CATALOG, drop, make_weekly, open_store, store_folder

from kedro_wandb.settings.config import Timeouts

ONLINE = {"project": "tiny", "mode": "auto"}

DELAY = 15.0
"""Seconds that tracking may add to a run with the shipped defaults, whatever happens."""

RESULTS = ("train_rows.csv", "test_rows.csv", "table.csv", "model.pkl", "metrics.json",
           "figure.png", "by_place/Bronx.csv", "by_place/Queens.csv")  # fmt: skip


@pytest.fixture
def weekly(tmp_path: Path, unsure_server: WandbServer, shipped: None) -> KedroProject:
    """A project whose runs go to the server, with the shipped defaults."""
    del unsure_server, shipped
    return make_weekly(tmp_path / "project", wandb=ONLINE)


@pytest.fixture
def shipped(wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the server's settings, only those that lead to it; patience is the plugin's own."""
    del wandb_server
    import os

    kept = {"WANDB_BASE_URL", "WANDB_API_KEY", "WANDB_ENTITY", "WANDB_ERROR_REPORTING"}
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        if name not in kept and not name.endswith(("_DIR", "_CONFIG_DIR")):
            monkeypatch.delenv(name)
    monkeypatch.delenv("WANDB_DIR", raising=False)


@pytest.fixture(scope="module")
def untracked(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """The results of a run without tracking, and its seconds."""
    project = make_weekly(tmp_path_factory.mktemp("untracked") / "project", {"mode": "disabled"})
    assert project.kedro("run").code == 0
    begin = time.monotonic()
    assert project.kedro("run").code == 0
    return results(project), time.monotonic() - begin


def results(project: KedroProject) -> dict[str, bytes]:
    return {name: (project.path / "data" / name).read_bytes() for name in RESULTS}


def runs(server: WandbServer) -> dict[str, Any]:
    home = server.state.project(None, "tiny")
    return {run.job_type: run for run in home.runs.values()} if home else {}


def timed(project: KedroProject) -> tuple[Outcome, float]:
    begin = time.monotonic()
    outcome = project.kedro("run")
    return outcome, time.monotonic() - begin


def test_a_run_is_on_the_server_when_it_ends(
    weekly: KedroProject, wandb_server: WandbServer
) -> None:
    """Steps, artifacts, lineage, parameters, metrics and figures; none is kept locally."""
    done = weekly.kedro("run")
    assert done.code == 0, done.output
    found = runs(wandb_server)
    assert {run.state for run in found.values()} == {"finished"}
    for name, kind in ARTIFACTS.items():
        (version,) = wandb_server.versions(name, "tiny")
        assert version.collection.type == kind
    assert {each.collection.name for each in found["process"].used} == {"drops"}
    assert {each.collection.name for each in found["train"].used} == {"train_rows", "test_rows"}
    assert wandb_server.artifact("model:latest", "tiny").created_by is found["train"]
    assert wandb_server.artifact("drops:latest", "tiny").created_by is None
    assert found["train"].settings["parameters"]["options"] == {
        "seed": 3,
        "api_token": "[redacted]",
    }
    assert found["train"].summary["metrics/rows"] == 3
    assert any(name.startswith("media/images/figure") for name in found["train"].files)
    assert len({run.group for run in found.values()}) == 1
    assert "groups/" in done.output
    with open_store(weekly) as store:
        assert (store.steps(), store.artifacts(), list(store.blobs.files())) == ([], [], [])
    assert not wandb_server.errors


@pytest.mark.slow
def test_an_unchanged_second_run_uploads_nothing(
    weekly: KedroProject, wandb_server: WandbServer
) -> None:
    """No file of an artifact is sent, and no version is made."""
    assert weekly.kedro("run").code == 0
    uploads = [seen for seen in wandb_server.requests if "/storage/artifacts" in seen.path]
    assert weekly.kedro("run").code == 0
    again = [seen for seen in wandb_server.requests if "/storage/artifacts" in seen.path]
    assert len(again) == len(uploads)
    assert {len(wandb_server.versions(name, "tiny")) for name in ARTIFACTS} == {1}


@pytest.mark.slow
def test_a_failed_run_is_failed_on_the_server(
    weekly: KedroProject, wandb_server: WandbServer
) -> None:
    """Its own step alone."""
    source = weekly.path / "src/tiny/pipelines/train/pipeline.py"
    source.write_text(source.read_text().replace("matplotlib.use", "1 / 0; matplotlib.use"))
    assert weekly.kedro("run").code == 1
    states = {name: run.state for name, run in runs(wandb_server).items()}
    assert states == {"process": "finished", "train": "failed"}


Break = Callable[[WandbServer], object]

FAILURES: dict[str, Break] = {
    "down": lambda server: server.stop(),
    "refuses the key": lambda server: server.faults.answer("*", 401, times=None),
    "answers 500": lambda server: server.faults.answer("*", 500, times=None),
    "hangs": lambda server: server.faults.delay("*", 60, times=None),
    "drops every connection": lambda server: server.faults.drop("*", times=None),
    "gone after the first run began": lambda server: server.faults.kill("UpsertBucket", first=2),
    "gone at the first artifact": lambda server: server.faults.kill("CreateArtifact"),
    "gone at a later artifact": lambda server: server.faults.kill("CreateArtifact", first=5),
    "gone at a commit": lambda server: server.faults.kill("CommitArtifact", first=3),
    "hangs at a commit": lambda server: server.faults.delay("CommitArtifact", 60, times=None),
    "refuses uploads": lambda server: server.faults.answer(
        "PUT /storage/artifacts/*", 403, times=None
    ),
    "fails at uploads": lambda server: server.faults.answer(
        "PUT /storage/artifacts/*", 500, times=None
    ),
    "hangs at uploads": lambda server: server.faults.delay(
        "PUT /storage/artifacts/*", 60, times=None
    ),
    "cuts an answer": lambda server: server.faults.cut("CommitArtifact", times=None),
    "refuses artifacts": lambda server: server.faults.answer("CreateArtifact", 403, times=None),
    "refuses the history": lambda server: server.faults.answer(
        "POST */file_stream", 403, times=None
    ),
    "hangs at the history": lambda server: server.faults.delay(
        "POST */file_stream", 60, times=None
    ),
}


REPAIRED = "cuts an answer"
"""Asked again, the server gives the version that it had made."""


@pytest.mark.slow
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_server_costs_a_bounded_time_and_nothing_else(
    weekly: KedroProject,
    wandb_server: WandbServer,
    untracked: tuple[dict[str, bytes], float],
    failure: str,
) -> None:
    """The results are those of an untracked run, one warning tells, and a sync brings all."""
    expected, seconds = untracked
    FAILURES[failure](wandb_server)
    done, took = timed(weekly)
    assert done.code == 0, done.output
    assert results(weekly) == expected
    assert took - seconds < DELAY
    warnings = 0 if failure == REPAIRED else 1
    assert done.output.count("WARNING kedro_wandb") == warnings, done.output
    wandb_server.faults.clear()
    if not wandb_server.is_up:
        wandb_server.start()
    synced = weekly.kedro("wandb", "sync")
    assert synced.code == 0, synced.output
    assert_all_there(wandb_server)


def assert_all_there(server: WandbServer) -> None:
    found = runs(server)
    assert {name: run.state for name, run in found.items()} == {
        "process": "finished",
        "train": "finished",
    }
    assert {name: len(server.versions(name, "tiny")) for name in ARTIFACTS} == dict.fromkeys(
        ARTIFACTS, 1
    )
    assert {each.collection.name for each in found["process"].used} == {"drops"}
    assert {each.collection.name for each in found["train"].used} == {"train_rows", "test_rows"}
    assert "model" in {each.collection.name for each in found["train"].logged}
    assert found["train"].summary["metrics/rows"] == 3
    assert found["train"].settings["parameters"]["options"]["seed"] == 3


@pytest.mark.slow
def test_the_server_is_left_for_the_local_store_in_the_middle(
    weekly: KedroProject, wandb_server: WandbServer
) -> None:
    """The run that was begun there goes on here, and is the same one after the sync."""
    wandb_server.faults.answer("CreateArtifact", 403, first=4, times=None)
    done = weekly.kedro("run")
    assert done.code == 0, done.output
    assert "kedro wandb sync" in done.output
    begun = {run.name for run in runs(wandb_server).values()}
    wandb_server.faults.clear()
    synced = weekly.kedro("wandb", "sync")
    assert synced.code == 0, synced.output
    assert begun <= {run.name for run in runs(wandb_server).values()}
    assert_all_there(wandb_server)


@pytest.mark.slow
def test_a_change_is_a_new_version_on_the_server(
    weekly: KedroProject, wandb_server: WandbServer
) -> None:
    """Downstream of it alone."""
    assert weekly.kedro("run").code == 0
    weekly.write("data/drops/2024-01-01.csv", drop(("Bronx", 51), ("Queens", 70), ("Bronx", 55)))
    assert weekly.kedro("run").code == 0
    counts = {name: len(wandb_server.versions(name, "tiny")) for name in ARTIFACTS}
    assert {name for name, count in counts.items() if count == 1} == {"test_rows", "figure",
                                                                     "cached"}  # fmt: skip


@pytest.mark.slow
def test_an_offline_run_goes_on_where_an_online_one_has_moved_aliases(
    weekly: KedroProject, wandb_server: WandbServer
) -> None:
    """Though the local store had seen them elsewhere, the sync meets no conflict."""
    offline = {"WANDB_MODE": "offline", "KEDRO_DISABLE_TELEMETRY": "1"}
    for price, environment in ((50, offline), (51, None), (52, offline)):
        rows = drop(("Bronx", price), ("Queens", 70), ("Bronx", 55))
        weekly.write("data/drops/2024-01-01.csv", rows)
        assert weekly.kedro("run", env=environment).code == 0
        synced = weekly.kedro("wandb", "sync")
        assert synced.code == 0, synced.output
    assert wandb_server.artifact("model:latest", "tiny").version == "v2"
    assert wandb_server.artifact("drops:latest", "tiny").version == "v2"


READ = {
    "production_model": {
        "type": "kedro_wandb.ArtifactDataset",
        "artifact": "model:prod",
        "dataset": "pickle.PickleDataset",
    },
    "missing": {"type": "kedro_wandb.ArtifactDataset", "artifact": "model:staging"},
}


@pytest.mark.slow
def test_versions_are_read_back_from_the_server(
    tmp_path: Path, wandb_server: WandbServer, shipped: None
) -> None:
    """By alias, in a run and in a notebook; what is missing is told with what there is."""
    del shipped
    project = make_weekly(
        tmp_path / "project",
        wandb=ONLINE,
        catalog=READ | {"copy": {"type": "json.JSONDataset", "filepath": "data/copy.json"}},
        pipelines={"score": SCORE},
    )
    assert project.kedro("run", "--pipelines", "process,train").code == 0
    assert project.kedro("wandb", "alias", "model:v0", "prod").code == 0
    done = project.kedro("run", "--pipelines", "score")
    assert done.code == 0, done.output
    assert "Loaded model:v0 (model:prod)." in done.output
    assert [each.version for each in runs(wandb_server)["score"].used] == ["v0"]
    assert project.kedro("run", "--pipelines", "score", "--runner", "ParallelRunner").code == 0
    home = wandb_server.state.project(None, "tiny")
    scores = [run for run in home.runs.values() if run.job_type == "score"] if home else []
    assert [[each.version for each in run.used] for run in scores] == [["v0"], ["v0"]]
    assert project.load("production_model")["seed"] == 3
    with pytest.raises(Exception, match=r"no 'model:staging'\. It has: .*model:prod"):
        project.load("missing")
    with wandb_server.down(), pytest.raises(Exception, match=r"could not be asked|no answer"):
        project.load("production_model")


@pytest.mark.slow
def test_a_long_download_is_waited_for(
    weekly: KedroProject, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as there are signs of life; the patience is for silence."""
    from kedro_wandb.reading import checkout

    entry = {"type": "kedro_wandb.ArtifactDataset", "artifact": "drops"}
    weekly.write_yaml("conf/base/catalog.yml", CATALOG | {"drops_read": entry})
    slow = ONLINE | {"timeouts": {"upload_megabytes_per_second": 1e-5}}
    weekly.write_yaml("conf/base/wandb.yml", slow)
    weekly.run("process")
    assert weekly.load("drops_read").is_dir()  # the process that asks is there
    shutil.rmtree(store_folder(weekly) / "checkouts")
    monkeypatch.setattr(checkout, "_CALLS", 0)
    wandb_server.faults.delay("GET /artifactsV2/*", 7)
    begin = time.monotonic()
    assert len(list(weekly.load("drops_read").iterdir())) == 2
    assert time.monotonic() - begin > Timeouts().start


SCORE = """
from kedro.pipeline import Node, Pipeline


def same(model):
    return model


def create_pipeline(**_):
    return Pipeline([Node(same, "production_model", "copy", name="score")])
"""

"""Several runs in one process: services, notebooks, threads."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project, until
from weekly import LOCAL, contents, make_weekly, open_store

from kedro_wandb.hook.events import TrackingHook, hook
from kedro_wandb.stores.digests import bytes_digest


@pytest.fixture
def weekly(tmp_path: Path) -> KedroProject:
    """A project in which nothing has run yet."""
    return make_weekly(tmp_path / "project")


def records(project: KedroProject) -> list[Any]:
    with open_store(project) as store:
        return [each.record for each in store.waiting()]


def service(project: KedroProject) -> Any:
    """Open a Kedro service session: one session, any number of runs."""
    from kedro.framework.session import KedroServiceSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(project.path)
    return KedroServiceSession.create(project_path=project.path, serving_mode=True)


def test_a_service_makes_any_number_of_runs(weekly: KedroProject) -> None:
    """Each has steps of its own, under its own run id."""
    with weekly.session(), service(weekly) as session:
        for seed in (1, 2):
            session.run(
                pipeline_names=["process"], run_id=f"run-{seed}", runtime_params={"share": 0.5}
            )
    assert [each.step.run_id for each in records(weekly)] == ["run-1", "run-2"]
    assert {len(versions) for versions in contents(weekly).values()} == {1}


def test_runs_at_the_same_time_are_kept_apart(tmp_path: Path) -> None:
    """In threads that share the hook: every run finishes with its own inputs and outputs."""
    place = "data/${runtime_params:who,nobody}"
    project = make_project(
        tmp_path / "project",
        catalog={
            "raw": {"type": "json.JSONDataset", "filepath": f"{place}/raw.json"},
            "copy": {"type": "json.JSONDataset", "filepath": f"{place}/copy.json"},
        },
        pipelines={"process": COPY},
        parameters={"folder": str(tmp_path / "project/data")},
        wandb=LOCAL,
    )
    for number in range(3):
        project.write(f"data/{number}/raw.json", str(number))
    with project.session(), service(project) as session, ThreadPoolExecutor(3) as pool:
        runs = []
        for number in range(3):
            who = {"who": number}
            runs.append(pool.submit(session.run, run_id=f"run-{number}", runtime_params=who))
            until((project.path / f"data/{number}/begun").exists)
        for run in runs:
            run.result(timeout=60)
    found = records(project)
    assert sorted(each.step.run_id for each in found) == ["run-0", "run-1", "run-2"]
    assert {each.state for each in found} == {"finished"}
    with open_store(project) as store:
        for each in found:
            (raw,), (copy,) = store.inputs(each.step.id), store.outputs(each.step.id)
            read, written = (store.entries(version)[0].digest for version in (raw, copy))
            assert read == written == bytes_digest(each.step.run_id.removeprefix("run-").encode())


COPY = """
import time
from pathlib import Path

from kedro.pipeline import Node, Pipeline


def copy(raw, folder):
    # Kedro resolves runtime parameters for all threads alike, so one catalog is made at a time.
    Path(folder, str(raw), "begun").touch()
    while not Path(folder, "2/begun").exists():
        time.sleep(0.02)
    return raw


def create_pipeline(**_):
    return Pipeline([Node(copy, ["raw", "params:folder"], "copy", name="copy")])
"""


def test_no_run_is_left_open_after_an_error(weekly: KedroProject) -> None:
    """The next run in the same process starts afresh."""
    drops = weekly.path / "data/drops"
    drops.rename(weekly.path / "data/away")
    with pytest.raises(Exception, match="partition"):
        weekly.run("process")
    (weekly.path / "data/away").rename(drops)
    weekly.run("process")
    assert [each.state for each in records(weekly)] == ["failed", "finished"]


def test_a_run_that_ctrl_c_stopped_is_closed_by_the_next_one(
    weekly: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kedro calls no hook for it, and the process, such as a notebook's, goes on."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kedro.runner.task.Task.execute", stopped)
        with pytest.raises(KeyboardInterrupt):
            weekly.run("process")
    assert records(weekly) == []
    weekly.run("process")
    assert [each.state for each in records(weekly)] == ["finished"]


def test_the_users_own_run_is_left_alone(weekly: KedroProject, tmp_path: Path) -> None:
    """A run of W&B that a notebook has opened is still its own, and open, afterwards."""
    import wandb

    with wandb.init(mode="offline", dir=tmp_path, project="mine") as mine:
        weekly.run("process")
        assert wandb.run is mine
        mine.log({"still": 1})
        assert mine.summary["still"] == 1
    assert [each.state for each in records(weekly)] == ["finished"]


def test_the_hook_can_be_pickled_and_takes_nothing_along(weekly: KedroProject) -> None:
    """As runners do that start processes of their own."""
    weekly.run("process")
    copy = pickle.loads(pickle.dumps(hook))  # noqa: S301 - made here
    assert isinstance(copy, TrackingHook)
    assert copy is not hook


def test_a_second_run_reuses_the_tracker(weekly: KedroProject) -> None:
    """So that a service does not pay for its start each time."""
    weekly.run("process")
    begin = time.monotonic()
    weekly.run("process")
    assert hook._trackers is not None
    assert len(hook._trackers._idle) == 1
    assert time.monotonic() - begin < 10


NOTEBOOK = """
import nbformat
from nbclient import NotebookClient

cells = [
    "%load_ext kedro.ipython",
    "session.run(pipeline_names=['process'])",
    "%reload_kedro",
    "session.run(pipeline_names=['train'])",
    "catalog.load('metrics')['rows']",
]
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
NotebookClient(notebook, timeout=60, resources={"metadata": {"path": "notebooks"}}).execute()
print("3" in notebook.cells[-1].outputs[-1]["data"]["text/plain"])
"""


@pytest.mark.notebook
def test_a_notebook_with_several_sessions_is_tracked(weekly: KedroProject) -> None:
    """Each run closes with its cell."""
    import subprocess
    import sys

    weekly.write("notebooks/.gitkeep", "")
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK],
        cwd=weekly.path,
        env=weekly.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True"
    assert [each.state for each in records(weekly)] == ["finished", "finished"]


def test_threads_are_forgotten_after_their_run(weekly: KedroProject) -> None:
    """Nothing grows with the number of runs."""
    weekly.run("process")
    assert not hook._runs
    assert threading.get_ident() not in hook._threads


def test_tracking_that_fails_can_be_made_an_error(tmp_path: Path) -> None:
    """With ``on_error: raise``; by default it is a warning and the run is a success."""
    for number, (on_error, code) in enumerate([("raise", 1), ("warn", 0)]):
        project = make_weekly(
            tmp_path / f"p{number}", wandb=LOCAL | {"on_error": on_error, "folder": "blocked/x"}
        )
        project.write("blocked", "a file where the store's folder should be")
        done = project.kedro("run", "--pipelines", "process")
        assert done.code == code, done.output
        assert done.output.count("W&B tracking: ") == 1
        assert (project.path / "data/train_rows.csv").exists()

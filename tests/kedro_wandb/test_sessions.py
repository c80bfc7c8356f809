"""Several runs in one process: services, notebooks, threads."""

from __future__ import annotations

import contextlib
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project, until
from synced import ended
from weekly import LOCAL, contents, make_weekly, open_store

from kedro_wandb.hook.events import TrackingHook, hook
from kedro_wandb.settings.project import current_settings
from kedro_wandb.stores.digests import bytes_digest
from kedro_wandb.stores.local.store import LocalStore


@pytest.fixture
def weekly(tmp_path: Path) -> KedroProject:
    """A project in which nothing has run yet."""
    return make_weekly(tmp_path / "project")


def records(project: KedroProject) -> list[Any]:
    with open_store(project) as store:
        return ended(store)


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


NESTING = """
from kedro.framework.session import KedroSession
from kedro.pipeline import Node, Pipeline


def nest(raw, options):
    with KedroSession.create(options["path"], env=options["env"]) as session:
        session.run(pipeline_names=["inner"])
    return raw


def same(value):
    return value


def create_pipeline(**_):
    return Pipeline([
        Node(nest, ["raw", "params:options"], "middle", name="nest"),
        Node(same, "middle", "last", name="close"),
    ])
"""

INNER = """
from kedro.pipeline import Node, Pipeline


def create_pipeline(**_):
    return Pipeline([Node(lambda seen: seen, "seen", "told", name="inner")])
"""


@pytest.mark.parametrize("inner_mode", ["local", "disabled"])
def test_a_run_inside_a_node_of_another_is_a_run_of_its_own(
    tmp_path: Path, inner_mode: str
) -> None:
    """With the settings of its own environment; the outer one goes on as if nothing had been."""
    names = ("raw", "middle", "last", "seen", "told")
    project = make_project(
        tmp_path / "p",
        catalog={n: {"type": "text.TextDataset", "filepath": f"data/{n}.txt"} for n in names},
        pipelines={"outer": NESTING, "inner": INNER},
        parameters={"options": {"path": str(tmp_path / "p"), "env": "nested"}},
        wandb=LOCAL,
    )
    project.write_yaml("conf/nested/wandb.yml", LOCAL | {"project": "other", "mode": inner_mode})
    for name in ("raw", "seen"):
        project.write(f"data/{name}.txt", name)
    project.run("outer")
    (outer,) = records(project)
    assert (outer.step.job_type, outer.state) == ("outer", "finished")
    found = {name: versions[0][2] for name, versions in contents(project).items()}
    assert found == dict.fromkeys(("raw", "middle", "last"), ("latest",))
    inner = project.path / ".wandb/other"
    assert inner.exists() == (inner_mode == "local")
    if inner.exists():
        with closing(LocalStore(inner)) as store:
            assert [each.name for each in store.artifacts()] == ["seen", "told"]
            assert [each.state for each in ended(store)] == ["finished"]


def test_datasets_that_read_the_store_keep_the_settings_of_their_context(
    tmp_path: Path,
) -> None:
    """Also where another environment's context is made before they are loaded."""
    project = make_project(
        tmp_path / "p",
        catalog={
            "seen": {"type": "text.TextDataset", "filepath": "data/seen.txt"},
            "told": {"type": "text.TextDataset", "filepath": "data/told.txt"},
            "stored": {
                "type": "kedro_wandb.ArtifactDataset",
                "artifact": "told",
                "dataset": "text.TextDataset",
            },
        },
        pipelines={"inner": INNER},
        wandb=LOCAL,
    )
    project.write_yaml("conf/other/wandb.yml", LOCAL | {"project": "other"})
    for env, text in [(None, "base"), ("other", "other")]:
        project.write("data/seen.txt", text)
        with project.session(env=env) as session:
            session.run()
    with project.session() as first, project.session(env="other") as second:
        catalogs = [each.load_context().catalog for each in (first, second)]
        assert [catalog.load("stored") for catalog in catalogs] == ["base", "other"]
        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: second.load_context().catalog).result()
            assert current_settings() is not None
            assert current_settings().project == "other"
        first.load_context()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: second.load_context().catalog).result()
        assert current_settings().project == "tiny"
        session_of_first = first.run()
        assert "told" in session_of_first
    with open_store(project) as store:
        assert len(store.consumers(store.find("seen:v0"))) == 1


@pytest.mark.parametrize(
    "broken", ["kedro_wandb.hook.events._settings", "kedro_wandb.hook.planning.plan_run",
               "kedro_wandb.hook.run.TrackedRun.begin_node", "kedro_wandb.hook.run.TrackedRun.read",
               "kedro_wandb.hook.run.TrackedRun.start_node", "kedro_wandb.hook.run.TrackedRun.ran",
               "kedro_wandb.hook.run.TrackedRun.saved", "kedro_wandb.hook.run._report",
               "kedro_wandb.settings.project.remember_settings",
               "kedro_wandb.hook.events.forget_moves",
               "kedro_wandb.hook.events.TrackingHook._end_stale",
               "kedro_wandb.hook.events.TrackingHook._work_for",
               "kedro_wandb.hook.events.TrackingHook._context_of"],
)  # fmt: skip
@pytest.mark.parametrize("fails", [False, True])
def test_no_error_of_ours_reaches_the_run(
    weekly: KedroProject,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    fails: bool,  # noqa: FBT001 - of the run itself
) -> None:
    """Whichever event it happens in, also where the run fails: its own error is the one raised."""

    def fail(*_: object, **__: object) -> None:
        msg = "nobody has foreseen this"
        raise RuntimeError(msg)

    told: list[str] = []
    monkeypatch.setattr(
        "kedro_wandb.hook.events.logger.warning",
        lambda text, *given, **_: told.append(text % given),
    )
    if fails:
        (weekly.path / "data/drops").rename(weekly.path / "data/away")
    monkeypatch.setattr(broken, fail)
    with contextlib.ExitStack() as stack:
        if fails:
            stack.enter_context(pytest.raises(Exception, match="partition"))
        weekly.run("process")
    assert fails or (weekly.path / "data/train_rows.csv").exists()
    if not fails or broken.endswith(("_settings", "plan_run", "begin_node", "_report")):
        assert any("nobody has foreseen this" in each for each in told)


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
    assert hook._trackers is not None
    (first,) = hook._trackers._idle
    weekly.run("process")
    assert hook._trackers._idle == [first]


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


@pytest.mark.parametrize("on_error", ["raise", "warn"])
def test_tracking_that_fails_can_be_made_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_error: str
) -> None:
    """With ``on_error: raise``; by default it is a warning and the run is a success."""
    blocked = LOCAL | {"on_error": on_error, "folder": "blocked/x"}
    project = make_weekly(tmp_path / "project", wandb=blocked)
    project.write("blocked", "a file where the store's folder should be")
    warned: list[str] = []
    monkeypatch.setattr(
        "kedro_wandb.hook.run.logger.warning", lambda text, *given: warned.append(text % given)
    )
    if on_error == "raise":
        with pytest.raises(Exception, match="W&B tracking: "):
            project.run("process")
    else:
        project.run("process")
    assert "".join(warned).count("W&B tracking: ") == (on_error == "warn")
    assert (project.path / "data/train_rows.csv").exists()

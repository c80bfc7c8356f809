"""Ctrl-C, SIGTERM and SIGKILL at different moments: the run ends as it would untracked."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, until
from synced import ended
from weekly import LOCAL, PROCESS, labels, make_weekly, open_store, store_folder

WAITING = """
import time
from pathlib import Path

from kedro.pipeline import Node, Pipeline


def first(train_rows, place):
    return {"rows": len(train_rows)}


def wait(metrics, test_rows, place):
    Path(place, "reached").touch()
    while not Path(place, "go-on").exists():
        time.sleep(0.05)
    return {"mean": 1.0}


def create_pipeline(**_):
    return Pipeline([
        Node(first, ["train_rows", "params:place"], "metrics", name="first"),
        Node(wait, ["metrics", "test_rows", "params:place"], "model", name="wait"),
    ])
"""

PATIENCE = 20.0

Waiting = Callable[..., KedroProject]


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    """Make projects whose second step waits for a file; afterwards none waits any more."""
    made: list[KedroProject] = []

    def make(**wandb: Any) -> KedroProject:
        folder = tmp_path / f"project{len(made)}"
        project = make_weekly(
            folder, wandb=LOCAL | wandb, pipelines={"process": PROCESS, "train": WAITING}
        )
        project.write_yaml("conf/base/parameters.yml", {"share": 0.5, "place": str(folder)})
        made.append(project)
        return project

    yield make
    for project in made:
        (project.path / "go-on").touch()


def stopped(project: KedroProject, number: signal.Signals) -> tuple[int, str]:
    """Run until the second step waits, send a signal; return exit code and output."""
    with project.start("run") as process:
        until(lambda: (project.path / "reached").exists() or process.poll() is not None)
        process.send_signal(number)
        output, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, output


def states(project: KedroProject) -> dict[str, str]:
    with open_store(project) as store:
        return {each.step.job_type: each.state for each in ended(store)}


def begun(project: KedroProject) -> set[str]:
    """The steps that the store knows of, those that run too."""
    with open_store(project) as store:
        return {each.step.job_type for each in store.steps()}


def is_consistent(project: KedroProject) -> bool:
    connection = sqlite3.connect(store_folder(project) / "store.db")
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "killed"),
        (signal.SIGKILL, "killed"),
    ],
)
def test_a_stopped_run_ends_as_untracked_and_keeps_what_was_done(
    waiting: Waiting, number: signal.Signals, state: str
) -> None:
    """Its exit code is the same; finished steps are finished, the open one says how it ended.

    After Ctrl-C the closing table comes also. However the run was stopped, its tracker ends.
    """
    untracked = -number
    if number == signal.SIGINT:  # Python's own answer; the system ends it for the others
        untracked, _ = stopped(waiting(mode="disabled"), number)
    project = waiting()
    code, output = stopped(project, number)
    assert code == untracked
    assert ("metrics:v0" in output) == (number == signal.SIGINT)
    until(lambda: set(states(project)) == {"process", "train"})
    until(lambda: trackers_of(project) == [])
    assert states(project) == {"process": "finished", "train": state}
    assert {"rows", "train_rows", "metrics"} <= set(labels(project))
    assert "model" not in labels(project)
    assert is_consistent(project)


def trackers_of(project: KedroProject) -> list[int]:
    """Return the tracker processes that work in a project's folder; only Linux tells."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_here = (folder / "cwd").resolve() == project.path
            if is_here and b"kedro_wandb.tracker.main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it ended meanwhile
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_at_any_moment_leaves_the_store_usable(
    tmp_path: Path, number: signal.Signals
) -> None:
    """From the start of Python to the last line of the log, in twelve steps."""
    project = make_weekly(tmp_path / "project")
    whole = seconds_of(project)
    for part in range(1, 13):
        with project.start("run") as process:
            time.sleep(whole * part / 12)
            process.send_signal(number)
            process.communicate(timeout=PATIENCE)
        assert process.returncode in {0, 1, -number}
    until(lambda: trackers_of(project) == [])
    assert is_consistent(project)
    assert set(states(project).values()) <= {"finished", "killed", "interrupted", "failed"}
    done = project.kedro("run")
    assert done.code == 0, done.output
    assert set(labels(project).values()) == {"v0"}


def seconds_of(project: KedroProject) -> float:
    begin = time.monotonic()
    assert project.kedro("run").code == 0
    return time.monotonic() - begin


def test_a_crashed_tracker_costs_the_run_nothing(waiting: Waiting) -> None:
    """Killed in the middle of the run: one warning, the results and the exit code are there."""
    project = waiting()
    with project.start("run") as process:
        until((project.path / "reached").exists)
        until(lambda: {"process", "train"} <= begun(project))
        (tracker,) = trackers_of(project)
        os.kill(tracker, signal.SIGKILL)
        (project.path / "go-on").touch()
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert (project.path / "data/model.pkl").exists()
    assert output.count("WARNING kedro_wandb") == 1
    assert "tracker process was lost" in output
    assert states(project) == {"process": "finished", "train": "killed"}
    assert is_consistent(project)


@pytest.mark.slow
def test_a_frozen_tracker_delays_the_run_for_a_bounded_time(waiting: Waiting) -> None:
    """Stopped in its tracks: the run waits its ten seconds and goes on without it."""
    project = waiting()
    with project.start("run") as process:
        until((project.path / "reached").exists)
        (tracker,) = trackers_of(project)
        os.kill(tracker, signal.SIGSTOP)
        (project.path / "go-on").touch()
        output, _ = process.communicate(timeout=40)
    assert process.returncode == 0
    assert "no word from it" in output
    assert trackers_of(project) == []


def test_a_full_disk_costs_the_run_nothing_but_a_warning(tmp_path: Path) -> None:
    """The system lets no file grow above 40 kB, which the pipeline's results do not reach."""
    project = make_weekly(tmp_path / "project")
    limited = 'ulimit -f 40 && exec "$0" -B -m kedro run --pipelines process'
    done = subprocess.run(
        ["bash", "-c", limited, project.python],  # noqa: S607 - the system's bash
        cwd=project.path,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert (project.path / "data/train_rows.csv").exists()
    assert output.count("WARNING kedro_wandb") == 1, output
    assert "disk" in output
    project.run("process")
    assert is_consistent(project)
    assert labels(project)["train_rows"] == "v0"

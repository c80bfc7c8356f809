"""A cap on the wait at the end of a run: the tracker goes on alone, and what it did is told."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import KedroProject, make_project, until
from weekly import LOCAL, labels, store_folder

from kedro_wandb.protocol.late import Late, LateReport
from kedro_wandb.stores.base import Step
from kedro_wandb.stores.local.store import LocalStore

COPY = """
from kedro.pipeline import Node, Pipeline


def same(raw):
    return raw


def create_pipeline(**_):
    return Pipeline([
        Node(same, "raw", "copy", name="first"),
        Node(same, "copy", "again", name="second"),
    ])
"""


@pytest.fixture
def project(tmp_path: Path) -> KedroProject:
    """A project of two nodes."""
    names = ("raw", "copy", "again")
    made = make_project(
        tmp_path / "project",
        catalog={n: {"type": "json.JSONDataset", "filepath": f"data/{n}.json"} for n in names},
        pipelines={"process": COPY},
        wandb=LOCAL,
    )
    made.write("data/raw.json", '"first"')
    return made


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Let nobody else write to a store, which is made."""
    with contextlib.closing(LocalStore(folder)) as store:
        store.open_step(Step("made", "earlier", "weekly", "run-0", "earlier"))
    connection = sqlite3.connect(folder / "store.db", isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_tracker_that_takes_too_long_goes_on_alone(project: KedroProject) -> None:
    """The run ends, its files are stored later, and what was overwritten meanwhile is lost."""
    project.write_yaml("conf/base/wandb.yml", LOCAL | {"timeouts": {"wait": 0.3}})
    with held(store_folder(project)):
        assert "It goes on alone" in project.kedro("run").output
        assert "copy" not in labels(project)
        project.write("data/again.json", '"of another run"')
    reports = store_folder(project) / "late"
    until(lambda: any('"ended":true' in file.read_text() for file in reports.glob("*.json")))
    assert "copy" in labels(project)
    project.write_yaml("conf/base/wandb.yml", LOCAL)
    told = project.kedro("wandb", "artifacts").output
    assert "was stored to its end by its tracker, but for 1 dataset(s)" in told
    assert "again was overwritten before it was stored" in " ".join(told.split())
    assert "by its tracker" not in project.kedro("wandb", "artifacts").output


def test_the_next_run_tells_too(project: KedroProject) -> None:
    """Before it begins."""
    LateReport(store_folder(project), "run-1").write(Late("run-1", ended=True))
    assert "The run run-1 was stored to its end by its tracker" in project.kedro("run").output


def test_a_run_without_an_account_loads_no_sdk(project: KedroProject) -> None:
    """Neither in Kedro's process nor in the tracker's."""
    project.write("sitecustomize.py", BARRED)
    done = project.kedro("run", env={"PYTHONPATH": f"{project.path}{os.pathsep}{PATH}"})
    assert done.code == 0, done.output
    assert "again:v0" in done.output
    assert "WARNING kedro_wandb" not in done.output
    assert not (store_folder(project) / "wandb").exists()
    offline = project.kedro(
        "run", env={"PYTHONPATH": f"{project.path}{os.pathsep}{PATH}", "WANDB_MODE": "offline"}
    )
    assert "the SDK was loaded" in offline.output


BARRED = """
import sys


class Barred:
    def find_spec(self, name, path=None, target=None):
        if name == "wandb":
            raise RuntimeError("the SDK was loaded")


sys.meta_path.insert(0, Barred())
"""

PATH = os.environ.get("PYTHONPATH", "")

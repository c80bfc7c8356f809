"""Runs on a Dask cluster leave what runs in one process leave, byte for byte."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone(small_project: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project whose week was made in one process."""
    project = small_project(tmp_path_factory.mktemp("alone") / "project")
    done = project.kedro("run")
    assert done.code == 0, done.output
    return project


@pytest.fixture
def other(small_project: Callable[[Path], Any], tmp_path: Path) -> Any:
    """The same project, before its first run."""
    return small_project(tmp_path / "project")


def test_a_whole_run_on_a_cluster_of_this_machine(alone: Any, other: Any) -> None:
    """Two processes that are there for the run: listings, profiles, reports, model, card."""
    done = other.kedro("run", "--params", "engine=dask")
    assert done.code == 0, done.output
    assert other.outputs() == alone.outputs()


@pytest.mark.parametrize("given", ["engine.scheduler={0}", "engine.scheduler={0},engine=dask"])
def test_a_whole_run_on_a_cluster_that_is_there(
    alone: Any, other: Any, cluster: Any, given: str
) -> None:
    """In whatever order the address and the engine are given; the cluster stays."""
    done = other.kedro("run", "--params", given.format(cluster.address))
    assert done.code == 0, done.output
    assert other.outputs() == alone.outputs()
    assert [worker.poll() for worker in cluster.workers] == [None, None]


def many_drops(project: Any, drops: int, copies: int) -> None:
    """Replace the drops by larger ones: copies of a drop's rows under other ids."""
    first, *others = sorted(project.drops.glob("*.csv.gz"))
    with gzip.open(first, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    for file in (first, *others):
        file.unlink()
    for drop in range(drops):
        with (project.drops / f"2024-01-{drop + 1:02}.csv").open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(header)
            for copy in range(copies):
                first_id = drop * 1_000 + copy * 1_000_000
                writer.writerows([first_id + n, *row[1:]] for n, row in enumerate(rows))


def test_the_death_of_a_worker_changes_nothing(
    synthetic_project: Any, cluster: Any, tmp_path: Path
) -> None:
    """Killed while it types a drop: Dask lets another one do its work again."""
    project = synthetic_project
    many_drops(project, drops=4, copies=5)
    arguments = ["--pipelines", "data_processing"]
    done = project.kedro("run", *arguments)
    assert done.code == 0, done.output
    expected = project.outputs()
    cluster.add_worker()
    victim = cluster.workers[-1]
    _wait_for_workers(cluster, 3)
    given = ("--params", f"engine.scheduler={cluster.address}")
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "kedro", "run", *arguments, *given],
            cwd=project.path, stdout=log, stderr=log,
        )  # fmt: skip
        folder = project.path / "data/02_intermediate"
        while run.poll() is None and not list(folder.glob(".typed_drops.*.new/.2024-*")):
            time.sleep(0.002)
        victim.kill()
        assert run.wait(timeout=200) == 0, (tmp_path / "log").read_text()
    assert victim.wait() != 0
    cluster.workers.remove(victim)
    assert "Removing worker" in (cluster.folder / "log").read_text()
    assert project.outputs() == expected


def _wait_for_workers(cluster: Any, count: int) -> None:
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)

"""Runs on a Dask cluster leave what runs in one process leave, byte for byte."""

from __future__ import annotations

import csv
import functools
import gzip
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from deadly_work import dawdle, die_once, refuse
from distributed import Client
from processes import Cluster
from pyarrow import parquet
from week import process_folder

from rental_pricing.cluster.dask_engine import ClusterError, DaskEngine
from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.engine.engine import ONE_PROCESS
from rental_pricing.errors import DropFormatError
from rental_pricing.listings import selection
from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.digest import digest_of
from rental_pricing.listings.ingest import FILE, MISSING_HOST_NAME
from rental_pricing.listings.selection import choose_rows
from rental_pricing.quality.deliveries import profile_drops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow


AFTER_THE_WEEK = ("--pipelines", "inference,monitoring,tuning")
FEW_TRIALS = "tuning.trials=3,tuning.folds=2,tuning.prune=null"


@pytest.fixture(scope="module", autouse=True)
def _tracked() -> Iterator[None]:
    """Runs are tracked, as they are shipped."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WANDB_MODE", "offline")
        yield


@pytest.fixture(scope="module")
def alone(small_project: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project whose week was made in one process."""
    project = small_project(tmp_path_factory.mktemp("alone") / "project")
    kedro(project, "run")
    return project


@pytest.fixture
def other(small_project: Callable[[Path], Any], tmp_path: Path) -> Any:
    """The same project, before its first run."""
    return small_project(tmp_path / "project")


def kedro(project: Any, *arguments: str) -> str:
    """Run a command that has to go well, and return what it says."""
    done = project.kedro(*arguments)
    assert done.code == 0, done.output
    return str(done.output)


def results(project: Any) -> dict[str, bytes]:
    """Return what runs have left, but for the database of trials, which knows the time."""
    found: dict[str, bytes] = project.outputs()
    return {name: content for name, content in found.items() if not name.endswith(".sqlite")}


def versions(project: Any) -> list[tuple[str, str]]:
    """Return what was tracked: names and digests."""
    output = kedro(project, "wandb", "artifacts", "--json")  # and the log after it
    told, _ = json.JSONDecoder().raw_decode(output)
    return sorted((each["name"], each["newest"]["digest"]) for each in told)


def test_a_whole_run_on_a_cluster_of_this_machine(alone: Any, other: Any) -> None:
    """Two processes that are there for the run: listings, profiles, reports, model, card."""
    kedro(other, "run", "--params", "engine=dask")
    assert other.outputs() == alone.outputs()
    assert versions(other) == versions(alone)


@pytest.mark.parametrize("given", ["engine.scheduler={0}", "engine.scheduler={0},engine=dask"])
def test_a_whole_run_on_a_cluster_that_is_there(
    alone: Any, other: Any, cluster: Any, given: str
) -> None:
    """In whatever order the address and the engine are given; the cluster stays."""
    kedro(other, "run", "--params", given.format(cluster.address))
    assert other.outputs() == alone.outputs()
    assert [worker.poll() for worker in cluster.workers] == [None, None]


def test_prices_monitoring_and_search_are_the_same(
    alone: Any, cluster: Any, tmp_path: Path
) -> None:
    """Scored in chunks, measured in pieces, judged through joblib."""
    both = []
    for name, given in (("here", ""), ("there", f",engine.scheduler={cluster.address}")):
        shutil.copytree(alone.path, tmp_path / name)
        project = type(alone)(tmp_path / name)
        kedro(project, "run", *AFTER_THE_WEEK, "--params", FEW_TRIALS + given)
        both.append(results(project))
    here, there = both
    assert {"07_model_output/price_estimates.parquet", "08_reporting/drift_report.json",
            "08_reporting/trials.csv"} <= set(here)  # fmt: skip
    assert here == there


@pytest.fixture
def engine(cluster: Any) -> Iterator[DaskEngine]:
    """An engine on the cluster."""
    with Client(cluster.address, set_as_default=False) as client:
        yield DaskEngine(client)


@pytest.fixture
def typed(synthetic_project: Any, parameters: dict[str, Any], tmp_path: Path) -> Any:
    """Two typed drops in pieces of 1,000 rows."""
    shutil.copytree(synthetic_project.drops, tmp_path / "raw")
    process_folder(tmp_path / "raw", parameters)
    for file in (tmp_path / "typed_drops").iterdir():
        whole = parquet.ParquetFile(file)
        with parquet.ParquetWriter(file.with_suffix(".new"), whole.schema_arrow) as writer:
            writer.write_table(whole.read(), row_group_size=1000)
            told = whole.metadata.metadata
            names = (FILE, MISSING_HOST_NAME)
            writer.add_key_value_metadata({n: told[n.encode()].decode() for n in names})
        file.with_suffix(".new").replace(file)
    return TypedDropsDataset(path=str(tmp_path / "typed_drops")).load()


def test_many_pieces_and_groups_are_regrouped_alike(
    typed: Any, engine: DaskEngine, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, Any]
) -> None:
    """Listings, rejected rows, accounts, digests, profiles of deliveries."""
    monkeypatch.setattr(selection, "_ROWS", 3000)
    expected = collect_rows(typed, choose_rows(typed), rows=1500)
    found = collect_rows(typed, choose_rows(typed, engine), engine, rows=1500)
    assert len(found.listings.loads) == len(expected.listings.loads) > 3
    pd.testing.assert_frame_equal(found.listings.whole(), expected.listings.whole())
    pd.testing.assert_frame_equal(found.rejected.whole(), expected.rejected.whole())
    assert (found.digest, found.account) == (expected.digest, expected.account)
    assert digest_of(found.listings, engine) == expected.digest
    market, quality = parameters["market"].identity, parameters["data_validation"]
    alone, there = (dict(profile_drops(typed, market=market, parameters=quality, engine=each))
                    for each in (ONE_PROCESS, engine))  # fmt: skip
    assert alone == there


def test_what_a_dead_worker_was_at_is_done_again(
    cluster: Any, engine: DaskEngine, tmp_path: Path
) -> None:
    """In order, each result once."""
    cluster.add_worker()
    engine.client.wait_for_workers(3, timeout=60)
    marker = tmp_path / "died"
    found = engine.map(functools.partial(die_once, marker=str(marker)), range(8))
    assert list(found) == [number * number for number in range(8)]
    assert marker.exists()
    cluster.replace_the_dead()


def test_a_scheduler_that_dies_is_told(tmp_path: Path) -> None:
    """Within half a minute: nothing is waited for that nobody does."""
    lost = Cluster(tmp_path)
    scheduler = lost.start()
    try:
        lost.add_worker()
        with Client(lost.address, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=60)
            results = DaskEngine(client).map(dawdle, range(100))
            assert next(results) == 0
            scheduler.kill()
            began = time.monotonic()
            with pytest.raises(ClusterError, match="connection with the cluster was lost"):
                list(results)
            assert time.monotonic() - began < 30
    finally:
        for process in (*lost.workers, scheduler):
            process.kill()
            process.wait()


def test_an_error_of_a_worker_is_told_as_it_is(engine: DaskEngine) -> None:
    """With its own class and words; what waits is not done."""
    with pytest.raises(DropFormatError, match=r"a\.csv is empty, and so are 0"):
        list(engine.map(refuse, range(100)))


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
    kedro(project, "run", *arguments)
    expected = project.outputs()
    cluster.add_worker()
    victim = cluster.workers[-1]
    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)
    given = ("--params", f"engine.scheduler={cluster.address}")
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "kedro", "run", *arguments, *given],
            cwd=project.path, stdout=log, stderr=log,
        )  # fmt: skip
        folder = project.path / "data/02_intermediate"
        while run.poll() is None and not list(folder.glob(".typed_drops.*.new/.2024-*")):
            time.sleep(0.002)
        assert run.poll() is None
        victim.kill()
        assert run.wait(timeout=200) == 0, (tmp_path / "log").read_text()
    assert victim.wait() != 0
    cluster.workers.remove(victim)
    assert project.outputs() == expected

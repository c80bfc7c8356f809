"""What online and offline runs share of W&B's SDK."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import wandb
from wandb_server.client import cores
from wandb_server.server import WandbServer

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.digests import manifest_digest
from kedro_wandb.stores.patience import concurrently
from kedro_wandb.stores.wandb.core import end_core
from kedro_wandb.stores.wandb.sdk import artifact_of, entries_of
from kedro_wandb.stores.wandb.store import CloudStore

linux_only = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells")


def a_draft(path: Path) -> Draft:
    path.write_text("id,price\n")
    remote = Source("more.csv", ref="s3://bucket/more.csv", digest="etag", size=3)
    return Draft("listings", "dataset", (Source("rows.csv", path), remote))


def test_artifacts_have_our_digests(tmp_path: Path) -> None:
    """W&B's artifact has the digest that we compute, and its file is the one on the disk."""
    draft = a_draft(tmp_path / "any name.csv")
    entries = entries_of(draft)
    artifact = artifact_of(draft, entries, {"rows.csv": tmp_path / "any name.csv"})
    assert artifact.digest == manifest_digest({each.name: each.digest for each in entries})
    assert artifact.manifest.entries["rows.csv"].local_path == str(tmp_path / "any name.csv")
    assert artifact.manifest.entries["more.csv"].local_path is None
    assert artifact.size == 12


def test_every_byte_is_counted_once(tmp_path: Path) -> None:
    """Each file is read in one pass, which is told as it goes."""
    counted: list[int] = []
    entries = entries_of(a_draft(tmp_path / "rows.csv"), counted.append)
    assert (sum(counted), [entry.size for entry in entries]) == (9, [9, 3])


@linux_only
def test_the_core_is_ended_without_a_word(
    wandb_server: WandbServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With a run open and a request under way the core ends at once; the next run gets another."""
    caplog.set_level(logging.WARNING)
    wandb.init(project="prices", id="a", dir=tmp_path, reinit="create_new")
    wandb_server.faults.delay("*", 30, times=None)
    api = threading.Thread(target=_ask)
    api.start()
    time.sleep(0.3)
    begin = time.monotonic()
    end_core()
    api.join()
    assert time.monotonic() - begin < 15  # half of what the request takes
    assert cores(wandb_server.url) == []
    assert [each for each in caplog.records if each.name.startswith("wandb")] == []
    wandb_server.faults.clear()
    wandb.init(project="prices", id="b", dir=tmp_path, reinit="create_new").finish()
    assert wandb_server.run("b").state == "finished"


def _ask() -> None:
    with pytest.raises(wandb.errors.AuthenticationError):
        wandb.Api(timeout=20)


@linux_only
def test_the_core_of_somebody_elses_run_is_spared(
    wandb_server: WandbServer, tmp_path: Path
) -> None:
    """A run of the user's own in this process goes on."""
    with wandb.init(project="prices", id="a", dir=tmp_path):
        end_core()
        assert len(cores(wandb_server.url)) == 1
    assert wandb_server.run("a").state == "finished"


@linux_only
def test_the_core_of_another_process_is_spared(wandb_server: WandbServer, tmp_path: Path) -> None:
    """Only that of this process is ended."""
    script = "import sys, wandb; wandb.init(project='prices', id='a'); print(); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        wandb.init(project="prices", id="b", dir=tmp_path, reinit="create_new")
        assert len(cores(wandb_server.url)) == 2
        end_core()
        assert len(cores(wandb_server.url)) == 1
    assert wandb_server.run("a").state == "finished"


SCRIPT = """
import sys, time
from pathlib import Path
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.stores.patience import concurrently

store = CloudStore("prices", None, Path("cloud"), Timeouts(call=1))
store.open_step(Step("s1", "modeling", "weekly", "run-1", "modeling"))
Path("rows.csv").write_text("1")
try:
    store.log("s1", Draft("listings", "dataset", (Source("rows.csv", Path("rows.csv")),)))
except StoreUnavailableError:
    store.abandon()
    print(time.time())
"""


@linux_only
def test_a_process_ends_at_once_after_it_gave_up(wandb_server: WandbServer, tmp_path: Path) -> None:
    """Though the server still owes it an answer; and it says nothing more."""
    wandb_server.faults.delay("CreateArtifact", 60, times=None)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert time.time() - float(done.stdout) < 5  # of the 60 that the server takes
    assert cores(wandb_server.url) == []


def test_runs_are_written_side_by_side(wandb_server: WandbServer, tmp_path: Path) -> None:
    """Several threads, each with its own step; a run of the user's own is left alone."""
    wandb.setup()  # the SDK reads its settings once, and not from several threads at a time
    store = CloudStore("prices", None, tmp_path / "cloud", Timeouts(start=20, call=20, finish=10))
    names = [f"s{number}" for number in range(4)]

    def whole(name: str) -> None:
        path = tmp_path / name
        path.write_text(name)
        store.open_step(Step(name, name, "weekly", "run-1", name))
        store.log(name, Draft(name, "dataset", (Source("rows.csv", path),)))
        store.close_step(name, Ending("finished", 1.8e9))

    concurrently(whole, names)
    assert wandb.run is None
    for name in names:
        run = wandb_server.run(name)
        assert (run.state, run.job_type) == ("finished", name)
        assert [each.files for each in run.logged] == [{"rows.csv": name.encode()}]

"""Faults on demand, as the real SDK meets them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import wandb
from wandb.errors import CommError

from wandb_server.client import cores, end_cores, log
from wandb_server.server import WandbServer


def test_refused_connection_ends_init(wandb_server: WandbServer) -> None:
    """While connections are refused, init raises within its time."""
    start = time.monotonic()
    settings = wandb.Settings(init_timeout=2)
    with wandb_server.down(), pytest.raises(CommError):
        wandb.init(project="prices", id="a", settings=settings)
    assert time.monotonic() - start < 8
    assert not wandb_server.requests


def test_server_comes_back(wandb_server: WandbServer) -> None:
    """After an outage the same address answers again, with all it knew."""
    wandb.init(project="prices", id="a").finish()
    with wandb_server.down():
        pass
    assert wandb.Api().run("prices/a").state == "finished"


def test_upload_is_tried_again(wandb_server: WandbServer) -> None:
    """An upload that is answered 500 twice succeeds at the third try."""
    wandb_server.faults.answer("PUT /storage/artifacts/*", 500, times=2)
    with wandb.init(project="prices", id="a") as run:
        assert log(run, "one").version == "v0"
    uploads = [seen for seen in wandb_server.requests if "/storage/artifacts/" in seen.path]
    assert [seen.status for seen in uploads] == [500, 500, 200]


@pytest.mark.parametrize("status", [403, 429, 500])
def test_refused_upload_fails(wandb_server: WandbServer, status: int) -> None:
    """Where uploads are refused for good, wait() raises, and there is no version."""
    wandb_server.faults.answer("PUT /storage/artifacts/*", status, times=None)
    settings = wandb.Settings(x_file_transfer_retry_max=1)
    with (
        wandb.init(project="prices", id="a", settings=settings) as run,
        pytest.raises(ValueError, match="upload"),
    ):
        log(run, "one")
    assert wandb_server.versions("listings") == []


def test_lost_answer_leaves_a_version(wandb_server: WandbServer) -> None:
    """When the answer to the commit is cut, wait() raises; logging again gives that version."""
    wandb_server.faults.cut("CommitArtifact")
    with wandb.init(project="prices", id="a") as run:
        with pytest.raises(ValueError, match="EOF"):
            log(run, "one")
        assert log(run, "one").version == "v0"
    assert len(wandb_server.versions("listings")) == 1


def test_late_answer_is_awaited(wandb_server: WandbServer) -> None:
    """A delayed request holds up its client and nobody else."""
    wandb_server.faults.delay("CommitArtifact", 1.0)
    with wandb.init(project="prices", id="a") as run:
        start = time.monotonic()
        assert log(run, "one").version == "v0"
        assert time.monotonic() - start > 1.0


def test_nth_request_is_hit(wandb_server: WandbServer) -> None:
    """A fault can wait for the n-th request of its kind."""
    wandb_server.faults.answer("CreateArtifact", 403, first=2)
    with wandb.init(project="prices", id="a") as run:
        assert log(run, "one").version == "v0"
        with pytest.raises(ValueError, match="403"):
            log(run, "two")
        assert log(run, "three").version == "v1"


def test_fault_ends_after_a_time(wandb_server: WandbServer) -> None:
    """A fault that lasts for a time is over afterwards."""
    wandb_server.faults.answer("UpsertBucket", 503, times=None, seconds=1.0)
    with wandb.init(project="prices", id="a"):
        pass
    statuses = [seen.status for seen in wandb_server.seen("UpsertBucket")]
    assert (statuses[0], statuses[-1]) == (503, 200)
    assert wandb_server.run("a").state == "finished"


def test_refused_history_is_lost_silently(wandb_server: WandbServer) -> None:
    """A file stream that is refused ends the run without an error; the server never hears it."""
    wandb_server.faults.answer("POST */file_stream", 403, times=None)
    with wandb.init(project="prices", id="a") as run:
        run.log({"mae": 33.0})
    assert (wandb_server.run("a").state, wandb_server.run("a").history) == ("running", [])


def test_dropped_request_is_sent_again(wandb_server: WandbServer) -> None:
    """A request whose connection is closed without a word is tried again."""
    wandb_server.faults.drop("CommitArtifact")
    with wandb.init(project="prices", id="a") as run:
        assert log(run, "one").version == "v0"
    assert [seen.status for seen in wandb_server.seen("CommitArtifact")] == [None, 200]


def test_server_dies_at_a_request(wandb_server: WandbServer) -> None:
    """A server that dies when a request arrives leaves the run open; finish() is bounded."""
    wandb_server.faults.kill("CreateArtifactFiles")
    settings = wandb.Settings(finish_timeout=2, x_graphql_retry_max=1)
    run = wandb.init(project="prices", id="a", settings=settings)
    with pytest.raises(ValueError, match="refused"):
        log(run, "one")
    run.finish()
    assert not wandb_server.is_up
    wandb_server.start()
    assert wandb.Api().run("prices/a").state == "running"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux tells")
def test_no_core_is_left(wandb_server: WandbServer) -> None:
    """The core of a client that was killed can be found and ended."""
    script = "import time, wandb; wandb.init(project='prices', id='a'); print(); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        client.stdout.readline()
        found = cores(wandb_server.url)
        client.kill()
    end_cores(wandb_server.url)
    give_up = time.monotonic() + 5
    while cores(wandb_server.url) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert (len(found), cores(wandb_server.url)) == (1, [])

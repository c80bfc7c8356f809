"""Events are replayed in their order, so that nothing can wait for itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
from shop import PROJECT, Shop, Sync, check_agreement, known, results
from wandb_server.server import WandbServer

from kedro_wandb.stores.base import Draft, Source


def test_steps_that_need_each_other_are_one_pass(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Of a1 > b1 > a2 > b2 in two steps, each needs what the other has made."""
    store = shop.store
    for step in "ab":
        shop.open(step)
    store.log("a", shop.draft("a1", "one"))
    store.use("b", store.find("a1"))
    store.log("b", shop.draft("b1", "two"))
    store.use("a", store.find("b1"))
    store.log("a", shop.draft("a2", "three"))
    store.use("b", store.find("a2"))
    store.log("b", shop.draft("b2", "four"))
    for step in "ba":
        shop.close(step)
    assert results(synced(shop)) == {"a": "uploaded", "b": "uploaded"}
    check_agreement(shop, wandb_server)
    makers = {name: each["maker"] for name, each in known(wandb_server)["versions"].items()}
    assert makers == {"a1:v0": "a", "a2:v0": "a", "b1:v0": "b", "b2:v0": "b"}


def test_a_step_that_began_first_may_use_what_came_later(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """As ``reporting`` does in the stock starter, which begins before ``data_processing``."""
    shop.open("reporting")
    shop.step("processing", table="one")
    shop.store.use("reporting", shop.store.find("table"))
    shop.close("reporting")
    assert results(synced(shop)) == {"reporting": "uploaded", "processing": "uploaded"}
    check_agreement(shop, wandb_server)
    assert wandb_server.artifact("table:v0").created_by is wandb_server.run("processing")


def test_what_was_first_seen_may_be_made_later(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """A use of content that another step logs afterwards does not wait for that."""
    shop.open("reader")
    shop.store.use("reader", shop.draft("table", "one"))
    shop.step("maker", table="one")
    shop.close("reader")
    assert results(synced(shop)) == {"reader": "uploaded", "maker": "uploaded"}
    check_agreement(shop, wandb_server)


KILLED = """
import os, sys
from pathlib import Path
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.local.store import LocalStore

store = LocalStore(Path(sys.argv[1]))
store.open_step(Step("killed", "job", "weekly", "run-1", "name", started=1.7e9))
path = Path(sys.argv[2])
path.write_text("one")
store.log("killed", Draft("table", "dataset", (Source("rows.csv", path),)))
os.kill(os.getpid(), 9)
"""


def test_a_killed_step_is_told_with_what_uses_it(
    shop: Shop, synced: Sync, wandb_server: WandbServer, tmp_path: object
) -> None:
    """Nobody holds its lock, so it has ended, in whatever container its process ran."""
    shop.store.folder.mkdir(parents=True)
    arguments = [str(shop.store.folder), f"{tmp_path}/killed.csv"]
    subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    shop.open("user")
    shop.store.use("user", shop.store.find("table"))
    shop.close("user")
    assert results(synced(shop)) == {"killed": "uploaded", "user": "uploaded"}
    runs = known(wandb_server)["runs"]
    assert (runs["killed"]["state"], runs["killed"]["summary"]["ended"]) == ("failed", "killed")
    assert (runs["killed"]["logged"], runs["user"]["used"]) == (["table:v0"], ["table:v0"])


def test_the_rest_of_a_step_is_told_when_it_may_be(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """What uses the version of a step that runs waits; all else of its step is told at once."""
    shop.open("runs on")
    shop.store.log("runs on", shop.draft("early", "one"))
    shop.open("b")
    shop.store.log("b", shop.draft("table", "two"))
    shop.store.use("b", shop.store.find("early"))
    shop.close("b")
    report = synced(shop)
    assert (report.ok, results(report)) == (True, {"b": "waiting"})
    assert report.steps[0].reason == (
        "early:v0 is of the step runs on, which still runs:"
        " run 'kedro wandb sync' again when it has ended"
    )
    before = known(wandb_server)["runs"]["b"]
    assert (before["state"], before["logged"], before["used"]) == ("finished", ["table:v0"], [])
    shop.close("runs on")
    assert results(synced(shop)) == {"runs on": "uploaded", "b": "uploaded"}
    check_agreement(shop, wandb_server)


def test_what_is_lost_is_told_each_time_and_blocks_nothing(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """The other events of its step are told, and those of others; the status is a failure."""
    shop.open("a")
    shop.store.log("a", shop.draft("lost", "gone"))
    shop.store.log("a", shop.draft("table", "two"))
    shop.close("a")
    shop.step("b", other="three")
    shop.blob("lost:v0").unlink()
    for expected in ({"a": "failed", "b": "uploaded"}, {"a": "failed"}):
        report = synced(shop)
        assert (report.ok, results(report)) == (False, expected)
        assert "lost:v0" in report.steps[0].reason
    runs = known(wandb_server)["runs"]
    assert (runs["a"]["state"], runs["a"]["logged"]) == ("finished", ["table:v0"])


def test_an_edge_needs_no_bytes_that_the_server_has(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Content that is gone here and there on the server is an output all the same."""
    shop.step("a", table="one")
    synced(shop)
    shop.step("b", table="one")
    shop.blob("table:v0").unlink()
    assert results(synced(shop)) == {"b": "uploaded"}
    there = known(wandb_server)
    assert (list(there["versions"]), there["versions"]["table:v0"]["maker"]) == (["table:v0"], "a")
    if wandb_server.state.lists_loggers:
        assert there["runs"]["b"]["logged"] == ["table:v0"]


@pytest.mark.slow
def test_two_hundred_weeks_are_one_pass(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Each week uses the version before and makes the next one."""
    store = shop.store
    for week in range(200):
        step = shop.open(f"week-{week}")
        if week:
            store.use(step, store.find("table"))
        store.log(step, shop.draft("table", str(week), "weekly"))
        shop.close(step)
    report = synced(shop)
    assert report.ok, report
    assert set(results(report).values()) == {"uploaded"}
    check_agreement(shop, wandb_server)
    assert not shop.waiting()


def test_many_versions_are_read_page_by_page(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """What is beyond the first hundred versions, inputs or outputs is known to be there."""
    state = wandb_server.state
    shop.open("a")
    run, _ = state.upsert_run({"name": "a", "modelName": PROJECT})
    for number in range(130):
        where = Source("rows.csv", None, "s3://bucket/rows.csv", f"etag-{number}", 12)
        version = shop.store.log("a", Draft("table", "dataset", (where,))).version
        shop.store.use("a", version)
        there = state.create_artifact(
            {
                "entityName": None,
                "projectName": PROJECT,
                "runName": "a",
                "artifactTypeName": "dataset",
                "artifactCollectionName": "table",
                "digest": version.digest,
                "digestAlgorithm": "MANIFEST_MD5",
            }
        )
        there.manifest = b"{}"
        there.commit()
        run.use(there)
    shop.close("a")
    assert results(synced(shop)) == {"a": "uploaded"}  # its end
    assert not wandb_server.seen("CreateArtifact")
    assert not wandb_server.seen("UseArtifact")
    assert not shop.waiting()

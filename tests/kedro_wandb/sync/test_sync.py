"""What was kept locally goes to W&B's server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from shop import PATIENT, PROJECT, SHORT, Shop, Sync, fill, known, results
from wandb_server.server import WandbServer

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Draft, Source, Step, StepRecord
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.sync import SyncReport


def test_the_server_knows_it_all(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """Runs, versions in order, aliases where they were moved last, and lineage both ways."""
    fill(shop)
    report = synced(shop)
    assert report.ok, report
    there = known(wandb_server)
    shared = ["model:v0"] if wandb_server.state.lists_loggers else []
    assert {name: each["maker"] for name, each in there["versions"].items()} == {
        "raw:v0": None,
        "listings:v0": "clean",
        "listings:v1": "again",
        "model:v0": "train",
    }
    assert {name: each["aliases"] for name, each in there["versions"].items()} == {
        "raw:v0": ["latest"],
        "listings:v0": ["prod"],
        "listings:v1": ["latest", "weekly"],
        "model:v0": ["latest"],
    }
    assert {name: (each["used"], each["logged"]) for name, each in there["runs"].items()} == {
        "clean": (["raw:v0"], ["listings:v0"]),
        "train": (["listings:v0"], ["model:v0"]),
        "again": (["raw:v0"], ["listings:v1", *shared]),
    }
    for reference, version in there["versions"].items():
        local = shop.store.find(reference)
        assert version["digest"] == local.digest
        assert version["users"] == sorted(each.step.id for each in shop.store.consumers(local))
        assert shop.store.outbox.remote_number(local) == local.number


def test_runs_are_told_as_they_were(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """State, configuration, numbers and images; each row of the history once."""
    fill(shop)
    synced(shop)
    runs = known(wandb_server)["runs"]
    clean, train = runs["clean"], runs["train"]
    assert (clean["state"], train["state"]) == ("finished", "failed")
    started = "2023-11-14T22:13:20.000Z"
    assert clean["config"] == {"kedro_run_id": "run-1", "kedro_started": started, "seed": 7}
    assert clean["shown"] == ("name clean", "weekly", "job-clean", ["t"])
    assert (clean["rows"], len(clean["images"])) == ([["plot"]], 1)
    assert (clean["summary"]["rows"], train["summary"]) == (
        3,
        {"mae": 33.5, "ended": "killed", "kedro_finished": "2027-01-15T08:00:00.000Z"},
    )


def test_steps_are_told_with_their_own_times(shop: Shop, synced: Sync, tmp_path: Path) -> None:
    """Not with those of their upload, nor in its order; W&B has no other stamps of its own."""
    for id_, started in (("second", 1.7e9 + 60), ("first", 1.7e9)):
        shop.store.open_step(Step(id_, "job", "weekly", "run-1", id_, {"seed": 7}, (), started))
        shop.store.use(id_, shop.draft("raw", "raw"))
        shop.store.log(id_, shop.draft("listings", id_))
        shop.close(id_)
    assert synced(shop).ok
    cloud = CloudStore(PROJECT, None, tmp_path / "reading", PATIENT)
    times = {"first": (1.7e9, 1.8e9), "second": (1.7e9 + 60, 1.8e9)}

    def told(records: Iterable[StepRecord]) -> list[tuple[str, tuple[float, float | None]]]:
        return [(each.step.id, (each.step.started, each.finished)) for each in records]

    links = cloud.links()
    assert dict(told(link.step for link in links)) == times
    assert [link.step.step.id for link in links] == ["first", "first", "second", "second"]
    assert {link.step.step.run_id for link in links} == {"run-1"}
    assert told(cloud.consumers(cloud.find("raw"))) == list(times.items())
    assert told(cloud.producers(cloud.find("listings:v0"))) == [("second", times["second"])]
    assert told(cloud.steps()) == list(times.items())[::-1]
    assert told([cloud.step("first")]) == [("first", times["first"])]
    cloud.close()


def test_a_time_that_was_spoilt_gives_way_to_the_servers(
    shop: Shop, synced: Sync, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """A run's config can be edited by hand; what else is told of it stays."""
    shop.step("first", listings="one")
    assert synced(shop).ok
    run = wandb_server.state.projects["tester", PROJECT].runs["first"]
    run.config = json.dumps({"kedro_started": {"value": "yesterday"}})
    cloud = CloudStore(PROJECT, None, tmp_path / "reading", PATIENT)
    (link,) = cloud.links()
    assert link.step.step.started == cloud.step("first").step.started
    assert abs(link.step.step.started - time.time()) < 60
    cloud.close()


def test_a_server_that_lists_makers_alone_is_believed(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Content of another step is an output of this one too; not every server has to say so."""
    wandb_server.state.lists_loggers = False
    shop.step("first", listings="one")
    shop.step("second", listings="one", model="two")
    report = synced(shop)
    assert report.ok, report
    assert known(wandb_server)["runs"]["second"]["logged"] == ["model:v0"]
    assert shop.store.outbox.waiting_events() == []
    assert shop.store.outbox.remote_number(shop.store.find("listings")) == 0


def test_a_second_sync_sends_nothing(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """What is marked as synced is not even asked for."""
    fill(shop)
    synced(shop)
    wandb_server.requests.clear()
    report = synced(shop)
    assert (report, wandb_server.requests) == (SyncReport(), [])


def test_what_the_server_has_already_is_not_sent(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """A store that forgot that it was synced asks, and sends no artifact and no row.

    Nor does it send bytes where the server does not tell who else has logged its content.
    """
    fill(shop)
    synced(shop)
    before = known(wandb_server)
    shop.forget()
    wandb_server.requests.clear()
    report = synced(shop)
    sent = {each.name for each in wandb_server.requests}
    told = dict.fromkeys(("clean", "train", "again"), "already there")
    if wandb_server.state.lists_loggers:
        assert results(report) == told
        assert not sent & {"CreateArtifact", "UpsertBucket"}
    else:
        assert results(report) == told | {"again": "uploaded"}
    assert not sent & {"CommitArtifact", "UseArtifact"}
    assert not any(each.path.startswith("/storage/artifacts") for each in wandb_server.requests)
    assert known(wandb_server) == before
    assert not shop.store.outbox.waiting_events()


def test_a_dry_run_asks_nothing(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """It tells what waits, and how many bytes that are."""
    fill(shop)
    report = synced(shop, dry_run=True)
    assert set(results(report).values()) == {"waiting"}
    assert [each.bytes for each in report.steps] == [6, 6, 9]
    assert [each.alias for each in report.aliases] == ["listings:prod", "listings:weekly"]
    assert not wandb_server.requests


def test_bytes_are_counted_as_they_go(shop: Shop, synced: Sync) -> None:
    """The report has what the server lacked; the progress has no less."""
    shop.step("a", listings="one", model="three")
    counted: list[int] = []
    report = synced(shop, progress=counted.append)
    assert (report.bytes, sum(counted)) == (8, 8)


def test_a_server_that_is_down_is_told_at_once(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """The sync ends; all waits, and the report says why."""
    fill(shop)
    with wandb_server.down():
        begun = time.monotonic()
        report = synced(shop, SHORT)
        assert time.monotonic() - begun < 30
    assert not report.ok
    assert "W&B could not be asked" in report.problem
    assert set(results(report).values()) == {"waiting"}
    assert len(shop.waiting()) == 3


def test_a_refused_key_is_told(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """It is the same for all steps, so one answer is enough."""
    fill(shop)
    wandb_server.faults.answer("*", 401, times=None)
    report = synced(shop, SHORT)
    assert not report.ok
    assert report.problem
    assert len(shop.waiting()) == 3


def test_a_refused_artifact_is_seen(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """The SDK's sync says nothing of it; the step is not marked, and the next one repairs it."""
    shop.open("a")
    shop.store.log("a", shop.draft("listings", "one"))
    shop.close("a", media={"plot": shop.image()})
    wandb_server.faults.answer("CreateArtifact", 403, times=None)
    report = synced(shop, SHORT)
    (step,) = report.steps
    assert (report.ok, step.result) == (False, "failed")
    assert "listings" in step.reason
    assert shop.waiting() == ["a"]
    wandb_server.faults.clear()
    assert results(synced(shop)) == {"a": "uploaded"}
    run = known(wandb_server)["runs"]["a"]
    assert (run["logged"], run["rows"]) == (["listings:v0"], [["plot"]])


def test_a_run_whose_stream_is_refused_is_not_done(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """W&B goes on showing it as running, which the SDK does not tell."""
    shop.step("a", listings="one")
    wandb_server.faults.answer("POST */file_stream", 403, times=None)
    assert results(synced(shop, SHORT)) == {"a": "failed"}
    wandb_server.faults.clear()
    assert results(synced(shop)) == {"a": "uploaded"}
    assert known(wandb_server)["runs"]["a"]["state"] == "finished"


def test_damaged_content_stays_here_and_the_rest_goes(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """What neither side has is told and blocks nothing; it is told once it is back."""
    shop.step("a", listings="one", model="good")
    shop.open("b")
    shop.store.use("b", shop.store.find("listings"))
    shop.close("b")
    shop.open("c")
    shop.store.use("c", shop.store.find("model"))
    shop.close("c")
    blob = shop.blob("listings:v0")
    blob.chmod(0o600)
    blob.write_text("eno")
    report = synced(shop)
    assert results(report) == {"a": "failed", "b": "failed", "c": "uploaded"}
    for step in report.steps[:2]:
        assert "'rows.csv' of listings:v0 is damaged" in step.reason
    there = known(wandb_server)
    assert set(there["versions"]) == {"model:v0"}
    assert {run["state"] for run in there["runs"].values()} == {"finished"}
    blob.unlink()
    shop.step("d", listings="one")
    report = synced(shop)
    assert results(report) == {"a": "uploaded", "b": "uploaded", "d": "uploaded"}
    assert known(wandb_server)["versions"]["listings:v0"]["maker"] == "a"


def test_an_alias_stays_where_it_was_moved_last(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Even if the step that took it first is told after the one that took it last."""
    for id_, name, text in (("a", "listings", "one"), ("b", "listings", "two")):
        shop.open(id_)
        shop.store.log(id_, shop.draft(name, text, "best"))
        shop.close(id_)
    blob = shop.blob("listings:v0")
    content = blob.read_bytes()
    blob.unlink()
    assert results(synced(shop)) == {"a": "failed", "b": "uploaded"}
    blob.write_bytes(content)
    assert results(synced(shop)) == {"a": "uploaded"}
    aliases = {each["digest"]: each["aliases"] for each in known(wandb_server)["versions"].values()}
    assert aliases == {
        shop.store.find("listings:v0").digest: [],
        shop.store.find("listings:v1").digest: ["best", "latest"],
    }


def test_an_alias_that_was_removed_is_not_there(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Though the step asked for it."""
    shop.open("a")
    shop.store.log("a", shop.draft("listings", "one", "best"))
    shop.close("a")
    shop.store.remove_alias("listings", "best")
    assert synced(shop).ok
    assert known(wandb_server)["versions"]["listings:v0"]["aliases"] == ["latest"]


def test_an_alias_can_be_all_that_waits(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Moved twice after everything was synced, it goes where it is now."""
    fill(shop)
    synced(shop)
    for number in (0, 1):
        shop.store.set_alias(shop.store.find(f"listings:v{number}"), "champion")
    report = synced(shop)
    assert (report.ok, [each.result for each in report.aliases]) == (True, ["uploaded"])
    assert wandb_server.artifact("listings:champion").version == "v1"
    assert synced(shop) == SyncReport()


def test_a_refused_alias_goes_on_waiting(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """The steps are done all the same."""
    shop.step("a", listings="one")
    shop.store.set_alias(shop.store.find("listings"), "prod")
    wandb_server.faults.answer("AddAliases", 403, times=None)
    report = synced(shop)
    assert (report.ok, results(report)) == (False, {"a": "uploaded"})
    assert [each.alias for each in report.aliases if each.result == "failed"] == ["listings:prod"]
    wandb_server.faults.clear()
    assert synced(shop).ok
    assert wandb_server.artifact("listings:prod").version == "v0"


def test_versions_are_numbered_as_here(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """Whatever step began first, and in one step too."""
    first, second = shop.open("a"), shop.open("b")
    shop.store.use(second, shop.draft("listings", "zero"))
    texts = {"one": second, "two": first, "three": first}
    for text, step in texts.items():
        shop.store.log(step, shop.draft("listings", text))
    shop.close(first)
    shop.close(second)
    assert list(results(synced(shop))) == ["a", "b"]
    assert [each.files["rows.csv"].decode() for each in wandb_server.versions("listings")] == [
        "zero",
        *texts,
    ]


def test_what_a_step_that_runs_has_made_waits_for_it(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Else the server would not learn who made the version."""
    shop.open("maker")
    shop.store.log("maker", shop.draft("listings", "one"))
    shop.open("user")
    shop.store.use("user", shop.store.find("listings"))
    shop.close("user")
    report = synced(shop)
    assert (report.ok, results(report)) == (True, {"user": "waiting"})
    assert not wandb_server.seen("CreateArtifact")
    shop.close("maker")
    assert results(synced(shop)) == {"maker": "uploaded", "user": "uploaded"}
    assert wandb_server.artifact("listings:v0").created_by is wandb_server.run("maker")


def test_references_keep_their_address(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """Nothing is uploaded for them."""
    where = Source("rows.csv", None, "s3://bucket/rows.csv", "etag-1", 12, {"etag": "etag-1"})
    shop.open("a")
    shop.store.log("a", Draft("listings", "dataset", (where,)))
    shop.close("a")
    assert synced(shop).ok
    (entry,) = wandb_server.artifact("listings:v0").entries.values()
    assert (entry["ref"], entry["digest"], entry["size"]) == (where.ref, "etag-1", 12)


def test_a_step_begun_online_goes_on_in_its_run(
    shop: Shop, synced: Sync, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """What the server got before it was lost stays; the rest arrives in the same run."""
    step = Step("a", "job", "weekly", "run-1", "name", {"seed": 7}, started=1.7e9)
    cloud = CloudStore(PROJECT, None, tmp_path / "online", SHORT)
    cloud.open_step(step)
    cloud.log("a", shop.draft("listings", "one"))
    cloud.abandon()
    shop.store.open_step(step, begun_online=True)
    shop.store.use("a", shop.draft("raw", "raw"))
    shop.store.log("a", shop.draft("model", "one"))
    shop.close("a", summary={"mae": 1.0}, media={"plot": shop.image()})
    assert results(synced(shop)) == {"a": "uploaded"}
    (run,) = known(wandb_server)["runs"].values()
    assert (run["used"], run["logged"]) == (["raw:v0"], ["listings:v0", "model:v0"])
    assert (run["state"], run["rows"], run["summary"]["mae"]) == ("finished", [["plot"]], 1)


def test_a_step_that_did_more_while_it_was_told_goes_on_waiting(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """It is told again, in the same run."""
    shop.step("a", listings="one")

    def do_more(_: int) -> None:
        if "model" not in {each.name for each in shop.store.artifacts()}:
            shop.store.log("a", shop.draft("model", "one"))

    synced(shop, progress=do_more)
    assert shop.waiting() == ["a"]
    assert results(synced(shop)) == {"a": "uploaded"}
    assert known(wandb_server)["runs"]["a"]["logged"] == ["listings:v0", "model:v0"]


def test_two_syncs_do_not_run_at_once(
    shop: Shop, synced: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one says so, and touches nothing."""
    monkeypatch.setattr("kedro_wandb.sync.sync._LOCK_PATIENCE", 0.2)
    shop.step("a", listings="one")
    said: list[str] = []

    def second(_: object) -> None:
        with pytest.raises(StoreUnavailableError, match="Another sync") as error:
            synced(shop)
        said.append(str(error.value))

    assert synced(shop, each=second).ok
    assert len(said) == 1


def test_a_step_costs_few_requests(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """About as many as the SDK alone makes for the same run, 41; three if all of it is there."""
    shop.step("before", raw="raw")
    synced(shop)
    shop.open("a", seed=7)
    shop.store.use("a", shop.draft("raw", "raw"))
    for name in ("listings", "model", "metrics"):
        shop.store.log("a", shop.draft(name, name))
    shop.close("a", summary={"mae": 33.2})
    wandb_server.requests.clear()
    assert synced(shop).ok
    assert len(wandb_server.requests) <= 45
    shop.forget()
    wandb_server.requests.clear()
    assert set(results(synced(shop)).values()) == {"already there"}
    assert len(wandb_server.requests) <= 8

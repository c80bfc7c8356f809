"""What was kept locally goes to W&B's server, whatever happens on the way."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from wandb_server.server import WandbServer

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.offline import OfflineRuns
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.sync import SyncReport, sync

PROJECT = "prices"
PATIENT = Timeouts(start=20, call=20, finish=10)
SHORT = Timeouts(start=2, call=2, finish=0.5)
"""For syncs that fail."""

EVERY = int(os.environ.get("CUT_EVERY", "16"))
"""Of the hundred requests of a sync, every how many-th is cut; ``CUT_EVERY=1`` takes an hour."""

Sync = Callable[..., SyncReport]


class Shop:
    """A local store that is filled with steps of small files.

    Args:
        folder: For the store and the files.
        offline: Whether each step is an offline W&B run too.
    """

    def __init__(self, folder: Path, *, offline: bool) -> None:
        self.offline = offline
        self._folder = folder
        self._numbers = itertools.count()
        root = folder / ".wandb" / PROJECT
        runs = OfflineRuns(root, PROJECT, None) if offline else None
        self.store = LocalStore(root, runs)

    def draft(self, name: str, text: str, *aliases: str) -> Draft:
        """Return a draft with one file."""
        path = self._folder / f"files/{next(self._numbers)}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        source = Source("rows.csv", path)
        return Draft(name, "dataset", (source,), f"The {name}", {"rows": 1}, aliases)

    def image(self) -> Path:
        """Return a small picture."""
        path = self._folder / "plot.png"
        Image.new("RGB", (4, 4), (1, 2, 3)).save(path)
        return path

    def open(self, id: str, **config: Any) -> str:  # noqa: A002 - the name of the attribute
        """Begin a step; the later it is called, the later it starts."""
        started = 1.7e9 + 100 * next(self._numbers)
        step = Step(id, f"job-{id}", "weekly", "run-1", f"name {id}", config, ("t",), started)
        self.store.open_step(step)
        return id

    def close(self, id: str, state: Any = "finished", **other: Any) -> None:  # noqa: A002 - as above
        """End a step."""
        self.store.close_step(id, Ending(state, 1.8e9, **other))

    def step(self, id: str, **logs: str) -> None:  # noqa: A002 - as above
        """A whole step that logs texts by the artifacts' names."""
        self.open(id)
        for name, text in logs.items():
            self.store.log(id, self.draft(name, text))
        self.close(id)

    def blob(self, reference: str) -> Path:
        """Return where the store keeps a version's only file."""
        (entry,) = self.store.entries(self.store.find(reference))
        return self.store.blob_path(entry.digest)


def fill(shop: Shop) -> None:
    """Three steps: a chain with shared content, an image, a failure, and moved aliases."""
    store = shop.store
    shop.open("clean", seed=7)
    store.use("clean", shop.draft("raw", "raw"))
    store.log("clean", shop.draft("listings", "one", "weekly"))
    shop.close("clean", summary={"rows": 3.0}, media={"plot": shop.image()})
    shop.open("train", trees=100)
    store.use("train", store.find("listings"))
    store.log("train", shop.draft("model", "one"))
    shop.close("train", "killed", summary={"mae": 33.5})
    shop.open("again", seed=7)
    store.use("again", shop.draft("raw", "raw"))
    store.log("again", shop.draft("listings", "two", "weekly"))
    store.log("again", shop.draft("model", "one"))
    shop.close("again")
    store.set_alias(store.find("listings:v1"), "prod")
    store.set_alias(store.find("listings:v0"), "prod")


def fill_small(shop: Shop) -> None:
    """Two steps with everything that a step can have."""
    store = shop.store
    shop.open("a", seed=7)
    store.use("a", shop.draft("raw", "raw"))
    store.log("a", shop.draft("listings", "one", "weekly"))
    shop.close("a", summary={"mae": 1.0}, media={"plot": shop.image()})
    shop.open("b")
    store.use("b", store.find("listings"))
    store.log("b", shop.draft("listings", "two", "weekly"))
    shop.close("b", "failed")
    store.set_alias(store.find("listings:v0"), "prod")


def known(server: WandbServer) -> dict[str, Any]:
    """Return all that the server knows, without what differs between any two runs."""
    project = server.state.projects["tester", PROJECT]
    runs = {
        name: {
            "state": run.state,
            "config": {key: run.settings[key] for key in sorted(run.settings)},
            "summary": {key: run.summary[key] for key in run.summary if key[0] != "_"},
            "rows": [sorted(key for key in row if key[0] != "_") for row in run.history],
            "images": sorted(file for file in run.files if file.startswith("media")),
            "used": sorted(f"{each.collection.name}:{each.version}" for each in run.used),
            "logged": sorted(
                f"{each.collection.name}:{each.version}"
                for each in run.logged
                if each.state == "COMMITTED"
            ),
            "shown": (run.display_name, run.group, run.job_type, run.tags),
        }
        for name, run in project.runs.items()
    }
    versions = {
        f"{name}:{each.version}": {
            "digest": each.digest,
            "aliases": sorted(each.aliases),
            "files": each.files,
            "about": (each.description, json.loads(each.metadata or "{}")),
            "maker": each.created_by and each.created_by.name,
            "users": sorted(run.name for run in each.used_by),
        }
        for name in project.collections
        for each in server.versions(name)
    }
    return {"runs": runs, "versions": versions}


@pytest.fixture
def make_shop(tmp_path: Path, wandb_server: WandbServer) -> Iterator[Callable[[bool], Shop]]:
    """Makes a store with or without offline runs."""
    del wandb_server
    made: list[Shop] = []

    def make(offline: bool) -> Shop:  # noqa: FBT001 - the fixtures below name it
        made.append(Shop(tmp_path, offline=offline))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


@pytest.fixture(params=[True, False], ids=["offline runs", "store alone"])
def shop(request: pytest.FixtureRequest, make_shop: Callable[[bool], Shop]) -> Shop:
    """A store with offline runs, and one without."""
    return make_shop(request.param)


@pytest.fixture
def mirrored(make_shop: Callable[[bool], Shop]) -> Shop:
    """A store with offline runs."""
    return make_shop(True)  # noqa: FBT003 - as above


@pytest.fixture
def bare(make_shop: Callable[[bool], Shop]) -> Shop:
    """A store without offline runs."""
    return make_shop(False)  # noqa: FBT003 - as above


@pytest.fixture
def synced(tmp_path: Path) -> Iterator[Sync]:
    """Syncs a shop."""
    stores = []

    def act(shop: Shop, timeouts: Timeouts = PATIENT, **options: Any) -> SyncReport:
        cloud = CloudStore(PROJECT, None, tmp_path / "cloud", timeouts)
        stores.append(cloud)
        return sync(shop.store, cloud, dict(os.environ), **options)

    yield act
    for each in stores:
        each.close()


def results(report: SyncReport) -> dict[str, str]:
    return {each.step.id: each.result for each in report.steps}


def test_the_server_knows_it_all(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """Runs, versions in order, aliases where they were moved last, and lineage both ways."""
    fill(shop)
    report = synced(shop)
    assert report.ok, report
    there = known(wandb_server)
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
        "again": (["raw:v0"], ["listings:v1", "model:v0"]),
    }
    for reference, version in there["versions"].items():
        local = shop.store.find(reference)
        assert version["digest"] == local.digest
        assert version["users"] == sorted(each.step.id for each in shop.store.consumers(local))
        assert shop.store.remote_number(local) == local.number


def test_runs_are_told_as_they_were(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """State, configuration, numbers and images; each row of the history once."""
    fill(shop)
    synced(shop)
    runs = known(wandb_server)["runs"]
    clean, train = runs["clean"], runs["train"]
    assert (clean["state"], train["state"]) == ("finished", "failed")
    assert clean["config"] == {"kedro_run_id": "run-1", "seed": 7}
    assert clean["shown"] == ("name clean", "weekly", "job-clean", ["t"])
    assert (clean["rows"], len(clean["images"])) == ([["plot"]], 1)
    assert (clean["summary"]["rows"], train["summary"]) == (3, {"mae": 33.5, "ended": "killed"})


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
    assert shop.store.waiting() == []
    assert shop.store.remote_number(shop.store.find("listings")) == 0


def test_a_second_sync_sends_nothing(bare: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """What is marked as synced is not even asked for."""
    fill(bare)
    synced(bare)
    wandb_server.requests.clear()
    report = synced(bare)
    assert (report, wandb_server.requests) == (SyncReport(), [])


def test_what_the_server_has_already_is_not_sent(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """A store that forgot that it was synced asks, and sends no artifact and no row."""
    fill(shop)
    synced(shop)
    before = known(wandb_server)
    _forget(shop)
    wandb_server.requests.clear()
    report = synced(shop)
    assert set(results(report).values()) == {"already there"}
    sent = {each.name for each in wandb_server.requests}
    assert not sent & {"CreateArtifact", "CommitArtifact", "UseArtifact", "UpsertBucket"}
    assert known(wandb_server) == before
    assert not shop.store.waiting()


def test_a_dry_run_asks_nothing(bare: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """It tells what waits, and how many bytes that are."""
    fill(bare)
    report = synced(bare, dry_run=True)
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
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """The sync ends; all waits, and the report says why."""
    fill(bare)
    with wandb_server.down():
        begun = time.monotonic()
        report = synced(bare, SHORT)
        assert time.monotonic() - begun < 10
    assert not report.ok
    assert "W&B could not be asked" in report.problem
    assert set(results(report).values()) == {"waiting"}
    assert len(bare.store.waiting()) == 3


def test_a_refused_key_is_told(bare: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """It is the same for all steps, so one answer is enough."""
    fill(bare)
    wandb_server.faults.answer("*", 401, times=None)
    report = synced(bare, SHORT)
    assert not report.ok
    assert report.problem
    assert len(bare.store.waiting()) == 3


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
    assert [each.record.step.id for each in shop.store.waiting()] == ["a"]
    wandb_server.faults.clear()
    assert results(synced(shop)) == {"a": "uploaded"}
    run = known(wandb_server)["runs"]["a"]
    assert (run["logged"], run["rows"]) == (["listings:v0"], [["plot"]])


def test_a_run_whose_stream_is_refused_is_not_done(
    mirrored: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """W&B goes on showing it as running, which the SDK does not tell."""
    mirrored.step("a", listings="one")
    wandb_server.faults.answer("POST */file_stream", 403, times=None)
    assert results(synced(mirrored, SHORT)) == {"a": "failed"}
    wandb_server.faults.clear()
    assert results(synced(mirrored)) == {"a": "uploaded"}
    assert known(wandb_server)["runs"]["a"]["state"] == "finished"


def test_damaged_content_stays_here_and_the_rest_goes(
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """The step that has it goes on waiting, and so does what was made from it."""
    bare.step("a", listings="one", model="good")
    bare.open("b")
    bare.store.use("b", bare.store.find("listings"))
    bare.close("b")
    bare.open("c")
    bare.store.use("c", bare.store.find("model"))
    bare.close("c")
    blob = bare.blob("listings:v0")
    blob.chmod(0o600)
    blob.write_text("eno")
    report = synced(bare)
    assert results(report) == {"a": "failed", "b": "waiting", "c": "uploaded"}
    damaged, after, _ = report.steps
    assert "'rows.csv' of listings:v0 is damaged" in damaged.reason
    assert "listings:v0 has to be told first" in after.reason
    assert set(known(wandb_server)["versions"]) == {"model:v0"}
    blob.unlink()
    bare.step("d", listings="one")
    report = synced(bare)
    assert results(report) == {"a": "uploaded", "b": "uploaded", "d": "uploaded"}
    assert known(wandb_server)["versions"]["listings:v0"]["maker"] == "a"


def test_an_alias_stays_where_it_was_moved_last(
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Even if the step that took it first is told after the one that took it last."""
    for id_, name, text in (("a", "listings", "one"), ("b", "listings", "two")):
        bare.open(id_)
        bare.store.log(id_, bare.draft(name, text, "best"))
        bare.close(id_)
    blob = bare.blob("listings:v0")
    content = blob.read_bytes()
    blob.unlink()
    assert results(synced(bare)) == {"a": "failed", "b": "uploaded"}
    blob.write_bytes(content)
    assert results(synced(bare)) == {"a": "uploaded"}
    aliases = {each["digest"]: each["aliases"] for each in known(wandb_server)["versions"].values()}
    assert aliases == {
        bare.store.find("listings:v0").digest: [],
        bare.store.find("listings:v1").digest: ["best", "latest"],
    }


def test_an_alias_that_was_removed_is_not_there(
    mirrored: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Though the step asked for it, and its offline run still does."""
    mirrored.open("a")
    mirrored.store.log("a", mirrored.draft("listings", "one", "best"))
    mirrored.close("a")
    mirrored.store.remove_alias("listings", "best")
    assert synced(mirrored).ok
    assert known(wandb_server)["versions"]["listings:v0"]["aliases"] == ["latest"]


def test_an_alias_can_be_all_that_waits(
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Moved twice after everything was synced, it goes where it is now."""
    fill(bare)
    synced(bare)
    for number in (0, 1):
        bare.store.set_alias(bare.store.find(f"listings:v{number}"), "champion")
    report = synced(bare)
    assert (report.ok, [each.result for each in report.aliases]) == (True, ["uploaded"])
    assert wandb_server.artifact("listings:champion").version == "v1"
    assert synced(bare) == SyncReport()


def test_a_refused_alias_goes_on_waiting(
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """The steps are done all the same."""
    bare.step("a", listings="one")
    bare.store.set_alias(bare.store.find("listings"), "prod")
    wandb_server.faults.answer("AddAliases", 403, times=None)
    report = synced(bare)
    assert (report.ok, results(report)) == (False, {"a": "uploaded"})
    assert [each.alias for each in report.aliases if each.result == "failed"] == ["listings:prod"]
    wandb_server.faults.clear()
    assert synced(bare).ok
    assert wandb_server.artifact("listings:prod").version == "v0"


def test_versions_are_numbered_as_here(
    mirrored: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Whatever step began first, and in one step too."""
    first, second = mirrored.open("a"), mirrored.open("b")
    mirrored.store.use(second, mirrored.draft("listings", "zero"))
    texts = {"one": second, "two": first, "three": first}
    for text, step in texts.items():
        mirrored.store.log(step, mirrored.draft("listings", text))
    mirrored.close(first)
    mirrored.close(second)
    assert list(results(synced(mirrored))) == ["b", "a"]
    assert [each.files["rows.csv"].decode() for each in wandb_server.versions("listings")] == [
        "zero",
        *texts,
    ]


def test_a_step_of_which_another_runs_on_waits_for_it(
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Else the server would not learn who made the version."""
    bare.open("maker")
    bare.store.log("maker", bare.draft("listings", "one"))
    bare.open("user")
    bare.store.use("user", bare.store.find("listings"))
    bare.close("user")
    report = synced(bare)
    assert (report.ok, results(report)) == (True, {"user": "waiting"})
    assert not wandb_server.seen("CreateArtifact")
    bare.close("maker")
    assert results(synced(bare)) == {"maker": "uploaded", "user": "uploaded"}
    assert wandb_server.artifact("listings:v0").created_by is wandb_server.run("maker")


def test_references_keep_their_address(
    mirrored: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Nothing is uploaded for them."""
    where = Source("rows.csv", None, "s3://bucket/rows.csv", "etag-1", 12, {"etag": "etag-1"})
    mirrored.open("a")
    mirrored.store.log("a", Draft("listings", "dataset", (where,)))
    mirrored.close("a")
    assert synced(mirrored).ok
    (entry,) = wandb_server.artifact("listings:v0").entries.values()
    assert (entry["ref"], entry["digest"], entry["size"]) == (where.ref, "etag-1", 12)


def test_a_step_begun_online_goes_on_in_its_run(
    bare: Shop, synced: Sync, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """What the server got before it was lost stays; the rest arrives in the same run."""
    step = Step("a", "job", "weekly", "run-1", "name", {"seed": 7}, started=1.7e9)
    cloud = CloudStore(PROJECT, None, tmp_path / "online", SHORT)
    cloud.open_step(step)
    cloud.log("a", bare.draft("listings", "one"))
    cloud.abandon()
    bare.store.open_step(step, begun_online=True)
    bare.store.use("a", bare.draft("raw", "raw"))
    bare.store.log("a", bare.draft("model", "one"))
    bare.close("a", summary={"mae": 1.0}, media={"plot": bare.image()})
    assert results(synced(bare)) == {"a": "uploaded"}
    (run,) = known(wandb_server)["runs"].values()
    assert (run["used"], run["logged"]) == (["raw:v0"], ["listings:v0", "model:v0"])
    assert (run["state"], run["rows"], run["summary"]["mae"]) == ("finished", [["plot"]], 1)


def test_a_step_that_did_more_while_it_was_told_goes_on_waiting(
    bare: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """It is told again, in the same run."""
    bare.step("a", listings="one")

    def do_more(_: int) -> None:
        if "model" not in {each.name for each in bare.store.artifacts()}:
            bare.store.log("a", bare.draft("model", "one"))

    synced(bare, progress=do_more)
    assert [each.record.step.id for each in bare.store.waiting()] == ["a"]
    assert results(synced(bare)) == {"a": "uploaded"}
    assert known(wandb_server)["runs"]["a"]["logged"] == ["listings:v0", "model:v0"]


def test_two_syncs_do_not_run_at_once(
    bare: Shop, synced: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one says so, and touches nothing."""
    monkeypatch.setattr("kedro_wandb.sync.sync._LOCK_PATIENCE", 0.2)
    bare.step("a", listings="one")
    said: list[str] = []

    def second(_: object) -> None:
        with pytest.raises(StoreUnavailableError, match="Another sync") as error:
            synced(bare)
        said.append(str(error.value))

    assert synced(bare, each=second).ok
    assert len(said) == 1


SCRIPT = """
import os, sys
from pathlib import Path
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.sync.sync import sync

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    cloud = CloudStore("prices", None, folder / "cloud", Timeouts())
    sync(LocalStore(folder), cloud, dict(os.environ))
"""


@pytest.mark.parametrize(
    "request_", [pytest.param("UpsertBucket", marks=pytest.mark.slow), "CommitArtifact"]
)
@pytest.mark.slow
def test_a_killed_sync_can_be_repeated(
    shop: Shop, synced: Sync, wandb_server: WandbServer, request_: str
) -> None:
    """The next one waits for what the killed one left running, and gives what one alone gives."""
    fill(shop)
    wandb_server.faults.delay(request_, 3)
    folder = str(shop.store.folder)
    with subprocess.Popen([sys.executable, "-c", SCRIPT, folder]) as process:
        give_up = time.monotonic() + 30
        while not wandb_server.seen(request_) and time.monotonic() < give_up:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert wandb_server.seen(request_)
    if not shop.offline:  # else it is an upload that goes on, and that the next sync waits for
        time.sleep(3.5)
    assert synced(shop).ok
    assert known(wandb_server) == _undisturbed(shop, synced, wandb_server)


@pytest.mark.slow
def test_a_lost_answer_changes_nothing(bare: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """Whichever of the requests it was, what a clean sync then leaves is the same."""
    _check_cuts(bare, synced, wandb_server, "cut", itertools.count(5, 13))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cut", "drop", "kill"])
def test_a_sync_can_be_cut_at_any_request(
    shop: Shop, synced: Sync, wandb_server: WandbServer, kind: str
) -> None:
    """An answer is lost, a request is lost, or the server goes down; then all is well again."""
    first = {"cut": 1, "drop": EVERY // 3, "kill": EVERY // 2}[kind] or 1
    _check_cuts(shop, synced, wandb_server, kind, itertools.count(first, EVERY))


def _check_cuts(
    shop: Shop, synced: Sync, server: WandbServer, kind: str, requests: Iterator[int]
) -> None:
    fill_small(shop)
    expected = _undisturbed(shop, synced, server)
    for number in requests:
        if not _cut_at(shop, synced, server, kind, number):
            return
        where = f"{kind} at request {number}"
        report = synced(shop)
        assert report.ok, where
        assert known(server) == expected, where
        assert not server.errors, where
        assert not shop.store.waiting(), where


def _cut_at(shop: Shop, synced: Sync, server: WandbServer, kind: str, number: int) -> bool:
    """Sync to an empty server that fails at a request; return whether there are so many."""
    _empty(shop, server)
    fault = server.faults.add("*", first=number, **{kind: True})
    synced(shop, SHORT)
    server.start()
    return fault.count >= fault.first


def _undisturbed(shop: Shop, synced: Sync, server: WandbServer) -> dict[str, Any]:
    """Return what an empty server knows after one sync."""
    _empty(shop, server)
    assert synced(shop).ok
    return known(server)


def _empty(shop: Shop, server: WandbServer) -> None:
    _forget(shop)
    server.faults.clear()
    server.state.projects.clear()
    server.state.records.clear()


def _forget(shop: Shop) -> None:
    """Let the store wait again for all that it has told."""
    with shop.store._database.writing() as connection:
        connection.execute("UPDATE events SET synced = 0")
        connection.execute("DELETE FROM holders")

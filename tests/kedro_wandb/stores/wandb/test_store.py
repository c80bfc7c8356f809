"""What only the online store has to stand: a server that fails in every way, and its own SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answers import ASSUMED, OTHERWISE, asked_with
from wandb_server.client import cores
from wandb_server.server import ENTITY, WandbServer

from kedro_wandb.errors import (
    ArtifactNotFoundError,
    ConfigurationError,
    FileChangedError,
    SdkError,
    StoreUnavailableError,
)
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.patience import concurrently
from kedro_wandb.stores.wandb import connection, links
from kedro_wandb.stores.wandb.store import CloudStore

MakeDraft = Callable[..., Draft]
Break = Callable[[WandbServer], object]
Act = Callable[[CloudStore, Draft], object]

MORE = 2.0
"""Seconds that a failing call may take beyond its own patience."""

GOOD = Ending("finished", 1.8e9, {"mae": 33.2})
KEPT = {"WANDB_BASE_URL", "WANDB_API_KEY", "WANDB_ERROR_REPORTING"}


def a_step(identifier: str = "s1") -> Step:
    return Step(identifier, "modeling", "weekly", "run", "modeling")


@pytest.fixture(autouse=True)
def server(wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    """A server; the SDK is told where it is, and nothing about patience or silence."""
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        if name not in KEPT and not name.endswith("_DIR"):
            monkeypatch.delenv(name)
    return wandb_server


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[CloudStore]:
    """A store that waits no longer than a second for a step's end."""
    store = CloudStore("prices", None, tmp_path / "cloud", Timeouts(finish=1))
    yield store
    store.abandon()


@pytest.fixture
def opened(cloud: CloudStore) -> CloudStore:
    """The store with an open step, and the patience of a second for all that follows."""
    cloud.open_step(a_step())
    hurry(cloud)
    return cloud


def hurry(store: CloudStore) -> None:
    store.server.timeouts = Timeouts(start=1, call=1, finish=1)


def down(server: WandbServer) -> None:
    server.stop()


def fault(match: str = "*", **what: Any) -> Break:
    return lambda server: server.faults.add(match, times=None, **what)


def timed(action: Callable[[], object]) -> float:
    begin = time.monotonic()
    action()
    return time.monotonic() - begin


def fails_in_time(store: CloudStore, server: WandbServer, action: Callable[[], object]) -> None:
    """Check that an action fails in time, and that nothing is left after ``abandon``."""

    def fail() -> None:
        with pytest.raises(StoreUnavailableError):
            action()

    assert timed(fail) < 1 + MORE
    assert timed(store.abandon) < 1
    assert cores(server.url) == []


def test_equal_content_of_runs_at_the_same_time_is_one_version(
    server: WandbServer, cloud: CloudStore, tmp_path: Path
) -> None:
    """Whichever of them the server takes for its maker."""
    path = tmp_path / "rows.csv"
    path.write_text("1")
    draft = Draft("rows", "dataset", (Source(path.name, path),))
    steps = ["s1", "s2", "s3"]
    for step in steps:
        cloud.open_step(a_step(step))
    made = concurrently(lambda step: cloud.log(step, draft).version, steps)
    assert len({version.digest for version in made}) == 1
    assert [each.version for each in server.versions("rows")] == ["v0"]
    assert [version.reference for version in made] == ["rows:v0"] * 3


def test_known_content_costs_few_requests(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft
) -> None:
    """One that tells all versions with their makers, and what it takes to log or use one."""
    for step in ("s1", "s2"):
        cloud.open_step(a_step(step))
    made = cloud.log("s1", draft("one")).version
    server.requests.clear()
    assert cloud.log("s2", draft("one")).version.step == "s1"
    assert "ArtifactCreatedBy" not in {each.name for each in server.requests}
    server.requests.clear()
    assert cloud.use("s2", draft("one")).version.step == "s1"
    assert cloud.use("s2", made).version.step == "s1"
    assert [each.name for each in server.requests] == ["Versions", "UseArtifact"] * 2


# A server that fails


@pytest.mark.parametrize(
    "broken",
    [
        down,
        fault(delay=60),
        fault(status=500),
        fault(status=401),
        fault("UpsertBucket", delay=60),
    ],
    ids=["down", "hangs", "500", "401", "hangs late"],
)
@pytest.mark.slow
def test_failing_start_is_back_in_time(server: WandbServer, tmp_path: Path, broken: Break) -> None:
    """A step that can't begin is told within its time, whatever the server does."""
    store = CloudStore("prices", None, tmp_path / "cloud", Timeouts(start=1, call=1))
    broken(server)
    fails_in_time(store, server, lambda: store.open_step(a_step()))


@pytest.mark.parametrize(
    "broken",
    [
        down,
        fault(delay=60),
        fault(status=500),
        fault("CreateArtifact", status=403),
        fault("PUT /storage/artifacts/*", status=403),
        fault("PUT /storage/artifacts/*", status=500),
        fault("PUT /storage/artifacts/*", delay=60),
        fault("PUT /storage/artifacts/*", drop=True),
        fault("PUT /storage/manifests/*", status=403),
        fault("CommitArtifact", drop=True),
    ],
    ids=[
        "down",
        "hangs",
        "500",
        "forbidden",
        "upload forbidden",
        "upload 500",
        "upload hangs",
        "upload drops",
        "manifest forbidden",
        "commit drops",
    ],
)
@pytest.mark.slow
def test_failing_log_is_back_in_time(
    server: WandbServer, opened: CloudStore, draft: MakeDraft, broken: Break
) -> None:
    """What can't be logged is told within its time, and makes no version."""
    broken(server)
    fails_in_time(opened, server, lambda: opened.log("s1", draft()))
    assert server.versions("listings") == []


@pytest.mark.parametrize(
    ("broken", "act"),
    [
        (down, lambda store, known: store.use("s1", known)),
        (fault("UseArtifact", delay=60), lambda store, known: store.use("s1", known)),
        (
            fault("UseArtifact", delay=60),
            lambda store, known: store.use("s1", Draft("raw", "dataset", known.sources)),
        ),
        (fault(delay=60), lambda store, _: store.find("listings")),
        (fault("AddAliases", delay=60), lambda store, _: alias(store)),
        (fault("AddAliases", status=403), lambda store, _: alias(store)),
    ],
    ids=[
        "use, down",
        "use, hangs",
        "use of new content, hangs",
        "find, hangs",
        "alias, hangs",
        "alias, forbidden",
    ],
)
@pytest.mark.slow
def test_failing_call_is_back_in_time(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft, broken: Break, act: Act
) -> None:
    """All other calls are back within their time too."""
    cloud.open_step(a_step())
    known = draft()
    cloud.log("s1", known)
    hurry(cloud)
    broken(server)
    fails_in_time(cloud, server, lambda: act(cloud, known))


def test_a_question_has_one_limit_whatever_the_number_of_its_pages(
    server: WandbServer, cloud: CloudStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow pages are waited for, as long as they come; pages without end are not."""
    monkeypatch.setattr(links, "_RUNS_AT_ONCE", 1)
    cloud.open_step(a_step())
    place = {"entityName": ENTITY, "modelName": "prices"}
    for number in range(6):
        server.state.upsert_run(place | {"name": f"run-{number}"})
    hurry(cloud)
    server.faults.delay("LinksOfRuns", 0.2, times=None)
    assert timed(cloud.links) > cloud.timeouts.call
    monkeypatch.setattr(connection, "ANSWERS", 1)
    pattern = "what all runs logged and used: only a part of the answer within 1 s; a larger"
    with pytest.raises(StoreUnavailableError, match=pattern):
        cloud.links()
    asked = len(server.seen("LinksOfRuns"))
    time.sleep(0.5)
    assert len(server.seen("LinksOfRuns")) <= asked + 1


def alias(store: CloudStore) -> None:
    store.set_alias(store.find("listings"), "prod")


@pytest.mark.parametrize(
    "broken",
    [
        down,
        fault(delay=60),
        fault("POST */file_stream", status=403),
        fault("POST */file_stream", status=500),
        fault("Run", delay=60),
    ],
    ids=["down", "hangs", "end refused", "end 500", "confirmation hangs"],
)
@pytest.mark.slow
def test_failing_end_is_back_in_time(
    server: WandbServer, opened: CloudStore, broken: Break
) -> None:
    """A step's end that the server does not know of is an error; the SDK alone is silent."""
    broken(server)
    fails_in_time(opened, server, lambda: opened.close_step("s1", GOOD))


HANGING = """
import atexit, json, os, sys, time
from pathlib import Path

folder, name = Path(sys.argv[1]), sys.argv[2]
told = {}
atexit.register(lambda: (folder / f"{name}.json").write_text(json.dumps({
    **told, "exit": time.monotonic() - told["exit"],
})))  # before the SDK is there, so that it comes after the SDK's own

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.wandb.store import CloudStore

store = CloudStore("prices", None, folder, Timeouts())
step = Step(name, "modeling", "weekly", "run", "modeling")
draft = Draft("listings", "dataset", (Source("rows.csv", Path(os.devnull)),))
act = {
    "start": lambda: store.open_step(step),
    "call": lambda: store.log(name, draft),
    "finish": lambda: store.close_step(name, Ending("finished", 1.8e9)),
}[name]
if name != "start":
    store.open_step(step)
    (folder / name).touch()
begin = time.monotonic()
try:
    act()
except StoreUnavailableError:
    told["call"] = time.monotonic() - begin
told["exit"] = time.monotonic()
store.abandon()
"""


@pytest.mark.slow
def test_shipped_patience_is_short(server: WandbServer, tmp_path: Path) -> None:
    """With the shipped defaults a hanging server costs seconds, and the process then ends.

    It ends as any Python process does, through the SDK's own exit handlers, and has
    printed nothing.
    """
    server.faults.delay("CreateArtifact", 60, times=None)
    server.faults.delay("POST */file_stream", 60, times=None)
    begun = {name: start(tmp_path, name) for name in ("call", "finish")}
    while not all((tmp_path / name).exists() for name in begun):
        assert all(each.poll() is None for each in begun.values())
        time.sleep(0.05)
    server.faults.delay("RunResumeStatus", 60, times=None)
    begun["start"] = start(tmp_path, "start")
    for name, process in begun.items():
        assert (process.communicate(timeout=30)[0], process.returncode) == ("", 0)
        told = json.loads((tmp_path / f"{name}.json").read_text())
        assert told["call"] < getattr(Timeouts(), name) + MORE
        assert told["exit"] < 2
    assert cores(server.url) == []


def start(folder: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HANGING, str(folder), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_abandoned_step_goes_on_when_the_server_is_back(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft
) -> None:
    """A step that was dropped can be opened again, and is the same run."""
    cloud.open_step(a_step())
    cloud.log("s1", draft("one"))
    cloud.abandon()
    with pytest.raises(ArtifactNotFoundError, match="'s1' is not open"):
        cloud.log("s1", draft("two"))
    cloud.open_step(a_step())
    assert cloud.log("s1", draft("two")).version.reference == "listings:v1"
    cloud.close_step("s1", GOOD)
    run = server.run("s1")
    assert (run.state, len(run.logged)) == ("finished", 2)


# Uploads


def test_lost_answer_to_a_commit_is_no_failure(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft
) -> None:
    """A version that the server has, though its answer was lost, is found and not made twice."""
    cloud.open_step(a_step())
    server.faults.cut("CommitArtifact")
    outcome = cloud.log("s1", draft(aliases=("prod",)))
    (version,) = server.versions("listings")
    assert (outcome.status, outcome.version.digest) == ("new", version.digest)
    assert set(outcome.version.aliases) == {"latest", "prod"}
    assert (version.created_by, server.run("s1").logged[-1]) == (server.run("s1"), version)


def test_large_file_has_more_time(server: WandbServer, opened: CloudStore, tmp_path: Path) -> None:
    """A file has a second for each megabyte besides the time of a call, and tells it is alive."""
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * 2_000_000)
    server.faults.delay("PUT /storage/artifacts/*", 1.5)
    told: list[int] = []
    outcome = opened.log(
        "s1", Draft("large", "dataset", (Source("large.csv", large),)), told.append
    )
    assert outcome.status == "new"
    assert sum(told) == 2_000_000
    assert told[-2:] == [0, 0]


@pytest.mark.parametrize("late", ["CreateArtifact", "CommitArtifact"])
@pytest.mark.parametrize("act", ["log", "use"])
def test_file_that_changes_during_the_upload_is_refused(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft, late: str, act: str
) -> None:
    """A file has to stay as it is until it is uploaded; no version has other bytes than its own."""
    cloud.open_step(a_step())
    server.faults.delay(late, 0.8, times=None)
    content = draft("before")
    path = content.sources[0].path
    assert path is not None

    def change(read: int) -> None:
        if not read:  # all is read, and the server is waited for
            path.write_text("after!")

    with pytest.raises(FileChangedError, match="changed while it was uploaded"):
        getattr(cloud, act)("s1", content, change)
    for version in server.versions("listings"):
        assert version.files == {"rows.csv": b"before"}


def test_file_that_vanishes_during_the_upload_is_refused(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft
) -> None:
    """A file that goes away before it is uploaded has changed as well."""
    cloud.open_step(a_step())
    server.faults.delay("CreateArtifact", 0.8, times=None)
    content = draft()
    path = content.sources[0].path
    assert path is not None
    with pytest.raises(FileChangedError, match="went away while it was uploaded"):
        cloud.log("s1", content, lambda read: None if read else path.unlink(missing_ok=True))
    assert server.versions("listings") == []


@pytest.mark.parametrize("act", ["log", "use"])
def test_name_keeps_its_type(cloud: CloudStore, draft: MakeDraft, act: str) -> None:
    """A name that has another type is an error of the project, and no failure of the server."""
    cloud.open_step(a_step())
    cloud.log("s1", draft())
    with pytest.raises(ConfigurationError, match="has the type 'dataset' and can't get 'model'"):
        getattr(cloud, act)("s1", draft("other", type="model"))
    assert cloud.log("s1", draft("more")).version.reference == "listings:v1"


@pytest.mark.parametrize(
    ("names", "aliases", "told"),
    [
        (["a.csv", "a.csv"], (), "two entries of the same name: a.csv"),
        (["../a.csv"], (), "must be a plain relative path"),
        (["a.csv"], ("v1",), "can't be an alias"),
    ],
)
def test_impossible_names_are_refused(
    server: WandbServer,
    opened: CloudStore,
    tmp_path: Path,
    names: list[str],
    aliases: tuple[str, ...],
    told: str,
) -> None:
    """What W&B could not keep apart, or give back, is refused before anything is asked."""
    file = tmp_path / "a.csv"
    file.touch()
    before = len(server.requests)
    sources = tuple(Source(name, file) for name in names)
    with pytest.raises(ValueError, match=told):
        opened.log("s1", Draft("listings", "dataset", sources, aliases=aliases))
    assert len(server.requests) == before


# Aliases


def test_alias_is_removed(cloud: CloudStore, draft: MakeDraft) -> None:
    """An alias that is removed stands for nothing; the others stay."""
    cloud.open_step(a_step())
    cloud.log("s1", draft(aliases=("prod", "weekly")))
    cloud.log("s1", draft("two"))
    cloud.remove_alias("listings", "prod")
    assert [each.aliases for each in cloud.versions("listings")] == [("latest",), ("weekly",)]


def test_alias_that_is_not_there_is_not_removed(cloud: CloudStore, draft: MakeDraft) -> None:
    """Who mistypes an alias is told so; ``latest`` always stands for something."""
    cloud.open_step(a_step())
    cloud.log("s1", draft())
    with pytest.raises(ArtifactNotFoundError, match="has no 'listings:prod'"):
        cloud.remove_alias("listings", "prod")
    with pytest.raises(ValueError, match="'latest' can't be removed"):
        cloud.remove_alias("listings", "latest")
    assert cloud.find("listings").aliases == ("latest",)


# The process


def test_user_run_stays_as_it_is(
    server: WandbServer, cloud: CloudStore, draft: MakeDraft, capfd: pytest.CaptureFixture[str]
) -> None:
    """A run that somebody has open in the same process lives on, also when ours is dropped."""
    import wandb

    mine = wandb.init(project="mine", id="mine", settings=wandb.Settings(silent=True))
    cloud.open_step(a_step())
    cloud.log("s1", draft())
    cloud.close_step("s1", GOOD)
    cloud.abandon()
    assert wandb.run is mine
    mine.log({"mae": 1.0})
    mine.finish()
    assert server.run("mine", "mine").state == "finished"
    assert capfd.readouterr().out == ""


def test_summary_tells_how_the_step_ended(server: WandbServer, cloud: CloudStore) -> None:
    """W&B knows one kind of failure; which one it was is in the summary, beside the numbers."""
    cloud.open_step(a_step())
    cloud.close_step("s1", Ending("interrupted", 1.8e9, {"mae": 33.2}))
    run = server.run("s1")
    assert (run.state, run.summary["mae"], run.summary["ended"]) == ("failed", 33.2, "interrupted")
    assert cloud.step("s1").state == "interrupted"


def test_folder_is_ignored_by_git(cloud: CloudStore, tmp_path: Path) -> None:
    """What the SDK leaves in the project is never committed."""
    cloud.open_step(a_step())
    assert (tmp_path / "cloud/.gitignore").read_text() == "*\n"


# A failure of the SDK


@pytest.mark.parametrize("bug", [AssertionError(), TypeError("no such argument"), KeyError("x")])
def test_bug_inside_the_sdk_is_told_as_one(
    server: WandbServer, cloud: CloudStore, monkeypatch: pytest.MonkeyPatch, bug: Exception
) -> None:
    """It says what broke and where, and not that the server could not be asked."""

    def broken(*_: object, **__: object) -> None:
        raise bug

    monkeypatch.setattr("wandb.init", broken)
    with pytest.raises(SdkError, match=f"SDK .* failed to begin s1: {type(bug).__name__}") as told:
        cloud.open_step(a_step())
    assert "could not be asked" not in str(told.value)
    assert "test_store.py, line" in str(told.value)
    assert server.requests == []


@asked_with(ASSUMED, OTHERWISE)
def test_versions_that_were_never_committed_are_none(
    unsure_server: WandbServer, cloud: CloudStore, draft: MakeDraft
) -> None:
    """The server may list what was announced only; the SDK's own listing breaks on it."""
    server = unsure_server
    cloud.open_step(a_step())
    cloud.log("s1", draft("one"))
    server.faults.answer("CommitArtifact", 403, times=None)
    with pytest.raises(StoreUnavailableError):
        cloud.log("s1", draft("two"))
    server.faults.clear()
    assert [each.reference for each in cloud.versions("listings")] == ["listings:v0"]
    assert [each.reference for each in cloud.outputs("s1")] == ["listings:v0"]
    assert [each.newest.reference for each in cloud.artifacts()] == ["listings:v0"]
    assert [each.version.reference for each in cloud.links()] == ["listings:v0"]
    assert [each.step.id for each in cloud.producers(cloud.find("listings:v0"))] == ["s1"]
    assert cloud.log("s1", draft("two")).version.reference == "listings:v1"


# The page of an experiment


def test_experiment_has_a_page(server: WandbServer, cloud: CloudStore) -> None:
    """The page is where the run's own is, whatever the experiment is called; nothing is asked."""
    cloud.open_step(a_step())
    server.stop()
    page = f"{server.url}/tester/prices/groups/weekly%20run%2F1"
    assert cloud.group_url("weekly run/1") == page


def test_page_is_at_the_address_for_people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """W&B's pages have another address than its API."""
    monkeypatch.setenv("WANDB_BASE_URL", "https://api.wandb.example")
    store = CloudStore("prices", "acme", tmp_path, Timeouts())
    assert store.group_url("weekly") == "https://wandb.example/acme/prices/groups/weekly"


@pytest.mark.parametrize(("error", "kind"), [(ValueError, StoreUnavailableError),
                                             (TypeError, SdkError)])  # fmt: skip
def test_signed_addresses_of_the_server_are_told_without_their_signature(
    cloud: CloudStore, error: type[Exception], kind: type[Exception]
) -> None:
    """As of its files, which the SDK's errors quote."""

    def fail() -> None:
        msg = "404 for https://storage.host/f?X-Goog-Signature=tell-nobody&b=tell-nobody"
        raise error(msg)

    with pytest.raises(kind, match=r"404 for https://storage\.host/f\?\[redacted\]") as caught:
        cloud.server.ask("send it", fail)
    assert "tell-nobody" not in str(caught.value)

"""Cleaning makes the local store smaller, and loses nothing that W&B does not have."""

from __future__ import annotations

import datetime as dt
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from synced import live, mark_synced

from kedro_wandb.errors import ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.fetching import CHECKOUTS
from kedro_wandb.stores.local import leftovers
from kedro_wandb.stores.local.leftovers import clean, folder_size, plan_cleaning
from kedro_wandb.stores.local.store import LocalStore

MakeStep = Callable[..., None]

STEPS: dict[str, dict[str, str]] = {
    "process": {"rows": "shared", "profile": "small"},
    "train": {"model": "m" * 100},
    "report": {"card": "shared", "model": "m" * 100},
}
"""What each step logs; some of it is the content of another's artifact."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """An empty local store."""
    made = LocalStore(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def step(store: LocalStore, tmp_path: Path) -> MakeStep:
    """Makes a step that logs texts by artifact."""

    def make(name: str, logs: Mapping[str, str], image: str = "") -> None:
        store.open_step(Step(name, name, "weekly", "run", name))
        media = {}
        for artifact, text in {**logs, **({"image": image} if image else {})}.items():
            file = tmp_path / f"{artifact}.txt"
            file.write_text(text, encoding="utf-8")
            if artifact == "image":
                media = {"figure": file}
            else:
                store.log(name, Draft(artifact, "dataset", (Source("a.txt", file),)))
        store.close_step(name, Ending("finished", 1.0, media=media))

    return make


def sync(store: LocalStore, *steps: str) -> None:
    """Mark steps and their versions as W&B has them."""
    for name in steps:
        outputs = store.outputs(name)
        mark_synced(store, name, {version.reference: version.number for version in outputs})


def kept(store: LocalStore, tmp_path: Path) -> set[str]:
    """Return the versions whose bytes are there and right."""
    found = set()
    for number, each in enumerate(store.artifacts()):
        folder = tmp_path / f"kept-{number}"
        try:
            store.fetch(each.newest, folder)
        except ArtifactNotFoundError:
            continue
        found.add(each.name)
    return found


def piles(store: LocalStore) -> dict[str, tuple[int, int]]:
    """Return count and bytes of what may be deleted, by reason."""
    return {pile.reason: (pile.count, pile.size) for pile in plan_cleaning(store).piles()}


@pytest.mark.parametrize(
    "synced", [each for n in range(4) for each in itertools.combinations(STEPS, n)], ids=str
)
def test_no_unsynced_byte_is_deleted(
    store: LocalStore, step: MakeStep, tmp_path: Path, synced: tuple[str, ...]
) -> None:
    """Whichever steps are synced: all that the others logged is there, also if a synced one had it.

    And everything that only synced steps logged is gone.
    """
    for name, logs in STEPS.items():
        step(name, logs)
    sync(store, *synced)
    plan = plan_cleaning(store)
    assert clean(store, plan) == plan.size
    texts = {text for name in STEPS if name not in synced for text in STEPS[name].values()}
    needed = {
        artifact for logs in STEPS.values() for artifact, text in logs.items() if text in texts
    }
    assert kept(store, tmp_path) == needed
    assert plan_cleaning(store).piles() == []


def test_nothing_is_deleted_before_the_first_sync(store: LocalStore, step: MakeStep) -> None:
    """A project without an account keeps everything for ever."""
    step("train", STEPS["train"], image="pixels")
    assert plan_cleaning(store).size == 0


def test_images_wait_for_their_sync_too(store: LocalStore, step: MakeStep) -> None:
    """They are no artifacts, but W&B is to have them."""
    step("train", {}, image="pixels")
    assert piles(store) == {}
    sync(store, "train")
    assert piles(store) == {"synced files": (1, 6)}


def test_what_comes_to_be_needed_after_the_plan_is_kept(
    store: LocalStore, step: MakeStep, tmp_path: Path
) -> None:
    """A run may log the same content while somebody reads the question."""
    step("train", {"model": "m"})
    sync(store, "train")
    plan = plan_cleaning(store)
    step("again", {"copy": "m"})
    assert clean(store, plan) == 0
    assert kept(store, tmp_path) == {"model", "copy"}


def test_records_outlive_their_bytes(store: LocalStore, step: MakeStep) -> None:
    """Versions, aliases and lineage stay; a fetch tells where the bytes are now."""
    step("train", {"model": "m"})
    sync(store, "train")
    clean(store, plan_cleaning(store))
    version = store.find("model:latest")
    assert [each.step.id for each in store.producers(version)] == ["train"]
    with pytest.raises(ArtifactNotFoundError, match="fetch it from W&B"):
        store.fetch(version, store.folder / "nowhere")


def test_copies_for_reading_can_always_go(store: LocalStore, step: MakeStep) -> None:
    """They can be made again from the store, which keeps its own."""
    step("train", {"model": "m"})
    for digest in ("d1", "d2"):
        file = store.folder / CHECKOUTS / "model" / digest / "deep/a.txt"
        file.parent.mkdir(parents=True)
        file.write_text("12345", encoding="utf-8")
    assert piles(store) == {CHECKOUTS: (2, 10)}
    assert clean(store, plan_cleaning(store)) == 10
    assert piles(store) == {}
    assert store.find("model").size == 1


def test_a_link_among_the_copies_is_not_followed(store: LocalStore, tmp_path: Path) -> None:
    """What it leads to is not the store's."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "a.txt").write_text("mine", encoding="utf-8")
    link = store.folder / CHECKOUTS / "model" / "digest"
    link.parent.mkdir(parents=True)
    link.symlink_to(precious)
    link_size = link.lstat().st_size
    assert clean(store, plan_cleaning(store)) == link_size
    assert not link.is_symlink()
    assert (precious / "a.txt").read_text(encoding="utf-8") == "mine"


def test_a_project_without_a_store_has_nothing_to_clean(store: LocalStore) -> None:
    """And gets no store by being asked."""
    assert clean(store, plan_cleaning(store)) == 0
    assert not store.folder.exists()


def test_each_reason_is_told_for_people(store: LocalStore, step: MakeStep) -> None:
    """Nobody deletes what has no name."""
    step("train", {"model": "m"})
    sync(store, "train")
    (pile,) = plan_cleaning(store).piles()
    assert (pile.reason, pile.told) == ("synced files", "files of versions that W&B has")


def test_a_folder_is_as_large_as_its_files(tmp_path: Path) -> None:
    """All of them, at any depth; links count as links."""
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").write_bytes(b"123")
    (tmp_path / "a/d").write_bytes(b"4567")
    assert folder_size(tmp_path / "a") == 7
    assert folder_size(tmp_path / "a/d") == 4


READER = """
import sys
from pathlib import Path
from kedro_wandb.stores.fetching import CHECKOUTS, fetch_whole
from kedro_wandb.stores.local.store import LocalStore

store = LocalStore(Path(sys.argv[1]))
version = store.find("model")
fetch_whole(store, version, store.folder / CHECKOUTS / version.name / version.digest)
store.close()
print("read", flush=True)
input()
"""


@contextmanager
def reader(store: LocalStore) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has loaded a version, and may go on to read it."""
    command = [sys.executable, "-c", READER, str(store.folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "read\n"
        try:
            yield child
        finally:
            child.kill()


def test_what_a_process_reads_stays_until_it_ends(store: LocalStore, step: MakeStep) -> None:
    """Neither the copy nor the content behind it; other versions are cleaned meanwhile."""
    step("train", {"model": "m", "metrics": "9" * 10})
    sync(store, "train")
    with reader(store):
        assert piles(store) == {"synced files": (1, 10)}
        clean(store, plan_cleaning(store))
        assert piles(store) == {}
        assert len(list(store.folder.glob(f"{CHECKOUTS}/model/*/a.txt"))) == 1
    assert piles(store) == {"synced files": (1, 1), CHECKOUTS: (1, 1)}
    assert clean(store, plan_cleaning(store)) == 2
    assert piles(store) == {}


def test_reader_that_began_after_the_plan_is_not_disturbed(
    store: LocalStore, step: MakeStep
) -> None:
    """Between the question and the answer somebody may load the version."""
    step("train", {"model": "m"})
    sync(store, "train")
    with reader(store):
        pass
    plan = plan_cleaning(store)
    assert plan.size == 2
    with reader(store):
        assert clean(store, plan) == 0


def test_half_made_copy_of_a_living_reader_stays(store: LocalStore, step: MakeStep) -> None:
    """It has another name until it is whole."""
    step("train", {"model": "m"})
    version = store.find("model")
    with reader(store):
        half = store.folder / CHECKOUTS / "model" / f".{version.digest}-abc"
        half.mkdir()
        assert piles(store) == {}
    assert piles(store)[CHECKOUTS][0] == 2


def test_version_that_is_being_fetched_stays(
    store: LocalStore, step: MakeStep, tmp_path: Path
) -> None:
    """All of its files, from the first to the last."""
    files = {f"{number}.txt": f"content {number}" for number in range(3)}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    step("train", {})
    sources = tuple(Source(name, tmp_path / name) for name in files)
    version = store.log("train", Draft("model", "model", sources)).version
    mark_synced(store, "train", {"model:v0": 0})
    freed: list[int] = []
    with closing(LocalStore(store.folder)) as cleaner:
        store.fetch(
            version,
            tmp_path / "there",
            lambda _: freed.append(clean(cleaner, plan_cleaning(cleaner))),
        )
        assert freed == [0, 0, 0]
        assert {each.name for each in (tmp_path / "there").iterdir()} == set(files)
        assert clean(cleaner, plan_cleaning(cleaner)) == 27


def test_nobody_waits_while_files_are_deleted(
    store: LocalStore, step: MakeStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records can be read and written, and locks taken, though a deletion takes its time."""
    step("train", {"model": "m"})
    sync(store, "train")
    delete, done = leftovers._delete, []

    def slowly(path: Path) -> int:
        with closing(LocalStore(store.folder)) as other:
            other.open_step(Step("other", "other", "weekly", "run", "other"))
            done.append(live(other))
        return delete(path)

    monkeypatch.setattr(leftovers, "_delete", slowly)
    assert clean(store, plan_cleaning(store)) == 1
    assert done == [{"other"}]


def test_killed_cleaning_is_finished_by_the_next(
    store: LocalStore, step: MakeStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had taken out of sight is told as cleaned, and goes the next time."""
    step("train", {"model": "m"})
    sync(store, "train")

    def die(_: Path) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(leftovers, "_delete", die)
    with closing(LocalStore(store.folder)) as killed, pytest.raises(KeyboardInterrupt):
        clean(killed, plan_cleaning(killed))
    monkeypatch.undo()
    with pytest.raises(ArtifactNotFoundError, match="cleaned out"):
        store.fetch(store.find("model"), store.folder / "nowhere")
    assert piles(store) == {"half-written": (1, 1)}
    assert clean(store, plan_cleaning(store)) == 1


def test_failed_cleaning_puts_files_back(
    store: LocalStore, step: MakeStep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is out of sight whose records say that it is there."""
    step("train", {"model": "m", "metrics": "9"})
    sync(store, "train")
    rename, moved = Path.rename, []

    def fail_once(path: Path, target: Path) -> Path:
        moved.append(path)
        if len(moved) == 2:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_once)
    with pytest.raises(StoreUnavailableError, match="Input/output"):
        clean(store, plan_cleaning(store))
    assert kept(store, tmp_path) == {"model", "metrics"}


def test_copies_are_cleaned_where_there_are_no_records(tmp_path: Path) -> None:
    """A project that reads from W&B has copies, but no store; it gets none by cleaning."""
    with closing(LocalStore(tmp_path / "store")) as store:
        copy = store.folder / CHECKOUTS / "model" / "digest"
        copy.mkdir(parents=True)
        (copy / "a.txt").write_text("12345", encoding="utf-8")
        assert clean(store, plan_cleaning(store)) == 5
        assert not (store.folder / "store.db").exists()


@pytest.fixture
def history(store: LocalStore, step: MakeStep) -> LocalStore:
    """Five synced versions, a day apart: the second has an alias, the third was used."""
    for number in range(5):
        step(f"s{number}", {"model": str(number)})
    with store.database.writing() as connection:
        for number in range(5):
            made = (dt.datetime.now(dt.UTC) - dt.timedelta(days=5 - number)).isoformat()
            connection.execute(
                "UPDATE versions SET created = ? WHERE number = ?", [f"{made[:19]}Z", number]
            )
    store.set_alias(store.find("model:v1"), "prod")
    store.open_step(Step("user", "user", "weekly", "run", "user"))
    store.use("user", store.find("model:v2"))
    store.close_step("user", Ending("finished", 1.0))
    for number in range(5):
        store.outbox.note_remote(store.find(f"model:v{number}"), number)
    store.outbox.mark_events_synced(event.number for event in store.outbox.waiting_events())
    return store


def cleaned(store: LocalStore, **limits: Any) -> list[int]:
    """Return the numbers of the versions whose files a cleaning deletes."""
    clean(store, plan_cleaning(store, **limits))
    gone = []
    for version in store.versions("model"):
        (entry,) = store.entries(version)
        if not store.blob_path(entry.digest).exists():
            gone.append(version.number)
    return sorted(gone)


DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"keep": 0}, [0, 3]),
        ({"keep": 1}, [0, 3]),
        ({"keep": 2}, [0]),
        ({"keep": 4}, [0]),
        ({"keep": 5}, []),
        ({"older_than": 1.5 * DAY}, [0, 3]),
        ({"older_than": 2.5 * DAY}, [0]),
        ({"older_than": 9 * DAY}, []),
        ({"keep": 2, "older_than": 1.5 * DAY}, [0]),
        ({"keep": 1, "older_than": 2.5 * DAY}, [0]),
    ],
    ids=str,
)
def test_limits_keep_versions(history: LocalStore, limits: Any, gone: list[int]) -> None:
    """The newest ones, the young ones; and whatever has an alias or was used by a step."""
    assert cleaned(history, **limits) == gone


def test_limits_never_let_go_what_waits(history: LocalStore) -> None:
    """The oldest version stays as long as W&B does not have it."""
    with history.database.writing() as connection:
        connection.execute("UPDATE versions SET remote = NULL WHERE number = 0")
    assert cleaned(history, keep=0) == [3]


def test_limits_hold_when_the_plan_is_carried_out(history: LocalStore) -> None:
    """An alias that was set after the plan keeps its version."""
    plan = plan_cleaning(history, keep=0)
    history.set_alias(history.find("model:v0"), "old")
    history.outbox.mark_events_synced(event.number for event in history.outbox.waiting_events())
    assert clean(history, plan) == 1
    assert history.blob_path(history.entries(history.find("model:v0"))[0].digest).exists()


def test_shared_content_stays_with_the_version_that_keeps_it(
    history: LocalStore, tmp_path: Path
) -> None:
    """Bytes of an old version that a newer artifact has too are that one's."""
    (tmp_path / "copy.txt").write_text("0")
    history.open_step(Step("late", "late", "weekly", "run", "late"))
    draft = Draft("copy", "dataset", (Source("a.txt", tmp_path / "copy.txt"),))
    history.outbox.note_remote(history.log("late", draft).version, 0)
    history.close_step("late", Ending("finished", 1.0))
    history.outbox.mark_events_synced(event.number for event in history.outbox.waiting_events())
    assert cleaned(history, keep=1) == [3]

"""What only the local store has to stand: processes, kills, full disks, damage."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from synced import mark_synced, offline_folder

from kedro_wandb.errors import DamagedArtifactError, StoreUnavailableError, TrackingError
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.leftovers import Leftover, Plan, clean, plan_cleaning
from kedro_wandb.stores.local.store import LocalStore

WRITER = """
import sys
from pathlib import Path
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore

folder, number, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = LocalStore(folder / "store")
store.open_step(Step(f"step-{number}", "modeling", "weekly", "run", "modeling"))
for turn in range(count):
    file = folder / f"{number}.csv"
    file.write_text(f"{turn % 5}")  # so that processes meet at the same content
    store.log(f"step-{number}", Draft("listings", "dataset", (Source("rows.csv", file),)))
    print(turn, flush=True)
store.close_step(f"step-{number}", Ending("finished", 1.0))
"""


def start(folder: Path, number: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(number), str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def leftovers(store: LocalStore) -> list[Leftover]:
    return list(plan_cleaning(store).leftovers)


def delete(store: LocalStore, wanted: list[Leftover]) -> int:
    return clean(store, Plan(tuple(wanted)))


def a_step(identifier: str = "s1") -> Step:
    return Step(identifier, "modeling", "weekly", "run", "modeling")


def draft(folder: Path, content: str | bytes = "1", name: str = "listings") -> Draft:
    folder.mkdir(exist_ok=True)
    file = folder / "rows.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return Draft(name, "dataset", (Source("rows.csv", file),))


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Numbers have no gaps, content is kept once, each step has all that it logged."""
    processes = [start(tmp_path, number, 20) for number in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    for process in processes:
        process.communicate()
    store = LocalStore(tmp_path / "store")
    assert sorted(version.number for version in store.versions("listings")) == [0, 1, 2, 3, 4]
    assert len({version.digest for version in store.versions("listings")}) == 5
    for number in range(4):
        assert len(store.outputs(f"step-{number}")) == 5
    store.close()


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_a_killed_process_leaves_the_store_consistent(tmp_path: Path, after: int) -> None:
    """What it had logged is whole, and the next one goes on; its step is told as killed."""
    with start(tmp_path, 1, 100_000) as process:
        assert process.stdout is not None
        for _ in range(after + 1):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    store = LocalStore(tmp_path / "store")
    assert store.outbox.recover() == 1
    assert store.step("step-1").state == "killed"
    for version in store.versions("listings"):
        store.fetch(version, tmp_path / version.label)
    store.open_step(a_step())
    assert store.log("s1", draft(tmp_path / "next", "new")).status == "new"
    store.close()


def test_a_step_whose_process_lives_is_not_taken_for_killed(tmp_path: Path) -> None:
    """It runs."""
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    assert store.outbox.recover() == 0
    assert store.step("s1").state == "running"
    store.close()


LIMITED = """
import resource, signal, sys
from pathlib import Path
from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.local.store import LocalStore

folder = Path(sys.argv[1])
store = LocalStore(folder / "store")
store.open_step(Step("s1", "modeling", "weekly", "run", "modeling"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing then fails with EFBIG
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    store.log("s1", Draft("listings", "dataset", (Source("rows.csv", folder / "large.csv"),)))
except StoreUnavailableError as error:
    print(error)
"""


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    """As far as the store can tell: the system refuses to make its files any larger."""
    (tmp_path / "large.csv").write_bytes(os.urandom(1_000_000))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "too large" in done.stdout
    store = LocalStore(tmp_path / "store")
    assert store.artifacts() == []
    kept = [file for file in (tmp_path / "store/blobs").rglob("*") if file.is_file()]
    assert kept == []
    store.open_step(a_step("s2"))
    source = Source("rows.csv", tmp_path / "large.csv")
    assert store.log("s2", Draft("listings", "dataset", (source,))).version.label == "v0"
    store.close()


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    """As one error of the store, whatever the system calls it."""
    (tmp_path / "blocked").touch()
    store = LocalStore(tmp_path / "blocked/store")
    with pytest.raises(StoreUnavailableError, match="blocked"):
        store.open_step(a_step())


def test_damaged_bytes_are_not_given_out(tmp_path: Path) -> None:
    """They are named, and nothing is left in the folder."""
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    version = store.log("s1", draft(tmp_path / "source", "good")).version
    (entry,) = store.entries(version)
    blob = store.blob_path(entry.digest)
    blob.chmod(0o644)
    blob.write_text("evil")
    with pytest.raises(DamagedArtifactError, match=r"rows\.csv"):
        store.fetch(version, tmp_path / "to")
    assert not list((tmp_path / "to").glob("rows*"))
    store.close()


def test_a_store_of_a_newer_release_is_not_touched(tmp_path: Path) -> None:
    """One clear error, and the file is as it was."""
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    store.close()
    with sqlite3.connect(tmp_path / "store/store.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    newer = LocalStore(tmp_path / "store")
    with pytest.raises(TrackingError, match="newer"):
        newer.open_step(a_step("s2"))
    with pytest.raises(TrackingError, match="newer"):
        newer.artifacts()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """A store that is not there is an empty one, and is still not there afterwards."""
    store = LocalStore(tmp_path / "store")
    assert store.artifacts() == []
    assert store.outbox.waiting_events() == []
    assert store.outbox.waiting_aliases() == []
    assert leftovers(store) == []
    store.close()
    assert not (tmp_path / "store").exists()


def test_git_ignores_the_store(tmp_path: Path) -> None:
    """Whatever the project's own .gitignore says."""
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    store.close()
    assert (tmp_path / "store/.gitignore").read_text().strip() == "*"


def test_the_same_bytes_are_kept_once_for_all_artifacts(tmp_path: Path) -> None:
    """Also under other names and in other versions."""
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    for name in ("a", "b"):
        store.log("s1", draft(tmp_path / name, b"x" * 10_000, name))
    kept = sum(f.stat().st_size for f in (tmp_path / "store/blobs").rglob("*") if f.is_file())
    assert kept == 10_000
    store.close()


@pytest.fixture
def synced(tmp_path: Path) -> LocalStore:
    """A store with a synced step and one that waits, which share a file's content."""
    store = LocalStore(tmp_path / "store")
    for step, names in (("s1", ("shared", "mine")), ("s2", ("shared", "waiting"))):
        store.open_step(a_step(step))
        for name in names:
            store.log(step, draft(tmp_path / "source", name, name))
        store.close_step(step, Ending("finished", time.time()))
    mark_synced(store, "s1", {"shared:v0": 0, "mine:v0": 4})
    return store


def test_cleaning_takes_what_the_server_has_and_nothing_else(
    synced: LocalStore, tmp_path: Path
) -> None:
    """A byte that a waiting step needs stays; what was cleaned is told so when it is asked for."""
    found = [each for each in leftovers(synced) if each.reason == "synced files"]
    delete(synced, found)
    for name in ("shared", "waiting"):
        synced.fetch(synced.find(name), tmp_path / f"fetched-{name}")
        assert (tmp_path / f"fetched-{name}/rows.csv").read_text() == name
    with pytest.raises(TrackingError, match="clean"):
        synced.fetch(synced.find("mine"), tmp_path / "to")
    assert synced.outbox.remote_number(synced.find("mine")) == 4
    synced.close()


def test_content_that_was_cleaned_can_be_logged_again(synced: LocalStore, tmp_path: Path) -> None:
    """Its bytes are kept anew, under the same version."""
    delete(synced, leftovers(synced))
    synced.open_step(a_step("s3"))
    outcome = synced.log("s3", draft(tmp_path / "again", "mine", "mine"))
    assert (outcome.status, outcome.version.label) == ("unchanged", "v0")
    synced.fetch(outcome.version, tmp_path / "to")
    assert (tmp_path / "to/rows.csv").read_text() == "mine"
    synced.close()


def test_only_aliases_set_on_purpose_wait(synced: LocalStore, tmp_path: Path) -> None:
    """``latest`` moves by itself on the server too."""
    assert synced.outbox.waiting_aliases() == []
    version = synced.find("mine")
    synced.set_alias(version, "prod")
    assert [(name, alias) for name, alias, _ in synced.outbox.waiting_aliases()] == [
        ("mine", "prod")
    ]
    synced.outbox.note_holder("mine", "prod", version.digest)
    assert synced.outbox.waiting_aliases() == []
    synced.open_step(a_step("s3"))
    newer = synced.log("s3", draft(tmp_path / "newer", "newer", "mine")).version
    synced.set_alias(newer, "prod")
    assert [(v.label) for _, _, v in synced.outbox.waiting_aliases()] == ["v1"]
    synced.close()


class Broken:
    """A mirror that fails from its n-th call on."""

    def __init__(self, good_calls: int) -> None:
        self._left = good_calls

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            msg = "the SDK is broken"
            raise RuntimeError(msg)

    def open(self, step: Step) -> str:
        """Begin a run, or fail."""
        self._count()
        return f"offline-run-{step.id}"

    def log(self, *_: object) -> None:
        """Log, or fail."""
        self._count()

    def close(self, *_: object) -> None:
        """End a run, or fail."""
        self._count()


@pytest.mark.parametrize("good_calls", [0, 1, 2])
def test_a_broken_mirror_does_not_touch_the_store(tmp_path: Path, good_calls: int) -> None:
    """The step is whole in the store, which remembers why, and that it has to be told from here."""
    store = LocalStore(tmp_path / "store", Broken(good_calls))
    store.open_step(a_step())
    assert store.log("s1", draft(tmp_path / "source")).version.label == "v0"
    store.close_step("s1", Ending("finished", 1.0))
    assert store.offline_problem == "RuntimeError: the SDK is broken"
    assert offline_folder(store, "s1") is None
    store.close()


def test_a_whole_mirror_is_remembered(tmp_path: Path) -> None:
    """A cleaning deletes its folder once W&B has the step."""
    store = LocalStore(tmp_path / "store", Broken(99))
    store.open_step(a_step())
    store.close_step("s1", Ending("finished", 1.0))
    assert offline_folder(store, "s1") == "offline-run-s1"
    store.close()


def test_a_step_begun_online_gets_no_mirror(tmp_path: Path) -> None:
    """The server knows the run already; a second one of the same id would spoil it."""
    store = LocalStore(tmp_path / "store", Broken(0))
    store.open_step(a_step(), begun_online=True)
    store.close_step("s1", Ending("finished", 1.0))
    assert store.offline_problem is None
    assert offline_folder(store, "s1") is None
    store.close()


def test_metadata_survives_as_it_was(tmp_path: Path) -> None:
    """Nested, with any text."""
    told = {"columns": {"größe": "double"}, "rows": 3, "inputs": {}, "none": None}
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    made = draft(tmp_path / "source")
    version = store.log("s1", Draft(made.name, made.type, made.sources, metadata=told)).version
    assert json.loads(json.dumps(version.metadata)) == told
    assert store.find("listings").metadata == told
    store.close()


def test_a_lock_held_for_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that holds the store for ever costs a bounded wait."""
    from kedro_wandb.stores.local import database

    monkeypatch.setattr(database, "PATIENCE", 0.2)
    store = LocalStore(tmp_path / "store")
    store.open_step(a_step())
    store.close()
    holder = sqlite3.connect(tmp_path / "store/store.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    late: Callable[[], object] = lambda: LocalStore(tmp_path / "store").open_step(a_step("s2"))  # noqa: E731
    with pytest.raises(StoreUnavailableError, match=r"locked|busy"):
        late()
    holder.close()


def test_steps_are_listed_newest_first(tmp_path: Path) -> None:
    """By their start; of those that start at once, by the order in which they were opened."""
    store = LocalStore(tmp_path / "store")
    for name, started in [("a", 10.0), ("b", 30.0), ("c", 20.0), ("d", 20.0)]:
        store.open_step(Step(name, "modeling", "weekly", "run", "modeling", started=started))
    assert [record.step.id for record in store.steps()] == ["b", "d", "c", "a"]
    store.close()

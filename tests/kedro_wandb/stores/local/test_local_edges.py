"""What else only the local store can be asked for, or has to stand."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

import pytest
from synced import ended, mark_synced

from kedro_wandb.errors import (
    ArtifactNotFoundError,
    ConfigurationError,
    DamagedArtifactError,
    StoreUnavailableError,
)
from kedro_wandb.stores.base import Draft, Ending, Step
from kedro_wandb.stores.local.store import LocalStore

MakeDraft = Callable[..., Draft]

STEP = Step("s1", "modeling", "weekly", "run", "modeling")
DONE = Ending("finished", 1.0)


def test_step_that_goes_on_waits_again(local: LocalStore, draft: MakeDraft) -> None:
    """A synced step that does more has to be told again."""
    local.open_step(STEP)
    local.log("s1", draft("one"))
    local.close_step("s1", DONE)
    mark_synced(local, "s1", {"listings:v0": 0})
    assert ended(local) == []
    local.open_step(STEP)
    local.log("s1", draft("two"))
    assert ended(local) == []  # it runs
    local.close_step("s1", DONE)
    assert [each.step.id for each in ended(local)] == ["s1"]


def test_late_log_waits_again(local: LocalStore, draft: MakeDraft) -> None:
    """What a step does after its end is no part of what was synced."""
    local.open_step(STEP)
    local.close_step("s1", DONE)
    mark_synced(local, "s1", {})
    version = local.log("s1", draft()).version
    assert [(each.kind, each.version) for each in local.outbox.waiting_events()] == [
        ("version_logged", version)
    ]


def test_image_that_is_missing_does_not_keep_a_step_open(local: LocalStore, tmp_path: Path) -> None:
    """It is told, but the step has ended, and the other images are kept."""
    (tmp_path / "good.png").write_bytes(b"pixels")
    media = {"bad": tmp_path / "missing.png", "good": tmp_path / "good.png"}
    local.open_step(STEP)
    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        local.close_step("s1", Ending("finished", 1.0, media=media))
    assert local.step("s1").state == "finished"
    images = local.outbox.images("s1")
    assert {name: file.path.read_bytes() for name, file in images.items()} == {"good": b"pixels"}


def test_name_keeps_its_type(local: LocalStore, draft: MakeDraft) -> None:
    """W&B refuses a name with two types, so that the local store must not take it either."""
    local.open_step(STEP)
    local.log("s1", draft("one"))
    for content in ("one", "two"):
        with pytest.raises(ConfigurationError, match="one type for good"):
            local.log("s1", draft(content, type="model"))
    assert len(local.versions("listings")) == 1


def test_alias_can_be_removed(local: LocalStore, draft: MakeDraft) -> None:
    """A removed alias stands for nothing; who removes one that is not there is told."""
    local.open_step(STEP)
    local.log("s1", draft(aliases=("prod",)))
    local.remove_alias("listings", "prod")
    assert local.find("listings").aliases == ("latest",)
    with pytest.raises(ArtifactNotFoundError, match="It has: listings:latest"):
        local.remove_alias("listings", "prod")
    with pytest.raises(ValueError, match="can't be removed"):
        local.remove_alias("listings", "latest")


@pytest.mark.parametrize("name", ["../evil.csv", "/tmp/evil.csv", "link/evil.csv"])  # noqa: S108 - must not be written
def test_entry_never_leaves_the_folder(
    local: LocalStore, draft: MakeDraft, tmp_path: Path, name: str
) -> None:
    """Even if somebody has tampered with the records, or laid a link into the folder."""
    local.open_step(STEP)
    version = local.log("s1", draft()).version
    local.close()
    with sqlite3.connect(local.folder / "store.db") as connection:
        connection.execute("UPDATE entries SET name = ?", [name])
    connection.close()
    (tmp_path / "there").mkdir()
    (tmp_path / "there/link").symlink_to(tmp_path)
    with pytest.raises(DamagedArtifactError, match="outside of its folder"):
        local.fetch(version, tmp_path / "there")
    assert not (tmp_path / "evil.csv").exists()


def test_lost_file_is_told(local: LocalStore, draft: MakeDraft, tmp_path: Path) -> None:
    """A file that somebody deleted is told by name, and comes back with the next log."""
    local.open_step(STEP)
    version = local.log("s1", draft()).version
    local.blob_path(local.entries(version)[0].digest).unlink()
    with pytest.raises(DamagedArtifactError, match=r"lost 'rows\.csv' of listings:v0"):
        local.fetch(version, tmp_path / "there")
    local.log("s1", draft())
    local.fetch(version, tmp_path / "there")


def test_records_that_are_no_records_are_told(local: LocalStore) -> None:
    """A file that is no database is one clear error, for readers and writers."""
    local.folder.mkdir(parents=True)
    (local.folder / "store.db").write_bytes(b"no database" * 1000)
    for call in (local.artifacts, lambda: local.open_step(STEP)):
        with pytest.raises(StoreUnavailableError, match="is damaged: file is not a database"):
            call()


def test_removed_store_is_made_anew(local: LocalStore, draft: MakeDraft) -> None:
    """Who deletes the folder while a process has it open gets an empty store."""
    local.open_step(STEP)
    local.log("s1", draft())
    rmtree(local.folder)
    assert local.artifacts() == []
    local.open_step(STEP)
    assert local.log("s1", draft("other")).version.label == "v0"


RECORDS_FULL = """
import resource, sys
from pathlib import Path
from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.local.store import LocalStore

store = LocalStore(Path(sys.argv[1]))
store.open_step(Step("s1", "modeling", "weekly", "run", "modeling"))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
large = Draft("large", "dataset", (Source("far", ref="s3://b/k"),), description="x" * 1_000_000)
try:
    store.log("s1", large)
except StoreUnavailableError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(store.artifacts(), store.log("s1", large).version.reference)
"""


def test_records_that_do_not_fit_are_told(local: LocalStore) -> None:
    """When SQLite can't write, nothing is recorded, and all goes on once there is room.

    The system refuses to make a file of the child process any larger, and so really fails
    a write in the middle of a transaction, which a full disk does too.
    """
    child = subprocess.run(
        [sys.executable, "-c", RECORDS_FULL, str(local.folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    reason, rest = child.stdout.splitlines()
    assert reason.startswith(f"The local store in {local.folder} can't be used now: ")
    assert rest == "[] large:v0"


FORKED = """
import os, sys
from pathlib import Path
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.local.store import LocalStore

def log(name):
    store.log("s1", Draft(name, "dataset", (Source("far", ref=f"s3://b/{name}"),)))

store = LocalStore(Path(sys.argv[1]))
store.open_step(Step("s1", "modeling", "weekly", "run", "modeling"))
opened = store.database._connection
child = os.fork()
for turn in range(20):
    log(f"{'child' if child == 0 else 'parent'}{turn}")
if child == 0:
    os._exit(store.database._connection is opened)  # SQLite forbids to share it
assert os.waitpid(child, 0)[1] == 0
print(len(store.artifacts()))
"""


def test_forked_process_goes_on_with_the_store(local: LocalStore) -> None:
    """Parallel runners fork processes that have a store open; both go on writing."""
    child = subprocess.run(
        [sys.executable, "-c", FORKED, str(local.folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stdout == "40\n"


def test_threads_share_a_store(local: LocalStore, draft: MakeDraft) -> None:
    """Several threads log through one store object, and get numbers without gaps."""
    local.open_step(STEP)
    drafts = [draft(str(number % 7)) for number in range(28)]
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda each: local.log("s1", each), drafts))
    assert sorted(each.number for each in local.versions("listings")) == list(range(7))
    assert [outcome.status for outcome in outcomes].count("new") == 7

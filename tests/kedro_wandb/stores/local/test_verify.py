"""A store is looked through, and mended as far as somebody has the content."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kedro_wandb.errors import ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.stores.base import Draft, Ending, Entry, Source, Step, Version
from kedro_wandb.stores.local.leftovers import clean, plan_cleaning
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.local.verify import Fetch, Finding, repair, verify

MakeDraft = Callable[..., Draft]

CONTENT = {"listings": "rows", "model": "pickle", "copy": "rows"}


@pytest.fixture
def store(local: LocalStore, draft: MakeDraft, tmp_path: Path) -> LocalStore:
    """A sound store: three artifacts, two of which share their content, a reference, an image."""
    (tmp_path / "plot.png").write_bytes(b"pixels")
    local.open_step(Step("s1", "modeling", "weekly", "run", "modeling", started=5.0))
    local.use("s1", Draft("raw", "dataset", (Source("far.csv", ref="s3://b/k"),)))
    for name, text in CONTENT.items():
        local.log("s1", draft(text, name=name, aliases=("weekly",)))
    local.close_step("s1", Ending("finished", 9.0, media={"plot": tmp_path / "plot.png"}))
    return local


def blob(store: LocalStore, name: str) -> Path:
    (entry,) = store.entries(store.find(name))
    return store.blob_path(entry.digest)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.kind, finding.versions) for finding in findings]


def fetched(version: Version, entry: Entry, place: Path) -> None:
    """Stand for W&B, which has the model alone."""
    if version.name != "model":
        msg = f"W&B has no {version.name}"
        raise ArtifactNotFoundError(msg)
    assert entry.name == "rows.csv"
    place.write_text(CONTENT["model"])


def test_sound_store_is_told_so(store: LocalStore) -> None:
    """With what was read, each byte of it."""
    read: list[int] = []
    found = verify(store, read.append)
    assert (found.findings, found.ok) == ((), True)
    assert (found.files, found.versions) == (3, 4)
    assert found.bytes == sum(read) == len("rows" + "pickle" + "pixels")


def test_no_store_is_sound(local: LocalStore) -> None:
    """And none is made."""
    found = verify(local)
    assert (found.ok, found.files, found.versions) == (True, 0, 0)
    assert not local.folder.exists()


@pytest.mark.parametrize("text", ["rowz", "", "rows and more"])
def test_damaged_content_is_found(store: LocalStore, text: str) -> None:
    """Of the same size or another; with all versions that have it."""
    blob(store, "listings").write_text(text)
    found = verify(store)
    assert told(found.findings) == [("damaged", ("listings:v0", "copy:v0"))]
    assert found.findings[0].path == blob(store, "listings")
    assert "listings:v0, copy:v0" in found.findings[0].what
    assert not found.ok


def test_missing_content_is_found(store: LocalStore) -> None:
    """Also that of an image."""
    blob(store, "model").unlink()
    store.outbox.images("s1")["plot"].path.unlink()
    found = verify(store)
    assert sorted(told(found.findings)) == [
        ("missing", ("model:v0",)),
        ("missing", ("the image 'plot' of the step s1",)),
    ]
    assert not found.ok


def test_content_of_many_versions_names_a_few(store: LocalStore, draft: MakeDraft) -> None:
    """All of them are told to programs."""
    for number in range(4):
        store.log("s1", draft("rows", name=f"other{number}"))
    blob(store, "listings").unlink()
    (finding,) = verify(store).findings
    assert "of listings:v0, copy:v0, other0:v0 and 3 more are not there" in finding.what
    assert len(finding.versions) == 6


def test_cleaned_content_is_not_missing(store: LocalStore) -> None:
    """W&B has it."""
    store.outbox.note_remote(store.find("model"), 0)
    store.outbox.mark_events_synced(event.number for event in store.outbox.waiting_events())
    assert clean(store, plan_cleaning(store)) > 0
    assert verify(store).ok


def test_orphans_do_no_harm_and_are_dropped(store: LocalStore, tmp_path: Path) -> None:
    """Content that no version has."""
    (tmp_path / "lost").write_text("lost")
    store.blobs.add([tmp_path / "lost"])
    found = verify(store)
    assert (told(found.findings), found.ok) == ([("orphan", ())], True)
    mended = repair(store, found)
    assert [finding.repaired for finding in mended.findings] == [True]
    assert verify(store).findings == ()


def test_orphan_that_a_version_has_got_is_not_dropped(
    store: LocalStore, draft: MakeDraft, tmp_path: Path
) -> None:
    """Somebody may log it between the finding and the repair."""
    (tmp_path / "lost").write_text("lost")
    store.blobs.add([tmp_path / "lost"])
    found = verify(store)
    store.log("s1", draft("lost", name="found"))
    assert [finding.repaired for finding in repair(store, found).findings] == [False]
    assert verify(store).findings == ()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("picklE")])
def test_content_is_fetched_again(
    store: LocalStore, damage: Callable[[Path], object], tmp_path: Path
) -> None:
    """From whoever has it; it is as it was."""
    damage(blob(store, "model"))
    mended = repair(store, verify(store), fetched)
    assert mended.ok
    assert [finding.repaired for finding in mended.findings] == [True]
    assert verify(store).findings == ()
    store.fetch(store.find("model"), tmp_path / "there")


def test_content_that_nobody_has_is_put_aside(store: LocalStore, draft: MakeDraft) -> None:
    """What is left of it can still be looked at, and the right file, logged again, is kept."""
    path = blob(store, "listings")
    path.write_text("rowz")
    mended = repair(store, verify(store), fetched)
    assert not mended.ok
    assert "W&B has no" in mended.findings[0].what
    assert (store.folder / "damaged" / path.name).read_text() == "rowz"
    assert told(verify(store).findings) == [("missing", ("listings:v0", "copy:v0"))]
    assert store.log("s1", draft("rows")).status == "unchanged"
    assert verify(store).findings == ()


def wrong(_: Version, __: Entry, place: Path) -> None:
    place.write_text("something else")


@pytest.mark.parametrize(
    ("fetch", "reason"), [(None, "nobody was asked"), (wrong, "not what was logged")]
)
def test_repair_that_fails_says_why(store: LocalStore, fetch: Fetch | None, reason: str) -> None:
    """Other content than what was logged is never taken in."""
    blob(store, "model").unlink()
    (finding,) = repair(store, verify(store), fetch).findings
    assert (finding.repaired, reason in finding.what) == (False, True)
    assert not blob(store, "model").exists()
    assert list((store.folder / "blobs/tmp").iterdir()) == []


def test_server_that_does_not_answer_ends_the_repair(store: LocalStore) -> None:
    """It is asked once, not for each of a thousand files."""

    def gone(*_: object) -> None:
        msg = "no answer"
        raise StoreUnavailableError(msg)

    blob(store, "model").unlink()
    with pytest.raises(StoreUnavailableError, match="no answer"):
        repair(store, verify(store), gone)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE versions SET size = 99 WHERE number = 0", "has another size than its files"),
        ("UPDATE entries SET digest = 'other' WHERE ref NOT NULL", "has other files than"),
        ("UPDATE entries SET digest = '?' WHERE ref IS NULL", "has other files than its digest"),
        ("UPDATE versions SET metadata = '{'", "the metadata of copy:v0 can't be read"),
        ("UPDATE entries SET extra = '{'", "rows.csv of copy:v0 has facts that can't be read"),
        ("UPDATE steps SET tags = ''", "tags or summary of the step s1 can't be read"),
        ("UPDATE entries SET name = 'renamed.csv'", "has other files than its digest says"),
        ("UPDATE versions SET number = 3", "has no version v1, but later ones"),
        ("DELETE FROM aliases WHERE alias = 'latest'", "no version of listings is latest"),
        (
            "UPDATE aliases SET version_id = 2 WHERE alias = 'weekly'",
            "copy:weekly stands for a version of another artifact",
        ),
        ("DELETE FROM events WHERE kind = 'version_used'", "raw:v0 was neither logged nor used"),
        (
            "UPDATE events SET kind = 'version_used'",
            "model:v0 is told to be made by s1, which has not logged it",
        ),
        ("UPDATE steps SET finished = NULL", "the step s1 is finished, but has no end"),
        ("DELETE FROM events WHERE kind = 'step_ended'", "s1 is finished, but has no end"),
        ("DELETE FROM events WHERE kind = 'step_opened'", "the step s1 was never begun"),
        ("DELETE FROM artifacts WHERE name = 'raw'", "names one of artifacts that is not"),
    ],
)
def test_records_that_contradict_themselves_are_found(
    store: LocalStore, change: str, what: str
) -> None:
    """They can't be repaired, but are told."""
    store.close()
    with closing(sqlite3.connect(store.folder / "store.db")) as connection:
        connection.execute(change)
        connection.commit()
    found = repair(store, verify(store), fetched)
    assert {finding.kind for finding in found.findings} <= {"records", "orphan"}
    assert any(what in finding.what for finding in found.findings), found.findings
    assert not found.ok


def test_store_may_be_written_meanwhile(store: LocalStore, draft: MakeDraft) -> None:
    """What is logged or cleaned while it is read is no finding."""
    done: list[object] = []

    def log(_: int) -> None:
        done.append(store.log("s1", draft(f"new {len(done)}", name="new")))

    found = verify(store, log)
    assert len(done) == 3
    assert [finding.kind for finding in found.findings] == []

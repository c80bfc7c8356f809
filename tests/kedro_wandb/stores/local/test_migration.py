"""A store of format 1, made by an earlier release, is read as if it had always been of format 2.

``format1`` is that store, and ``format1.json`` what the earlier release told of it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from kedro_wandb.errors import ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.stores.base import Event, Step
from kedro_wandb.stores.local.store import LocalStore

HERE = Path(__file__).parent
TOLD: dict[str, Any] = json.loads((HERE / "format1.json").read_text(encoding="utf-8"))
KILLED = "lost1"
"""The step that ran when the store was copied."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the store."""
    return Path(shutil.copytree(HERE / "format1", tmp_path / "store"))


@pytest.fixture
def store(folder: Path) -> Iterator[LocalStore]:
    """The store, opened by this release."""
    made = LocalStore(folder)
    yield made
    made.close()


def plain(value: Any) -> Any:
    """Return what JSON makes of a value."""
    return json.loads(json.dumps(value))


def versions_of(store: LocalStore) -> dict[str, Any]:
    return {
        version.reference: asdict(version)
        | {
            "remote": store.outbox.remote_number(version),
            "entries": [asdict(entry) for entry in store.entries(version)],
            "producers": [each.step.id for each in store.producers(version)],
            "consumers": [each.step.id for each in store.consumers(version)],
        }
        for artifact in store.artifacts()
        for version in store.versions(artifact.name)
    }


def steps_of(store: LocalStore) -> dict[str, Any]:
    return {
        step: {name: told for name, told in asdict(store.step(step)).items() if name != "summary"}
        | {
            "inputs": [version.reference for version in store.inputs(step)],
            "outputs": [version.reference for version in store.outputs(step)],
        }
        for step in TOLD["steps"]
    }


def waiting_of(store: LocalStore) -> dict[str, Any]:
    """Return what waits by step, in the words of format 1."""
    kinds = {"version_logged": "log", "version_used": "use"}
    found: dict[str, Any] = {}
    for event in store.outbox.waiting_events():
        if event.step is not None:
            done = found.setdefault(event.step, [])
        if event.kind in kinds and event.version is not None:
            done.append([kinds[event.kind], event.version.reference, list(event.aliases)])
    return found


def test_versions_aliases_and_lineage_are_as_before(store: LocalStore) -> None:
    """Every version with its aliases, its files, its number on the server, who made and used it."""
    assert plain(versions_of(store)) == TOLD["versions"]


def test_steps_are_as_before(store: LocalStore) -> None:
    """Except that one which no process holds any more is no longer told as running."""
    before = dict(TOLD["steps"])
    assert plain(steps_of(store)) == before
    store.outbox.recover()
    killed = store.step(KILLED)
    assert (killed.state, killed.finished) == ("killed", 1704700124.0)
    del before[KILLED]
    assert plain({k: v for k, v in steps_of(store).items() if k != KILLED}) == before


def test_what_waits_and_what_is_synced_is_as_before(store: LocalStore) -> None:
    """Nothing is told twice, nothing is forgotten; the killed step waits as well now."""
    waiting = waiting_of(store)
    assert waiting.pop(KILLED) == [["use", "raw:v0", []], ["log", "listings:v2", []]]
    assert waiting == TOLD["waiting"]
    for step, told in TOLD["endings"].items():
        ending = store.outbox.ending(step)
        assert [ending.state, ending.finished, ending.summary, sorted(ending.media)] == told


def test_aliases_wait_as_before(store: LocalStore) -> None:
    """Those that the server was not told of come last, as if set by hand."""
    aliases = [event for event in store.outbox.waiting_events() if event.kind == "alias_set"]
    assert [
        [event.version.name, *event.aliases, event.version.reference]
        for event in aliases
        if event.version
    ] == TOLD["waiting_aliases"]
    first = store.find("price_model:v0").digest
    assert store.outbox.seen_holder("price_model", "prod") == first
    assert store.outbox.seen_holder("price_model", "candidate") == first
    assert store.outbox.seen_holder("price_model", "old") is None


def all_events(folder: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        return connection.execute("SELECT * FROM events ORDER BY number").fetchall()


def test_events_are_in_the_order_in_which_they_happened(store: LocalStore) -> None:
    """Each step begins before all that it did and ends after it; overlapping steps overlap."""
    store.artifacts()
    kinds: dict[str, list[str]] = {}
    for _, kind, _, step, *_ in all_events(store.folder):
        kinds.setdefault(step, []).append(kind)
    del kinds[None]
    for step, each in kinds.items():
        assert (each[0], each.count("step_opened")) == ("step_opened", 1), step
        if step != KILLED:
            assert (each[-1], each.count("step_ended")) == ("step_ended", 1), step
    opened = [each[3] for each in all_events(store.folder) if each[1] == "step_opened"]
    assert opened == list(TOLD["steps"])
    ended = [each[3] for each in all_events(store.folder) if each[1] == "step_ended"]
    assert ended == [step for step in TOLD["steps"] if step != KILLED]
    times = [
        event.at for event in store.outbox.waiting_events() if event.step not in {None, KILLED}
    ]
    assert times == sorted(times)


def schema_of(folder: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY name"
        ).fetchall()
        return {
            name: (
                connection.execute(f"PRAGMA table_info({name})").fetchall(),
                connection.execute(f"PRAGMA index_info({name})").fetchall(),
                connection.execute(f"PRAGMA foreign_key_list({name})").fetchall(),
            )
            for (name,) in names
        }


def test_schema_is_that_of_a_new_store(store: LocalStore, tmp_path: Path) -> None:
    """Table by table, column by column."""
    store.artifacts()
    with closing(LocalStore(tmp_path / "new")) as new:
        new.open_step(Step("s1", "modeling", "weekly", "run", "modeling"))
    assert schema_of(store.folder) == schema_of(tmp_path / "new")


def test_second_opening_changes_nothing(folder: Path) -> None:
    """Migrated once, the store is of the new format for good."""
    seen = []
    for _ in range(2):
        with closing(LocalStore(folder)) as store:
            seen.append((versions_of(store), steps_of(store)))
            events = all_events(folder)
    assert seen[0] == seen[1]
    assert events == all_events(folder)
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_files_are_still_given_out(store: LocalStore, tmp_path: Path) -> None:
    """And what was cleaned is still told as cleaned."""
    store.fetch(store.find("price_model:prod"), tmp_path / "there")
    assert (tmp_path / "there/rows.csv").read_text() == "second model"
    with pytest.raises(ArtifactNotFoundError, match="cleaned out"):
        store.fetch(store.find("rejected"), tmp_path / "gone")


OPENER = """
import sys
from pathlib import Path
from kedro_wandb.stores.local.store import LocalStore

store = LocalStore(Path(sys.argv[1]))
print("ready", flush=True)
input()
print(len(store.outbox.waiting_events()))
"""


def test_several_processes_migrate_at_once(folder: Path) -> None:
    """One of them does it; the others wait for it and find it done."""
    command = [sys.executable, "-c", OPENER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    children = [subprocess.Popen(command, text=True, **pipes) for _ in range(3)]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    answers = [child.communicate(timeout=30)[0] for child in children]
    with closing(LocalStore(folder)) as store:
        assert answers == [f"{len(store.outbox.waiting_events())}\n"] * 3
        assert plain(versions_of(store)) == TOLD["versions"]


def test_failed_migration_leaves_the_old_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is killed or fails in the middle has changed nothing, and can be begun again."""
    from kedro_wandb.stores.local import migration

    monkeypatch.setattr(migration, "_REST", f"{migration._REST};\nDROP TABLE missing")
    with closing(LocalStore(folder)) as store, pytest.raises(StoreUnavailableError):
        store.artifacts()
    monkeypatch.undo()
    with closing(LocalStore(folder)) as store:
        assert plain(versions_of(store)) == TOLD["versions"]


def test_clock_that_was_set_back_does_not_mix_the_order(folder: Path) -> None:
    """What was done keeps its order, and lies between its step's beginning and end."""
    with closing(sqlite3.connect(folder / "store.db")) as connection:
        connection.execute("UPDATE operations SET at = at - 1000 WHERE id > 6")
        connection.execute("UPDATE steps SET finished = 1.0 WHERE id = 'process2'")
        connection.commit()
    with closing(LocalStore(folder)) as store:
        events = store.outbox.waiting_events()
        done = [each.version.reference for each in events if each.step and each.version]
        assert done[:5] == [
            "raw:v0",
            "listings:v1",
            "listings:v1",
            "price_model:v0",
            "price_model:v1",
        ]
        mine: list[Event] = [each for each in events if each.step == "process2"]
        assert (mine[0].kind, mine[-1].kind) == ("step_opened", "step_ended")

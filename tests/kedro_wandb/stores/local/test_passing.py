"""What runs leave in passing is cleaned away once nobody needs it, and not before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from played import in_file, plan_of

from kedro_wandb.hook.places import with_copies
from kedro_wandb.protocol.plan import DatasetPlan, RunPlan
from kedro_wandb.stores.local.leftovers import clean, plan_cleaning
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.passing import DECISIONS, copies_folder, hold_run
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.tracker.main import Tracker

TWO_NAMES = {"fix.write": (("before",), ("after",))}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """The local store of the runs."""
    made = LocalStore(tmp_path / "store")
    yield made
    made.close()


def left(store: LocalStore, temporary: Path | None = None) -> list[str]:
    """Return the names of what a cleaning would take as left behind."""
    plan = plan_cleaning(store, temporary=temporary)
    return [each.path.name for each in plan.leftovers if each.reason == "abandoned"]


def rewriting(tmp_path: Path) -> RunPlan:
    """Return the plan of a run that reads a file under one name and writes it under another."""
    (tmp_path / "rows.txt").write_text("as it was")
    special = [in_file(tmp_path, "before", "rows.txt"), in_file(tmp_path, "after", "rows.txt")]
    return plan_of(tmp_path, TWO_NAMES, *special)


def test_copies_of_a_run_that_nobody_works_at_are_cleaned(
    store: LocalStore, tmp_path: Path
) -> None:
    """Those of one that goes on are not: Kedro's process holds them from the first byte on."""
    plan = rewriting(tmp_path)
    with closing(Locks(store.folder / "locks")) as kedro:
        assert with_copies(plan, kedro).datasets["before"].copy_at
        other = copies_folder(store.folder, "other") / "0"
        other.parent.mkdir()
        other.write_text("12345")
        assert left(store) == ["other"]
        assert clean(store, plan_cleaning(store)) == 5
    assert left(store) == ["fix"]
    assert clean(store, plan_cleaning(store)) == len("as it was")
    assert list((store.folder / "copies").iterdir()) == []


def test_copies_that_are_needed_after_the_plan_stay(store: LocalStore, tmp_path: Path) -> None:
    """A run may begin while somebody reads the question."""
    with closing(Locks(store.folder / "locks")) as locks:
        with_copies(rewriting(tmp_path), locks)
    plan = plan_cleaning(store)
    with closing(Locks(store.folder / "locks")) as locks:
        hold_run(locks, "fix")
        assert clean(store, plan) == 0


def test_the_tracker_holds_copies_too(store: LocalStore, tmp_path: Path) -> None:
    """It may be the last that needs them, and gives them up with the end of the run."""
    tracker = Tracker(lambda _: True)
    with closing(Locks(store.folder / "locks")) as kedro:
        plan = with_copies(rewriting(tmp_path), kedro)
        tracker.handle({"op": "begin", "plan": plan.model_dump(mode="json")})
    assert copies_folder(store.folder, "fix").is_dir()
    assert left(store) == []
    tracker.handle({"op": "end", "state": "finished", "offered": {}})
    assert not copies_folder(store.folder, "fix").exists()
    assert Locks(store.folder / "locks").names("run-") == []


def test_decisions_of_killed_runs_are_cleaned(store: LocalStore, tmp_path: Path) -> None:
    """As long as any run that may decide goes on, all of them stay."""
    file = store.folder / DECISIONS / "0123.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    own = str(file.with_name("4567.json"))
    alias = DatasetPlan(
        dataset="prod", artifact="model", kind="alias", where=own, reference="model:prod"
    )
    plan = plan_of(tmp_path, {"release.decide": ((), ("prod",))}, alias)
    tracker = Tracker(lambda _: True)
    tracker.handle({"op": "begin", "plan": plan.model_dump(mode="json")})
    assert left(store) == []
    tracker.handle({"op": "end", "state": "failed", "offered": {}})
    assert left(store) == ["0123.json"]
    assert clean(store, plan_cleaning(store)) == 2


HOLDER = """
from kedro_wandb.stores.local.passing import temporary_folder

with temporary_folder() as folder:
    (folder / "socket").write_text("12345")
    print(folder.name, flush=True)
    input()
"""


@contextmanager
def holder(temporary: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a process with a temporary folder of its own, and the folder's name."""
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-c", f"import tempfile\ntempfile.tempdir = {str(temporary)!r}"]
    command[-1] += HOLDER
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        try:
            yield child, child.stdout.readline().strip()
        finally:
            child.kill()


def test_temporary_folders_of_killed_trackers_are_cleaned(
    store: LocalStore, tmp_path: Path
) -> None:
    """Not those of trackers that live, nor what is not known to be one of them."""
    temporary = tmp_path / "tmp"
    (temporary / "kedro-wandb-of-an-older-release").mkdir(parents=True)
    with holder(temporary) as (child, killed), holder(temporary) as (other, living):
        assert left(store, temporary) == []
        early = plan_cleaning(store, temporary=temporary)
        child.kill()
        child.wait()
        assert left(store, temporary) == [killed]
        assert clean(store, early) == 0
        assert clean(store, plan_cleaning(store, temporary=temporary)) == 5
        assert {path.name for path in temporary.iterdir()} == {
            living,
            "kedro-wandb-of-an-older-release",
        }
        other.communicate("\n")
    assert not (temporary / living).exists()

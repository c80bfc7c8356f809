"""What is deleted from the local store, and what must not be."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from synced import mark_synced

from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.leftovers import Leftover, Plan, clean, plan_cleaning
from kedro_wandb.stores.local.store import LocalStore

MakeDraft = Callable[..., Draft]

STEP = Step("s1", "modeling", "weekly", "run", "modeling")
DONE = Ending("finished", 1.0)

HALF_WRITER = """
import sys, time
from pathlib import Path
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.local.store import LocalStore

def stop(told):
    if told == 0:  # a piece is written, and has no name yet
        print("in the middle", flush=True)
        time.sleep(60)

store = LocalStore(Path(sys.argv[1]))
store.open_step(Step("s1", "modeling", "weekly", "run", "modeling"))
store.log("s1", Draft("large", "dataset", (Source("rows.csv", Path(sys.argv[2])),)), stop)
"""


def leftovers(store: LocalStore) -> list[Leftover]:
    return list(plan_cleaning(store).leftovers)


def delete(store: LocalStore, wanted: list[Leftover]) -> int:
    return clean(store, Plan(tuple(wanted)))


@pytest.fixture
def killed(local: LocalStore, tmp_path: Path) -> LocalStore:
    """A store whose writer was killed in the middle of a file; it has been gone for good."""
    source = tmp_path / "large.csv"
    source.write_bytes(b"x" * 10_000_000)
    command = [sys.executable, "-c", HALF_WRITER, str(local.folder), str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "in the middle\n"
        assert leftovers(local) == []  # it still lives
        writer.send_signal(signal.SIGKILL)
    return local


def told(leftovers: list[Leftover]) -> list[str]:
    return [leftover.reason for leftover in leftovers]


def test_half_written_file_of_a_killed_process_is_deleted(
    killed: LocalStore, tmp_path: Path
) -> None:
    """Its step made no version; its file is in nobody's way, and goes with the next cleaning."""
    assert killed.artifacts() == []
    (leftover,) = leftovers(killed)
    assert (leftover.reason, leftover.path.exists()) == ("half-written", True)
    killed.open_step(STEP)
    source = Source("rows.csv", tmp_path / "large.csv")
    assert killed.log("s1", Draft("large", "dataset", (source,))).version.label == "v0"
    assert delete(killed, [leftover]) == leftover.size
    assert leftovers(killed) == []
    killed.fetch(killed.find("large"), tmp_path / "there")


def test_content_without_a_version_is_deleted(local: LocalStore, draft: MakeDraft) -> None:
    """What a process kept that was killed before it made the version is of no use."""
    local.open_step(STEP)
    (source,) = draft("good").sources
    assert source.path is not None
    local.blobs.add([source.path])
    assert [(each.reason, each.size) for each in leftovers(local)] == [("unused", 4)]
    assert delete(local, leftovers(local)) == 4
    assert leftovers(local) == []


def test_failed_log_leaves_nothing(local: LocalStore, draft: MakeDraft, tmp_path: Path) -> None:
    """Not even the content of the files that could be read."""
    local.open_step(STEP)
    good = draft("good").sources[0]
    with pytest.raises(FileNotFoundError):
        local.log("s1", Draft("a", "dataset", (good, Source("b", tmp_path / "missing"))))
    assert leftovers(local) == []


def test_content_that_is_cleaned_while_it_is_logged_is_kept_again(
    local: LocalStore, draft: MakeDraft, tmp_path: Path
) -> None:
    """A cleaning beside a log takes what no version has yet; the log notices and makes it good."""
    local.open_step(STEP)
    cleaner = LocalStore(local.folder)
    freed: list[int] = []

    def clean(_: int) -> None:
        if sum(freed) == 0:
            freed.append(delete(cleaner, leftovers(cleaner)))

    version = local.log("s1", draft({"a.csv": "one", "b.csv": "three"}), clean).version
    assert sum(freed) == 8
    local.fetch(version, tmp_path / "there")
    assert (tmp_path / "there/a.csv").read_text() == "one"
    cleaner.close()


def test_leftover_that_came_to_be_needed_stays(
    local: LocalStore, draft: MakeDraft, tmp_path: Path
) -> None:
    """Between the list and the deletion, another step may have logged the content anew."""
    local.open_step(STEP)
    local.log("s1", draft("same"))
    local.close_step("s1", DONE)
    mark_synced(local, "s1", {"listings:v0": 0})
    found = leftovers(local)
    assert told(found) == ["synced files"]
    local.open_step(STEP)
    local.log("s1", draft("same"))
    assert delete(local, found) == 0
    local.fetch(local.find("listings"), tmp_path / "there")


def test_images_stay_until_they_are_synced(local: LocalStore, tmp_path: Path) -> None:
    """Figures of a waiting step are no leftovers; those of a synced one are."""
    image = tmp_path / "plot.png"
    image.write_bytes(b"pixels")
    local.open_step(STEP)
    local.close_step("s1", Ending("finished", 1.0, media={"plot": image}))
    assert leftovers(local) == []
    mark_synced(local, "s1", {})
    assert told(leftovers(local)) == ["synced files"]


def test_content_that_is_in_a_version_of_a_waiting_name_stays(
    local: LocalStore, draft: MakeDraft
) -> None:
    """The server may have the content under one name and yet not under the other."""
    for step, name in (("s1", "one"), ("s2", "two")):
        local.open_step(Step(step, "modeling", "weekly", "run", "modeling"))
        local.log(step, draft("same", name=name))
        local.close_step(step, DONE)
    mark_synced(local, "s1", {"one:v0": 0})
    assert leftovers(local) == []
    mark_synced(local, "s2", {"two:v0": 0})
    assert told(leftovers(local)) == ["synced files"]


def test_content_that_the_server_did_not_number_stays(local: LocalStore, draft: MakeDraft) -> None:
    """A step may be synced without a version of it: then nobody else has these bytes."""
    local.open_step(STEP)
    local.log("s1", draft())
    local.close_step("s1", DONE)
    mark_synced(local, "s1", {})
    assert leftovers(local) == []

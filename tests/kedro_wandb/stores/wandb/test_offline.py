"""Steps as genuine offline runs, whose artifacts are the local store's files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import wandb
from synced import offline_folder
from wandb_server.client import call
from wandb_server.server import WandbServer

from kedro_wandb.stores.base import Draft, Ending, Source, State, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.patience import concurrently
from kedro_wandb.stores.wandb.offline import OfflineRuns

STEP = Step("s1", "modeling", "weekly", "run-1", "modeling run-1", {"seed": 7}, ("t",), 1.7e9)
ENDING = Ending("finished", 1.8e9, {"mae": 33.5})


@pytest.fixture
def store(tmp_path: Path, wandb_server: WandbServer) -> LocalStore:
    """A local store that writes offline runs too."""
    del wandb_server
    folder = tmp_path / "store"
    return LocalStore(folder, OfflineRuns(folder, "prices", None))


def a_draft(tmp_path: Path, text: str = "one", *aliases: str) -> Draft:
    path = tmp_path / f"{text}.csv"
    path.write_text(text)
    source = Source("rows.csv", path)
    return Draft("listings", "dataset", (source,), "Flats", {"rows": 1}, aliases)


def an_image(tmp_path: Path) -> Path:
    from PIL import Image

    path = tmp_path / "plot.png"
    Image.new("RGB", (4, 4)).save(path)
    return path


def folder_of(store: LocalStore, step: str = STEP.id) -> Path:
    assert store.offline_problem is None
    (found,) = store.folder.glob(f"wandb/offline-run-*-{step}")
    return found


def test_nothing_is_asked_of_the_network(
    store: LocalStore, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """A whole step, its artifact and its image make no request."""
    store.open_step(STEP)
    store.log(STEP.id, a_draft(tmp_path))
    store.close_step(STEP.id, Ending("finished", 1.8e9, media={"plot": an_image(tmp_path)}))
    assert folder_of(store).parent == tmp_path / "store/wandb"
    assert wandb_server.requests == []


def test_wandb_sync_uploads_the_step(
    store: LocalStore, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """W&B's own command finds all that it needs in the store's folder, wherever that is by now."""
    store.open_step(STEP)
    draft = a_draft(tmp_path, "one", "weekly")
    version = store.log(STEP.id, draft).version
    image = an_image(tmp_path)
    store.close_step(STEP.id, Ending("finished", 1.8e9, {"mae": 33.5}, {"plot": image}))
    for path in (tmp_path / "one.csv", image):
        path.unlink()
    folder = folder_of(store).relative_to(store.folder)
    store.close()
    moved = store.folder.rename(tmp_path / "elsewhere")
    call("wandb", "sync", str(folder), cwd=moved)
    run, found = wandb_server.run(STEP.id), wandb_server.artifact("listings:weekly")
    assert (run.state, run.group, run.job_type, run.tags) == (
        "finished",
        "weekly",
        "modeling",
        ["t"],
    )
    started = "2023-11-14T22:13:20.000Z"
    assert run.settings == {"seed": 7, "kedro_run_id": "run-1", "kedro_started": started}
    assert (run.summary["mae"], run.display_name) == (33.5, "modeling run-1")
    assert ["plot" in row for row in run.history] == [True]
    assert [name.startswith("media/images/plot_0_") for name in run.files if "media" in name] == [
        True
    ]
    assert (found.digest, found.files) == (version.digest, {"rows.csv": b"one"})
    assert (found.description, found.metadata, found.created_by) == ("Flats", '{"rows":1}', run)
    assert not wandb_server.errors


def test_nothing_is_copied(store: LocalStore, tmp_path: Path) -> None:
    """The only copy of a logged file is the local store's; the SDK's own folders have none."""
    path = tmp_path / "rows.csv"
    path.write_text("one")
    store.open_step(STEP)
    store.log(STEP.id, Draft("listings", "dataset", (Source("rows.csv", path),)))
    store.close_step(STEP.id, ENDING)
    copies = [
        each
        for each in tmp_path.rglob("*")
        if each.is_file() and each.read_bytes() == path.read_bytes()
    ]
    (entry,) = store.entries(store.find("listings"))
    assert sorted(copies) == sorted([path, store.blob_path(entry.digest)])


@pytest.mark.parametrize("state", ["failed", "interrupted", "killed"])
def test_failures_are_told_apart(
    store: LocalStore, wandb_server: WandbServer, state: State
) -> None:
    """W&B shows a failed run; its summary says what kind of failure."""
    store.open_step(STEP)
    store.close_step(STEP.id, Ending(state, 1.8e9))
    call("wandb", "sync", str(folder_of(store)), cwd=store.folder)
    run = wandb_server.run(STEP.id)
    assert (run.state, run.summary["ended"]) == ("failed", state)


def test_steps_are_written_side_by_side(
    store: LocalStore, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """Several threads, each with its own step; a run of the user's own is left alone."""
    names = [f"s{number}" for number in range(3)]

    def whole(name: str) -> None:
        store.open_step(Step(name, name, "weekly", "run-1", name))
        store.log(name, a_draft(tmp_path, name))
        store.close_step(name, ENDING)

    concurrently(whole, names)
    assert wandb.run is None
    for name in names:
        call("wandb", "sync", str(folder_of(store, name)), cwd=store.folder)
        (logged,) = wandb_server.run(name).logged
        assert logged.files == {"rows.csv": name.encode()}


def test_an_unreadable_image_is_told(store: LocalStore, tmp_path: Path) -> None:
    """The store keeps its bytes; the offline run is no whole one, and the problem is known."""
    broken = tmp_path / "plot.png"
    broken.write_text("no image")
    store.open_step(STEP)
    store.close_step(STEP.id, Ending("finished", 1.8e9, media={"plot": broken}))
    assert (offline_folder(store, STEP.id), list(store.outbox.images(STEP.id))) == (None, ["plot"])
    assert "cannot identify image file" in str(store.offline_problem)


KILLED = """
import sys, time
from pathlib import Path
from kedro_wandb.stores.base import Draft, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.offline import OfflineRuns

folder, file = Path(sys.argv[1]), Path(sys.argv[2])
store = LocalStore(folder, OfflineRuns(folder, "prices", None))
store.open_step(Step("s1", "modeling", "weekly", "run-1", "modeling"))
store.log("s1", Draft("listings", "dataset", (Source("rows.csv", file),)))
time.sleep(1.5)
print(flush=True)
time.sleep(60)
"""


def test_a_killed_process_leaves_what_it_logged(wandb_server: WandbServer, tmp_path: Path) -> None:
    """More than a second after it was logged it is on the disk, and the SDK can upload it."""
    file = tmp_path / "rows.csv"
    file.write_text("one")
    command = [sys.executable, "-c", KILLED, str(tmp_path / "store"), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    (folder,) = (tmp_path / "store/wandb").glob("offline-run-*")
    call("wandb", "sync", str(folder), cwd=tmp_path / "store")
    assert wandb_server.artifact("listings:latest").files == {"rows.csv": b"one"}
    assert wandb_server.run("s1").state == "failed"

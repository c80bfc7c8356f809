"""A local store that tests of the sync fill, and what the server knows after it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from wandb_server.server import WandbServer
from wandb_server.state import ANNOUNCED

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.sync.sync import SyncReport

PROJECT = "prices"
PATIENT = Timeouts(start=20, call=20, finish=10)
SHORT = Timeouts(start=2, call=2, finish=0.5)
"""For syncs that fail."""

Sync = Callable[..., SyncReport]


class Shop:
    """A local store that is filled with steps of small files.

    Args:
        folder: For the store and the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        root = folder / ".wandb" / PROJECT
        self.store = LocalStore(root)

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

    def forget(self) -> None:
        """Wait again for all that was told."""
        with self.store.database.writing() as connection:
            connection.execute("UPDATE events SET synced = 0")
            connection.execute("DELETE FROM holders")
            connection.execute("UPDATE versions SET remote = NULL")

    def waiting(self) -> list[str]:
        """Return the ids of the steps that wait."""
        events = self.store.outbox.waiting_events()
        return list(dict.fromkeys(each.step for each in events if each.step is not None))

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
    """Three steps with everything that a step can have, two of them at the same time."""
    store = shop.store
    shop.open("a", seed=7)
    store.use("a", shop.draft("raw", "raw"))
    shop.open("b")
    store.log("a", shop.draft("listings", "one", "weekly"))
    store.use("b", store.find("listings"))
    shop.close("a", summary={"mae": 1.0}, media={"plot": shop.image()})
    store.log("b", shop.draft("listings", "two", "weekly"))
    shop.close("b", "failed")
    shop.open("c")
    store.use("c", store.find("listings:v1"))
    store.log("c", shop.draft("listings", "one"))
    shop.close("c")
    store.set_alias(store.find("listings:v0"), "prod")


def check_agreement(shop: Shop, server: WandbServer) -> None:
    """Check that the server has the local store's versions, aliases, inputs and outputs."""
    there = known(server)
    store = shop.store
    here = {
        each.reference: each for some in store.artifacts() for each in store.versions(some.name)
    }
    assert {name: each["digest"] for name, each in there["versions"].items()} == {
        name: each.digest for name, each in here.items()
    }
    assert {name: each["aliases"] for name, each in there["versions"].items()} == {
        name: sorted(each.aliases) for name, each in here.items()
    }
    for step, run in there["runs"].items():
        assert run["used"] == sorted({each.reference for each in store.inputs(step)})
        if server.state.lists_loggers:
            assert run["logged"] == sorted({each.reference for each in store.outputs(step)})
    collections = server.state.projects["tester", PROJECT].collections.values()
    ours = (each for some in collections for each in some.artifacts if each.digest != ANNOUNCED)
    assert {each.state for each in ours} <= {"COMMITTED"}
    assert not server.errors


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


def results(report: SyncReport) -> dict[str, str]:
    return {each.step.id: each.result for each in report.steps}

"""What the tests of the stores share: both stores, steps, and drafts of small files."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from answers import OTHERWISE, answer_otherwise
from memory_store import MemoryStore

from kedro_wandb.stores.base import Draft, Ending, Source, Step, Store
from kedro_wandb.stores.local.store import LocalStore

MakeDraft = Callable[..., Draft]
MakeStep = Callable[..., str]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalStore]:
    """A local store whose folder is not there yet."""
    store = LocalStore(tmp_path / "project/.wandb/prices")
    yield store
    store.close()


WANDB = "wandb"


@pytest.fixture(
    params=["memory", "local", WANDB, pytest.param(f"{WANDB} {OTHERWISE}", marks=pytest.mark.slow)]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each of the stores, empty; that of the tests is held to the same."""
    if request.param == "memory":
        yield MemoryStore()
        return
    if request.param == "local":
        yield request.getfixturevalue("local")
        return
    server = request.getfixturevalue("wandb_server")
    if request.param != WANDB:
        answer_otherwise(server)
    from kedro_wandb.settings.config import Timeouts
    from kedro_wandb.stores.wandb.store import CloudStore

    made = CloudStore("prices", None, tmp_path / "cloud", Timeouts())
    yield made
    made.close()


@pytest.fixture
def tells_loggers(request: pytest.FixtureRequest, store: Store) -> bool:
    """Whether the store tells who else has logged a version, besides the step that made it."""
    del store
    return bool(request.node.callspec.params["store"] != f"{WANDB} {OTHERWISE}")


@pytest.fixture
def draft(tmp_path: Path) -> MakeDraft:
    """Makes drafts from texts; every time in another folder, which must not matter."""
    folders = (tmp_path / f"sources/{number}" for number in itertools.count())

    def make(
        files: str | Mapping[str, str] = "id,price\n1,2\n",
        name: str = "listings",
        type: str = "dataset",  # noqa: A002 - the name of the attribute
        **other: Any,
    ) -> Draft:
        texts = {"rows.csv": files} if isinstance(files, str) else files
        folder = next(folders)
        sources = []
        for entry, text in texts.items():
            path = folder / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            sources.append(Source(entry, path))
        return Draft(name, type, tuple(sources), **other)

    return make


def a_step(id: str, **other: Any) -> Step:  # noqa: A002 - the name of the attribute
    return Step(id, "modeling", "weekly", "2026-01-02T03.04.05.006Z", f"modeling {id}", **other)


@pytest.fixture
def opened(store: Store) -> Iterator[MakeStep]:
    """Opens steps by id, which are closed at the end."""
    ids: list[str] = []

    def make(id: str = "producer", **other: Any) -> str:  # noqa: A002 - the name of the attribute
        store.open_step(a_step(id, started=1.7e9 + len(ids), **other))
        ids.append(id)
        return id

    yield make
    for each in ids:
        if store.step(each).state == "running":
            store.close_step(each, Ending("finished", 1.8e9))

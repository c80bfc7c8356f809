"""Cleaning makes the local store smaller, and loses nothing that W&B does not have."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.fetching import CHECKOUTS
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
        store.mark_synced(name, {version.reference: version.number for version in outputs})


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

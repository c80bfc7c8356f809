"""What the tracker process answers to questions about versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from kedro_wandb.stores.base import Draft, Ending, Source, Step, Store
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.tracker.main import READS, answer_reader


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """A store with one step that logged one version."""
    made = LocalStore(tmp_path / "store")
    made.open_step(Step("s1", "modeling", "weekly", "run", "modeling", tags=("a",)))
    file = tmp_path / "rows.csv"
    file.write_text("id\n1\n")
    made.log("s1", Draft("listings", "dataset", (Source("rows.csv", file),)))
    made.close_step("s1", Ending("finished", 1.0, {"mae": 2.0}))
    yield made
    made.close()


def ask(store: LocalStore, **message: Any) -> dict[str, Any]:
    return answer_reader(message, cast("Store", store))


def test_every_question_has_an_answer(store: LocalStore, tmp_path: Path) -> None:
    """As plain data."""
    folder = str(tmp_path / "there")
    details = {"reference": "listings", "name": "listings", "folder": folder}
    answers = {each: ask(store, op=each, **details) for each in READS}
    assert {each["op"] for each in answers.values()} == {"found"}
    assert answers["find"]["version"]["number"] == 0
    assert [each["digest"] for each in answers["versions"]["versions"]] == [
        answers["find"]["version"]["digest"]
    ]
    assert [each["summary"] for each in answers["steps"]["steps"]] == [{"mae": 2.0}]
    assert Path(folder, "rows.csv").read_text() == "id\n1\n"


def test_what_is_not_there_is_told_as_such(store: LocalStore) -> None:
    """By the error's own name, so that the other side can raise it again."""
    for question in ({"op": "find", "reference": "a:b"}, {"op": "versions", "name": "a"}):
        answer = ask(store, **question)
        assert (answer["op"], answer["error"]) == ("failed", "ArtifactNotFoundError")
        assert "has no artifact 'a'" in answer["text"]


def test_a_fetch_gives_signs_of_life(store: LocalStore, tmp_path: Path) -> None:
    """While it moves bytes, and while it reads again what it has."""
    message = {"op": "fetch", "reference": "listings", "folder": str(tmp_path / "there")}
    moved: list[int] = []
    for _ in range(2):
        moved.clear()
        answer_reader(message, cast("Store", store), moved.append)
        assert sum(moved) == 5

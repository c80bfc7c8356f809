"""What the tracker process answers to questions about versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from played import plan_of

from kedro_wandb.protocol.late import take_reports
from kedro_wandb.protocol.line import Message
from kedro_wandb.settings.config import Config
from kedro_wandb.stores.base import Draft, Ending, Source, Step, Store
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.tracker import main
from kedro_wandb.tracker.main import READS, answer_reader
from kedro_wandb.tracker.recorder import Recorder


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


class Failing(Recorder):
    """Fails with what nobody may see."""

    def begin_node(self, node: str) -> None:
        """Fail."""
        msg = f"{node} at https://key:tell-nobody@host/f.csv?sig=tell-nobody and pin=tell-nobody"
        raise OSError(msg)


def test_problems_are_told_without_what_is_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To Kedro's process, and in the report for a later one; the user's own names count too."""
    monkeypatch.setattr(main, "Recorder", Failing)
    answers: list[Message] = []

    def say(message: Message) -> bool:
        answers.append(message)
        return True

    tracker = main.Tracker(say)
    plan = plan_of(tmp_path, {"a.b": ((), ())})
    config = Config.model_validate({"redact": ["pin"]})
    begin = {"plan": plan.model_copy(update={"config": config}).model_dump(mode="json")}
    for message in (
        {"op": "begin", **begin},
        {"op": "left", "marks": {}},
        {"op": "begin_node", "node": "a.b"},
        {"op": "end", "state": "finished", "offered": {}},
    ):
        tracker.notice(message)
        if message["op"] != "left":
            tracker.handle(message)
    told = "OSError: a.b at https://[redacted]@host/f.csv?[redacted] and pin=[redacted]"
    (done,) = (each for each in answers if each["op"] == "done")
    assert set(done["problems"]) == {told}
    ((late, _),) = take_reports(plan.store.folder)
    assert set(late.problems) == {told}

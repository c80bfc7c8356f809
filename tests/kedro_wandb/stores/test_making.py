"""What a version was made of, by its metadata."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_store import MemoryStore

from kedro_wandb.stores.base import Link, Step, StepRecord, Version
from kedro_wandb.stores.making import Graph, Reading, made_of

TRAIN = Version("train", "dataset", 0, "t" * 32, 1)
TEST = Version("test", "dataset", 0, "e" * 32, 1)
MODEL = Version("model", "model", 0, "m" * 32, 1, metadata={"inputs": {"train": TRAIN.digest}})
SCORE = Version(
    "score", "report", 0, "s" * 32, 1,
    metadata={"inputs": {"model": MODEL.digest, "test": TEST.digest}},
)  # fmt: skip
BESIDE = [TRAIN, TEST, MODEL, SCORE]


def test_a_version_is_made_of_what_its_node_has_read() -> None:
    """Inputs of the step, and what another node of the step has made; no more of either."""
    assert made_of(MODEL, BESIDE) == [TRAIN]
    assert made_of(SCORE, BESIDE) == [TEST, MODEL]


def test_a_version_of_parameters_alone_is_made_of_nothing() -> None:
    """That is known, too."""
    seeded = Version("seeded", "dataset", 0, "x" * 32, 1, metadata={"inputs": {}})
    assert made_of(seeded, BESIDE) == []


def test_equal_content_is_told_apart_by_its_name() -> None:
    """A copy is made of what it equals; of two equal files the node read the one that is named."""
    other = replace(TRAIN, name="other")
    copy = replace(TRAIN, name="copy", metadata={"inputs": {"train": TRAIN.digest}})
    assert made_of(copy, [other, TRAIN, copy]) == [TRAIN]
    assert made_of(copy, [other, copy]) == [other]  # read under another name


def test_a_version_is_not_made_of_itself() -> None:
    """Whatever else is known of it, and though the node has read the same content."""
    again = replace(MODEL, metadata={"inputs": {"train": TRAIN.digest, "model": MODEL.digest}})
    assert made_of(again, BESIDE) == [TRAIN]


def test_what_was_offered_beyond_what_was_written_does_not_hide_who_wrote() -> None:
    """Nobody has made the version with all partitions; that of its producer is an input too."""
    step = StepRecord(Step("b", "b", "x", "run", "b"), "finished")
    maker = StepRecord(Step("a", "a", "x", "run", "a"), "finished")
    written = Version("parts", "dataset", 0, "p" * 32, 1, step="a")
    offered = Version("parts", "dataset", 1, "q" * 32, 1)
    made = replace(MODEL, metadata={"inputs": {"parts": offered.digest}})

    class Linked(MemoryStore):
        def links(self) -> list[Link]:
            uses = [Link("use", step, each) for each in (written, offered, TEST)]
            return [Link("log", maker, written), *uses, Link("log", step, made)]

    read = Graph(Linked()).reading(made, "b")
    assert read == Reading((written, offered))


@pytest.mark.parametrize("metadata", [{}, {"inputs": "all"}, {"inputs": {"old": "0" * 32}}])
def test_what_a_version_was_made_of_may_not_be_known(metadata: dict[str, object]) -> None:
    """Where nothing is told, or of something that the step does not have."""
    version = Version("other", "dataset", 0, "x" * 32, 1, metadata=metadata)
    assert made_of(version, BESIDE) is None


def test_what_a_node_has_read_is_told_apart_from_the_way_there() -> None:
    """``directly`` ends where ``reading`` goes on: at what the step has made itself."""
    step = StepRecord(Step("a", "a", "x", "run", "a"), "finished")
    bare = replace(SCORE, metadata={"inputs": {"gone": "0" * 32}})

    class Linked(MemoryStore):
        made = SCORE

        def links(self) -> list[Link]:
            uses = [Link("use", step, each) for each in (TRAIN, TEST)]
            return [*uses, Link("log", step, MODEL), Link("log", step, self.made)]

    graph = Graph(Linked())
    assert graph.directly(SCORE, "a") == ((TEST, MODEL), False)
    assert graph.reading(SCORE, "a") == Reading((TRAIN, TEST), (MODEL,))
    assert (graph.users(TEST), graph.users(MODEL)) == (["a"], [])
    Linked.made = bare
    assert Graph(Linked()).directly(bare, "a") == ((TRAIN, TEST), True)

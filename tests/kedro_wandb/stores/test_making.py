"""What a version was made of, by its metadata."""

from __future__ import annotations

import pytest

from kedro_wandb.stores.base import Version
from kedro_wandb.stores.making import made_of

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


@pytest.mark.parametrize("metadata", [{}, {"inputs": "all"}, {"inputs": {"old": "0" * 32}}])
def test_what_a_version_was_made_of_may_not_be_known(metadata: dict[str, object]) -> None:
    """Where nothing is told, or of something that the step does not have."""
    version = Version("other", "dataset", 0, "x" * 32, 1, metadata=metadata)
    assert made_of(version, BESIDE) is None

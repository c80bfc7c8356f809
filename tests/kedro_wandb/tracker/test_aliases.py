"""Aliases that a run decides to move, with a store that does as it is told or does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.protocol.moves import Decision
from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.stores.base import Version
from kedro_wandb.tracker.aliases import AliasMoves

OLD, NEW = (Version("model", "model", number, str(number) * 32, 5) for number in (0, 1))


class Target:
    """Two versions; the alias goes where it is told to, or to the old one."""

    def __init__(self, *, obeys: bool = True) -> None:
        self._obeys = obeys
        self.moved: list[tuple[str, str]] = []

    def find(self, reference: str) -> Version:
        """Return one of them by its digest."""
        for version in (OLD, NEW):
            if reference == f"model:{version.digest}":
                return version
        raise ArtifactNotFoundError(reference)

    def move_alias(self, version: Version, alias: str, instead_of: str | None = None) -> Version:
        """Do as told, or not."""
        assert instead_of is None
        self.moved.append((version.label, alias))
        return version if self._obeys else OLD


@pytest.fixture
def plan(tmp_path: Path) -> DatasetPlan:
    """An alias dataset."""
    where = str(tmp_path / "decisions/1.json")
    return DatasetPlan(
        dataset="promotion", artifact="promotion", kind="alias", where=where, reference="model:prod"
    )


def test_the_alias_is_moved_once_the_version_is_there(plan: DatasetPlan) -> None:
    """Not before, and only once."""
    known: dict[str, Version] = {}
    target = Target()
    aliases = AliasMoves(target, known.get)
    Decision(dataset="model").leave(Path(plan.where))
    aliases.decided("train", plan)
    assert target.moved == []
    known["model"] = NEW
    aliases.settle()
    aliases.settle()
    aliases.end()
    assert target.moved == [("v1", "prod")]
    (move,), (row,) = aliases.moves, aliases.rows
    assert (move.reference, move.made, move.version) == ("model:prod", True, "v1")
    assert (row.step, row.dataset, row.status) == ("train", "promotion", "moved")
    assert aliases.problems == []
    assert not Path(plan.where).exists()


def test_a_store_that_does_not_move_it_is_not_believed(plan: DatasetPlan) -> None:
    """The alias is read back, whatever the store has answered."""
    aliases = AliasMoves(Target(obeys=False), {"model": NEW}.get)
    Decision(digest=NEW.digest).leave(Path(plan.where))
    aliases.decided("train", plan)
    (move,) = aliases.moves
    assert (move.made, move.version) == (False, "v1")
    assert move.reason == "the store has it at v0 all the same"
    assert aliases.rows[0].status == "not moved"
    assert aliases.problems == [f"model:prod was not moved: {move.reason}"]


def test_a_version_that_never_comes_is_told_at_the_end(plan: DatasetPlan) -> None:
    """Its node failed, or its dataset is no artifact."""
    aliases = AliasMoves(Target(), dict[str, Version]().get)
    Decision(dataset="model").leave(Path(plan.where))
    aliases.decided("train", plan)
    assert aliases.problems == []
    aliases.end()
    (problem,) = aliases.problems
    assert problem == "model:prod was not moved: this run has no version of the dataset 'model'"


def test_a_decision_that_is_gone_is_told(plan: DatasetPlan) -> None:
    """As any other file that should be there."""
    aliases = AliasMoves(Target(), {"model": NEW}.get)
    aliases.decided("train", plan)
    (problem,) = aliases.problems
    assert "the decision can't be read" in problem
    Path(plan.where).parent.mkdir()
    Path(plan.where).write_text("{")
    aliases.decided("train", plan)
    assert len(aliases.problems) == 2

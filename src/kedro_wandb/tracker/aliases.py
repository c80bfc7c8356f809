"""The aliases that a run decides to move, each as soon as the version is in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from kedro_wandb.errors import TrackingError
from kedro_wandb.protocol.moves import AliasMove, Decision
from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.protocol.rows import Row
from kedro_wandb.stores.base import Version
from kedro_wandb.stores.names import split_reference


class MovesAliases(Protocol):
    """What this needs of the store that a run is written to."""

    def find(self, reference: str) -> Version:
        """Return the version that a reference means."""

    def move_alias(self, version: Version, alias: str, instead_of: str | None = None) -> Version:
        """Let an alias stand for a version, and return the one that it is seen to stand for."""


@dataclass(frozen=True)
class _Asked:
    step: str
    dataset: str
    artifact: str
    alias: str
    decision: Decision


class AliasMoves:
    """Moves aliases as the decisions of a run say.

    A decision may come before the version that it is about: then it waits for it, at most
    until the run ends.

    Attributes:
        moves: What became of the decisions so far.
        rows: The same for the closing table.
        problems: What could not be moved, and why.
    """

    def __init__(self, target: MovesAliases, version_of: Callable[[str], Version | None]) -> None:
        """Begin.

        Args:
            target: Where the aliases are.
            version_of: Returns the version that this run has logged or used of a dataset,
                if there is one yet.
        """
        self._target, self._version_of = target, version_of
        self._waiting: list[_Asked] = []
        self.moves: list[AliasMove] = []
        self.rows: list[Row] = []
        self.problems: list[str] = []

    def decided(self, step: str, plan: DatasetPlan) -> None:
        """Move the alias of a dataset that was saved, or wait for the version."""
        artifact, alias = split_reference(plan.reference or "")
        asked = _Asked(step, plan.dataset, artifact, alias, Decision())
        try:
            decision = Decision.left(Path(plan.where))
        except (OSError, ValueError) as error:
            self._refuse(asked, f"the decision can't be read: {error}")
            return
        if decision == Decision():
            self._tell(asked, None, "the decision was to leave it where it is")
            return
        self._waiting.append(replace(asked, decision=decision))
        self.settle()

    def settle(self) -> None:
        """Move those whose version is there by now."""
        for asked in list(self._waiting):
            dataset = asked.decision.dataset
            if dataset is None or self._version_of(dataset) is not None:
                self._waiting.remove(asked)
                self._attempt(asked)

    def end(self) -> None:
        """Tell of those whose version never came."""
        for asked in self._waiting:
            self._refuse(
                asked, f"this run has no version of the dataset {asked.decision.dataset!r}"
            )
        self._waiting.clear()

    def _attempt(self, asked: _Asked) -> None:
        version: Version | None = None
        try:
            version = self._chosen(asked)
            holder = self._target.move_alias(version, asked.alias, asked.decision.instead_of)
        except Exception as error:  # noqa: BLE001 - as with any other dataset of the run
            self._refuse(asked, str(error), version)
            return
        if holder.digest == version.digest:
            self._tell(asked, version, f"{asked.alias} stands for it now", is_made=True)
        else:
            self._refuse(asked, f"the store has it at {holder.label} all the same", version)

    def _chosen(self, asked: _Asked) -> Version:
        dataset = asked.decision.dataset
        if dataset is None:
            return self._target.find(f"{asked.artifact}:{asked.decision.digest}")
        version = self._version_of(dataset)
        if version is None or version.name != asked.artifact:
            msg = (
                f"the dataset {dataset!r} is the artifact {version and version.name!r},"
                f" and the alias belongs to {asked.artifact!r}"
            )
            raise TrackingError(msg)
        return version

    def _refuse(self, asked: _Asked, reason: str, version: Version | None = None) -> None:
        self.problems.append(f"{asked.artifact}:{asked.alias} was not moved: {reason}")
        self._tell(asked, version, reason)

    def _tell(
        self, asked: _Asked, version: Version | None, reason: str, *, is_made: bool = False
    ) -> None:
        label, digest, size = ("", "", 0)
        if version is not None:
            label, digest, size = version.label, version.digest, version.size
        told = "" if is_made else reason
        self.moves.append(AliasMove(asked.artifact, asked.alias, is_made, label, digest, told))
        self.rows.append(
            Row(
                step=asked.step,
                dataset=asked.dataset,
                artifact=asked.artifact if version else "",
                version=label,
                status="moved" if is_made else "not moved",
                reason=reason,
                size=size,
            )
        )

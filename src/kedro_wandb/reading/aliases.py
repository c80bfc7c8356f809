"""An alias as a catalog dataset: who holds it, and decisions to move it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError

from kedro_wandb.errors import ArtifactNotFoundError, TrackingError
from kedro_wandb.protocol.moves import AliasMove, Decision, note_moves, noted_move
from kedro_wandb.reading.checkout import find_version, project_settings
from kedro_wandb.settings.project import Settings, current_settings
from kedro_wandb.stores.local.passing import DECISIONS
from kedro_wandb.stores.names import checked_alias, split_reference

logger = logging.getLogger("kedro_wandb")


@dataclass(frozen=True)
class AliasHolder:
    """The version that an alias stands for.

    Attributes:
        name: Of the artifact.
        version: Such as ``v3``.
        digest: Of its content; saved as ``{"digest": ...}``, the alias comes back to it.
        metadata: As logged with it.
    """

    name: str
    version: str
    digest: str
    metadata: Mapping[str, Any]


class AliasDataset(AbstractDataset[dict[str, str], AliasHolder | None]):
    """An alias of an artifact. Loading tells who holds it; saving a decision moves it.

    A decision is ``{"dataset": "price_model"}``, for the version that this run has logged
    of that dataset, or ``{"digest": "0123…"}``; ``{}`` leaves the alias where it is. With
    ``"instead_of"``, the digest of who holds it now or ``""`` for nobody, it is moved only
    from there, so that what somebody else has moved meanwhile is not undone. Nothing
    is logged again, and ``latest`` stays. The run's closing table tells the move, which is
    read back; ``kedro_wandb.alias_move`` tells it to programs. Without tracking nothing is
    moved, and saving raises nothing.

    Example of a catalog entry:

    .. code-block:: yaml

        production:
          type: kedro_wandb.AliasDataset
          artifact: price_model
          alias: prod
    """

    def __init__(
        self, *, artifact: str, alias: str, metadata: dict[str, Any] | None = None
    ) -> None:
        """Remember what is meant; nothing is asked yet.

        Args:
            artifact: Its name alone.
            alias: Neither ``latest`` nor like ``v0``.
            metadata: For Kedro plugins.

        Raises:
            DatasetError: It can't be an alias that is moved.
        """
        try:
            checked_alias(alias)
        except ValueError as error:
            msg = f"{artifact}: {error}"
            raise DatasetError(msg) from error
        if ":" in artifact:
            msg = f"artifact: {artifact!r} must be a name alone; its alias goes to 'alias:'."
            raise DatasetError(msg)
        self.artifact, self.alias, self.metadata = artifact, alias, metadata
        self._settings: Settings | None = current_settings()
        self._file: Path | None = None

    @property
    def reference(self) -> str:
        """``name:alias``."""
        return f"{self.artifact}:{self.alias}"

    def await_decision(self) -> Path:
        """Prepare for a tracked run, and return the file that a decision will be left in."""
        folder = project_settings(self._settings, self.reference).folder / DECISIONS
        self._file = folder / f"{uuid4().hex}.json"
        return self._file

    def load(self) -> AliasHolder | None:
        """Return who holds the alias now; ``None`` if nobody does.

        Raises:
            DatasetError: The server can't be asked, or the project has no ``wandb.yml``.
        """
        try:
            settings = project_settings(self._settings, self.reference)
            version = find_version(settings, self.reference)
        except ArtifactNotFoundError:
            return None
        except TrackingError as error:
            raise DatasetError(str(error)) from error
        return AliasHolder(version.name, version.label, version.digest, version.metadata)

    def save(self, data: dict[str, str]) -> None:
        """Decide which version the alias is to stand for.

        Raises:
            DatasetError: It is no decision.
        """
        try:
            decision = Decision.of(data)
        except ValueError as error:
            msg = f"{self.reference}: {error}."
            raise DatasetError(msg) from error
        problem = self._leave(decision)
        reason = problem or "its run has not told yet that it was moved"
        note_moves([AliasMove(self.artifact, self.alias, reason=reason)])
        if problem:
            logger.warning("%s was not moved: %s.", self.reference, problem)

    def _leave(self, decision: Decision) -> str | None:
        """Leave a decision to the tracker, and return why it will not be followed."""
        if self._file is None:
            return why_untracked(self._settings or current_settings())
        try:
            decision.leave(self._file)
        except OSError as error:
            return f"the decision can't be left to the tracker: {error}"
        return None

    def _exists(self) -> bool:
        return self.load() is not None

    def _describe(self) -> dict[str, Any]:
        return {"artifact": self.artifact, "alias": self.alias}


def why_untracked(settings: Settings | None) -> str:
    """Return why a decision that was saved now would not be followed."""
    if settings is None:
        return "nothing is tracked, since the project has no wandb.yml"
    if settings.mode.kind == "disabled":
        return f"nothing is tracked ({settings.mode.reason})"
    return "no tracked run has decided it"


def alias_move(reference: str) -> AliasMove:
    """Return what became of the newest run's decision about an alias.

    For whom moving it is more than tracking: ``made`` is true only if the store of the
    project's mode was seen to have the alias at the version. In every other case, also
    where nothing is tracked or no run of this process has decided anything, ``made`` is
    false and ``reason`` says why.

    Args:
        reference: Such as ``price_model:prod``.
    """
    artifact, alias = split_reference(reference)
    reason = why_untracked(current_settings())
    return noted_move(reference) or AliasMove(artifact, alias, reason=reason)

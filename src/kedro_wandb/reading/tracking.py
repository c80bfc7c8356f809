"""How the run at hand is tracked, as a catalog dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError

from kedro_wandb.settings.mode import Kind
from kedro_wandb.settings.project import current_settings


@dataclass(frozen=True)
class Tracking:
    """How a run is tracked, as it was decided before its first node.

    A server that is lost later does not change it: such a run goes on in the local store.

    Attributes:
        kind: ``online``, ``local`` or ``disabled``.
        reason: Why, for people; a clause.
        project: W&B's project; ``None`` where the Kedro project has no ``wandb.yml``.
        experiment: W&B's group of the run; ``None`` outside of a tracked run.
    """

    kind: Kind
    reason: str
    project: str | None = None
    experiment: str | None = None


class TrackingDataset(AbstractDataset[None, Tracking]):
    """Loads how the run at hand is tracked, for nodes that have to say so. Read-only.

    It is no data: it is not logged, and the closing table does not name it.

    Example of a catalog entry:

    .. code-block:: yaml

        tracking:
          type: kedro_wandb.TrackingDataset
    """

    def __init__(self, *, metadata: dict[str, Any] | None = None) -> None:
        """Take the facts from the project whose context was made last; no key is kept.

        Args:
            metadata: For Kedro plugins.
        """
        self.metadata = metadata
        settings = current_settings()
        if settings is None:
            self._asked = Tracking("disabled", "the project has no wandb.yml")
        else:
            mode = settings.mode
            self._asked = Tracking(mode.kind, mode.reason, settings.project)
        self._told = self._asked

    def tell_run(self, experiment: str, problem: str | None = None) -> None:
        """Take note of the run that is going to load this.

        Args:
            experiment: W&B's group of the run.
            problem: Why the run is not tracked, whatever the project asks for.
        """
        if problem is None:
            self._told = replace(self._asked, experiment=experiment)
        else:
            self._told = replace(self._asked, kind="disabled", reason=problem)

    def load(self) -> Tracking:
        """Return how the run at hand is tracked."""
        return self._told

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        msg = "A kedro_wandb.TrackingDataset is read-only: wandb.yml says how a run is tracked."
        raise DatasetError(msg)

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"kind": self._told.kind}

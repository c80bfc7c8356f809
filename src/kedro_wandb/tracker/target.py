"""What a run is recorded to, whichever stores are behind it."""

from __future__ import annotations

from typing import Protocol

from kedro_wandb.stores.base import Draft, Ending, Outcome, Progress, Step, Version


class Target(Protocol):
    """What a recorder writes to; see ``stores.failover``."""

    def open_step(self, step: Step) -> None:
        """Begin a step."""

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Log a draft as an output."""

    def use(
        self, step: str, draft: Draft, known: Version | None, progress: Progress | None = None
    ) -> Outcome:
        """Use a version as an input."""

    def use_version(self, step: str, reference: str) -> Outcome:
        """Use the version that a reference means."""

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step."""

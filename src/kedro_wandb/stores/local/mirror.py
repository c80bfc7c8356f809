"""The offline W&B runs that are written beside the local store, as far as they can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kedro_wandb.stores.base import Draft, Ending, Entry, Step


class OfflineMirror(Protocol):
    """Writes steps of the local store as offline W&B runs. It may raise anything."""

    def open(self, step: Step) -> str:
        """Begin a run and return its folder."""

    def log(
        self,
        step_id: str,
        draft: Draft,
        files: dict[str, Path],
        entries: list[Entry],
    ) -> None:
        """Make a draft's content an output of a run; ``files`` has the bytes of entries by name."""

    def close(self, step_id: str, ending: Ending) -> None:
        """End a run."""


class Mirroring:
    """Calls a mirror, and gives it up for a step at the first failure.

    Attributes:
        problem: The first failure; ``None`` if all went well.
    """

    def __init__(self, mirror: OfflineMirror | None) -> None:
        self.problem: str | None = None
        self._mirror = mirror
        self._steps: set[str] = set()

    def open(self, step: Step) -> str | None:
        """Begin, and return the run's folder, or ``None`` without one."""
        mirror = self._mirror
        if mirror is None:
            return None
        folders: list[str] = []
        if self._try(step.id, lambda: folders.append(mirror.open(step))):
            self._steps.add(step.id)
        return folders[0] if folders else None

    def log(
        self,
        step: str,
        draft: Draft,
        files: dict[str, Path],
        entries: list[Entry],
    ) -> None:
        """Log a draft's content to a step's run, if it has one."""
        mirror = self._mirror
        if mirror is not None and step in self._steps:
            self._try(step, lambda: mirror.log(step, draft, files, entries))

    def close(self, step: str, ending: Ending) -> bool:
        """End a step's run, if it has one, and return whether it holds all of the step."""
        mirror = self._mirror
        if mirror is None or step not in self._steps:
            return False
        whole = self._try(step, lambda: mirror.close(step, ending))
        self._steps.discard(step)
        return whole

    def _try(self, step: str, call: Callable[[], object]) -> bool:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - the local store's own result stands
            self.problem = self.problem or f"{type(error).__name__}: {error}"
            self._steps.discard(step)
            return False
        return True

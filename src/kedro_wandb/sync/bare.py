"""Steps without versions, such as the rows of a table: all of them together go faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Event
from kedro_wandb.stores.local.store import LocalStore

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.store import CloudStore

_FEWEST = 5
"""Steps that are worth it."""


class BareSteps:
    """Makes the runs of steps that neither logged nor used anything, once the first is reached.

    What the server lacks of them after that is seen and sent as of any other step.

    Args:
        local: Where they were kept.
        cloud: Where they go.
        events: What happened in steps that have ended.
    """

    def __init__(self, local: LocalStore, cloud: CloudStore, events: Sequence[Event]) -> None:
        self._local, self._cloud = local, cloud
        steps = dict.fromkeys(event.step for event in events if event.step is not None)
        full = {event.step for event in events if event.version is not None}
        bare = [step for step in steps if step not in full]
        self._waiting = bare if len(bare) >= _FEWEST else []
        self._added: set[str] = set()

    def add_with(self, step: str) -> bool:
        """Make the runs of all of them if a step is the first of them.

        Returns:
            Whether the server has got a run of this step by that.

        Raises:
            StoreUnavailableError: W&B does not answer any more.
        """
        if step in self._waiting:
            ids, self._waiting = self._waiting, []
            self._add([each for each in ids if not self._local.outbox.images(each)])
        return step in self._added

    def _add(self, ids: Sequence[str]) -> None:
        runs = [(self._local.step(each).step, self._local.outbox.ending(each)) for each in ids]
        try:
            there = self._cloud.uploads.states(ids)
            self._cloud.add_runs(runs)
        except StoreUnavailableError:
            self._cloud.abandon()
            self._cloud.check()
            return  # each is tried by itself
        self._added = set(ids) - there.keys()

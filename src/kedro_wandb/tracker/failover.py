"""Online as long as the server answers, then locally, without losing anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Draft, Ending, Outcome, Progress, Step, Store, Version

T = TypeVar("T")


class SpareStore(Store, Protocol):
    """A store that goes on with steps that another one began."""

    def open_step(self, step: Step, *, begun_online: bool = False) -> None:
        """Begin a step, or go on with it."""


class Failover:
    """Writes to one store, and from its first failure on to a spare one.

    A step that was open when the first store failed is opened in the spare one under the
    same id, so that a later sync goes on with the very run that the server knows.

    Attributes:
        problem: Why the spare store took over; ``None`` if it did not.
    """

    def __init__(
        self,
        store: Store,
        spare: Callable[[], SpareStore] | None = None,
        leave: Callable[[], object] = lambda: None,
    ) -> None:
        """Begin with a store.

        Args:
            store: Where to write.
            spare: Makes the store for the rest, once it is needed; without it a failure
                of the first one is an error.
            leave: Drops what is open in the first store, without waiting for anything.
        """
        self._store = store
        self._make_spare = spare
        self._leave = leave
        self._open: dict[str, Step] = {}
        self._known: set[tuple[str, str]] = set()
        self.problem: str | None = None

    @property
    def store(self) -> Store:
        """The store that is written to now."""
        return self._store

    def open_step(self, step: Step) -> None:
        """Begin a step."""
        self._attempt(lambda store: store.open_step(step))
        self._open[step.id] = step

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Log a draft; see ``Store.log``."""
        return self._noted(lambda store: store.log(step, draft, progress))

    def use(
        self, step: str, draft: Draft, known: Version | None, progress: Progress | None = None
    ) -> Outcome:
        """Use a version; see ``Store.use``.

        Args:
            step: Id of the step.
            draft: The content, for a store that has not given ``known``.
            known: The version that this has given for that content.
            progress: Told of the bytes read.
        """

        def use(store: Store) -> Outcome:
            is_its_own = known is not None and (known.name, known.digest) in self._known
            return store.use(step, known if known and is_its_own else draft, progress)

        return self._noted(use)

    def use_version(self, step: str, reference: str) -> Outcome:
        """Use the version that a reference means; see ``Store.use``."""
        return self._attempt(lambda store: store.use(step, store.find(reference)))

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step."""
        self._attempt(lambda store: store.close_step(step, ending))
        self._open.pop(step, None)

    def close(self) -> None:
        """Give back what is held open."""
        self._store.close()

    def _noted(self, action: Callable[[Store], Outcome]) -> Outcome:
        outcome = self._attempt(action)
        self._known.add((outcome.version.name, outcome.version.digest))
        return outcome

    def _attempt(self, action: Callable[[Store], T]) -> T:
        try:
            return action(self._store)
        except StoreUnavailableError as error:
            if self._make_spare is None:
                raise
            self._switch(str(error), self._make_spare())
            return action(self._store)

    def _switch(self, problem: str, spare: SpareStore) -> None:
        self.problem = problem
        self._make_spare = None
        self._known.clear()  # its versions are none of the spare one's
        self._leave()
        for step in self._open.values():
            spare.open_step(step, begun_online=True)
        self._store = spare

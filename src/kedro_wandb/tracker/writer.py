"""The store of one run, as the tracker writes to it: online or local, with patience told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.protocol.line import Message
from kedro_wandb.protocol.plan import RunPlan
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Outcome, Progress, Step, Store, Version
from kedro_wandb.stores.local.store import LocalStore

T = TypeVar("T")

MARGIN = 3.0
"""Seconds for our own work around a request to the server."""


class Target(Protocol):
    """What a recorder writes to; see ``Failover``."""

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

    def find(self, reference: str) -> Version:
        """Return the version that a reference means."""

    def move_alias(self, version: Version, alias: str) -> Version:
        """Let an alias stand for a version, and return the one that it is seen to stand for."""

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step."""


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

    def find(self, reference: str) -> Version:
        """Return the version that a reference means; see ``Store.find``."""
        return self._store.find(reference)

    def move_alias(self, version: Version, alias: str) -> Version:
        """Let an alias stand for a version, and return the one that it is seen to stand for.

        No reason to leave a store that refuses, as W&B does where an alias is protected.

        Raises:
            StoreUnavailableError: The store refuses, or the alias was moved in the spare one.
        """
        self._store.set_alias(version, alias)
        holder = self._store.find(f"{version.name}:{alias}")
        if self.problem is not None:
            msg = f"it was moved in the {self._store.label} alone: {self.problem}"
            raise StoreUnavailableError(msg)
        return holder

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


class Writer(Target, Protocol):
    """A target that tells how it went."""

    def problems(self) -> list[str]:
        """Return what is not where it was meant to go, and why."""

    def where(self) -> str:
        """Return where to look at the results, in words."""

    def close(self) -> None:
        """Give back what is held open."""


class LocalWriter(Failover):
    """Writes to the local store alone."""

    def __init__(self, plan: RunPlan) -> None:
        """Open the store of a run."""
        self._local = local_store(plan)
        super().__init__(self._local)
        self._folder = plan.store.folder

    def problems(self) -> list[str]:
        """Return why there is no offline run of W&B, if there is none."""
        return _offline_problems(self._local)

    def where(self) -> str:
        """Return where to look at the results, in words."""
        return local_advice(self._folder)


class OnlineWriter(Failover):
    """Writes to W&B; locally, once its server does not answer as it should."""

    def __init__(self, plan: RunPlan, say: Callable[[Message], None]) -> None:
        """Prepare both stores; nothing is asked yet."""
        from kedro_wandb.stores.wandb.store import CloudStore  # noqa: PLC0415 - imports the SDK

        store = plan.store
        self._timeouts = plan.config.timeouts
        self._cloud = CloudStore(store.project, store.entity, store.folder, self._timeouts)
        self._spare: LocalStore | None = None
        super().__init__(self._cloud, self._make_local, self._cloud.abandon)
        self._plan, self._say = plan, say

    def _make_local(self) -> LocalStore:
        self._spare = local_store(self._plan)
        return self._spare

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Log a draft; its upload may take its time."""
        self._allow(_seconds(draft, self._timeouts))
        return super().log(step, draft, progress)

    def use(
        self, step: str, draft: Draft, known: Version | None, progress: Progress | None = None
    ) -> Outcome:
        """Use a version; its upload may take its time, if it is not known."""
        self._allow(_seconds(draft, self._timeouts) if known is None else 0.0)
        return super().use(step, draft, known, progress)

    def move_alias(self, version: Version, alias: str) -> Version:
        """Let an alias stand for a version, and ask for it again."""
        self._allow(0.0)
        return super().move_alias(version, alias)

    def _attempt(self, action: Callable[[Store], T]) -> T:
        self._allow(0.0)
        return super()._attempt(action)

    def _allow(self, upload: float) -> None:
        """Tell Kedro's process how long the server may take; it waits no longer than that."""
        limits = self._timeouts
        seconds = limits.start + 2 * limits.call + limits.finish + MARGIN
        self._say({"op": "wait", "seconds": seconds + upload})

    def problems(self) -> list[str]:
        """Return why the local store took over, if it did."""
        told = [f"{self.problem} Kept locally; 'kedro wandb sync' uploads it."]
        return [*told, *_offline_problems(self._spare)] if self.problem else []

    def where(self) -> str:
        """Return where to look at the results, in words."""
        if self.problem:
            return local_advice(self._plan.store.folder)
        return self._cloud.group_url(self._plan.experiment)


def _seconds(draft: Draft, timeouts: Timeouts) -> float:
    size = sum(source.path.stat().st_size for source in draft.sources if source.path is not None)
    return size / (timeouts.upload_megabytes_per_second * 1e6)


def local_store(plan: RunPlan) -> LocalStore:
    """Return the local store of a run's project, with genuine offline W&B runs if configured."""
    store = plan.store
    if not plan.config.offline_runs:
        return LocalStore(store.folder)
    from kedro_wandb.stores.wandb.offline import OfflineRuns  # noqa: PLC0415 - imports the SDK

    return LocalStore(store.folder, OfflineRuns(store.folder, store.project, store.entity))


def _offline_problems(store: LocalStore | None) -> list[str]:
    if store is None or store.offline_problem is None:
        return []
    return [
        f"No offline W&B run was written ({store.offline_problem}); the local store has everything."
    ]


def local_advice(folder: Path) -> str:
    """Return what to type to look into a local store."""
    return f"kedro wandb artifacts (kept in {folder}; kedro wandb sync uploads it)"


def make_writer(plan: RunPlan, say: Callable[[Message], None]) -> Writer:
    """Return the writer that a plan asks for."""
    return OnlineWriter(plan, say) if plan.store.kind == "online" else LocalWriter(plan)

"""What a run is written to: a store, and where that one is lost, the local store."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from kedro_wandb.errors import AliasMovedError, ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.protocol.plan import RunPlan
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import (
    LATEST,
    Alert,
    Draft,
    Ending,
    Outcome,
    Progress,
    Step,
    Store,
    Version,
)
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.opening import cloud_store, offline_runs
from kedro_wandb.tracker.pulse import QUIET, Pulse

T = TypeVar("T")

MARGIN = 3.0
"""Seconds for our own work around a request to the server."""

SLOWEST_DISK = 20e6
"""Bytes per second that a disk takes at least, with what it does unseen, such as a flush."""


class Writer:
    """Writes a run to a store, and from that one's first failure on to a spare one.

    A step that was open when the store failed is opened in the spare one under the same
    id, so that a later sync goes on with the very run that the server knows.

    Args:
        store: Where to write.
        spare: Makes the store for the rest, once it is needed; without it a failure of the
            first one is an error.
        leave: Drops what is open in the first store, without waiting for anything.
        pulse: Told of what is done, and how long it may take.
        server: How long the first store may take; ``None`` if it is no server.
        address: Where people look at what is in the first store, if it is a server.

    Attributes:
        store: The store that is written to now.
        problem: Why the spare store took over; ``None`` if it did not.
    """

    def __init__(
        self,
        store: Store,
        spare: Callable[[], LocalStore] | None = None,
        leave: Callable[[], object] = lambda: None,
        pulse: Pulse | None = None,
        server: Timeouts | None = None,
        address: Callable[[], str] = lambda: "",
    ) -> None:
        self.store = store
        self.problem: str | None = None
        self._make_spare, self._leave = spare, leave
        self._pulse, self._server, self._address = pulse, server, address
        self._open: dict[str, Step] = {}
        self._known: set[tuple[str, str]] = set()
        self._moved: dict[tuple[str, str], str] = {}

    def open_step(self, step: Step) -> None:
        """Begin a step."""
        self._begin(step.job_type)
        self._attempt(lambda store: store.open_step(step))
        self._open[step.id] = step

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Log a draft; see ``Store.log``."""
        self._begin(draft.name, _size(draft))
        outcome = self._noted(lambda store: store.log(step, draft, progress))
        self._has_moved(outcome, draft)
        return outcome

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

        self._begin(draft.name, _size(draft))
        outcome = self._noted(use)
        if outcome.status == "new":
            self._has_moved(outcome, draft)
        return outcome

    def use_version(self, step: str, reference: str) -> Outcome:
        """Use the version that a reference means; see ``Store.use``."""
        self._begin(reference)
        return self._attempt(lambda store: store.use(step, store.find(reference)))

    def find(self, reference: str) -> Version:
        """Return the version that a reference means; see ``Store.find``."""
        self._begin(reference)
        return self.store.find(reference)

    def move_alias(self, version: Version, alias: str, instead_of: str | None = None) -> Version:
        """Let an alias stand for a version, and return the one that it is seen to stand for.

        No reason to leave a store that refuses, as W&B does where an alias is protected.

        Args:
            version: That is to have it.
            alias: Its name.
            instead_of: Digest of the version that must have it until then, empty for none;
                ``None`` if that does not matter.

        Raises:
            AliasMovedError: Another version has it by now.
            StoreUnavailableError: The store refuses, or the alias was moved in the spare one.
        """
        reference = f"{version.name}:{alias}"
        self._begin(reference)
        # The spare store need not know where the server has it.
        if instead_of is not None and self.problem is None:
            self._require_holder(reference, (instead_of, version.digest))
        self.store.set_alias(version, alias)
        self._begin(reference)
        holder = self.store.find(reference)
        if self.problem is not None:
            msg = f"it was moved in the {self.store.label} alone: {self.problem}"
            raise StoreUnavailableError(msg)
        self._moved[holder.name, alias] = holder.digest
        return holder

    def _require_holder(self, reference: str, allowed: tuple[str, str]) -> None:
        try:
            holder = self.store.find(reference)
        except ArtifactNotFoundError:
            holder = None
        if (holder.digest if holder else "") not in allowed:
            stands = f"stands for {holder.label}" if holder else "stands for no version"
            msg = f"it {stands} by now, and was moved by somebody else since that was decided"
            raise AliasMovedError(msg)

    def add_runs(
        self, what: str, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add steps that are over already; see ``Store.add_runs``.

        Args:
            what: They are, for people.
            runs: The steps.
            progress: Told of each, as a sign of life.
        """
        self._begin(what)
        return self._attempt(lambda store: store.add_runs(runs, progress))

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:
        """Send alerts; see ``Store.alert``. No reason to leave a store that does not take them."""
        self._begin("alerts")
        return self.store.alert(step, alerts)

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step."""
        self._begin(self._open[step].job_type if step in self._open else step)
        self._attempt(lambda store: store.close_step(step, ending))
        self._open.pop(step, None)
        self._note_moves()

    def problems(self) -> list[str]:
        """Return what is not where it was meant to go, and why."""
        told = [f"{self.problem} Kept locally; 'kedro wandb sync' uploads it."]
        offline = self.store.offline_problem if isinstance(self.store, LocalStore) else None
        missing = f"No offline W&B run was written ({offline}); the local store has everything."
        return (told if self.problem else []) + ([missing] if offline else [])

    def where(self) -> str:
        """Return where to look at the results, in words or as an address."""
        if self._server is None and isinstance(self.store, LocalStore):
            folder = self.store.folder
            return f"kedro wandb artifacts\nKept in {folder}.\nTo upload it: kedro wandb sync"
        return self._address()

    def close(self) -> None:
        """Give back what is held open."""
        self._note_moves()
        self.store.close()

    def _noted(self, action: Callable[[Store], Outcome]) -> Outcome:
        outcome = self._attempt(action)
        self._known.add((outcome.version.name, outcome.version.digest))
        return outcome

    def _has_moved(self, outcome: Outcome, draft: Draft) -> None:
        for alias in (LATEST, *draft.aliases):
            self._moved[draft.name, alias] = outcome.version.digest

    def _note_moves(self, spare: LocalStore | None = None) -> None:
        """Let the local store know where the server's aliases are by our own doing.

        Else the sync of a later run without the server would take it for somebody else's.
        """
        moved, self._moved = self._moved, {}
        if not moved or self._make_spare is None:
            return  # the local store's own aliases are no server's
        store = spare or self._make_spare()
        with contextlib.suppress(StoreUnavailableError):  # then a sync asks once more
            store.outbox.note_holders(moved)
        if spare is None:
            store.close()

    def _attempt(self, action: Callable[[Store], T]) -> T:
        try:
            return action(self.store)
        except StoreUnavailableError as error:
            if self._make_spare is None:
                raise
            self._switch(str(error), self._make_spare())
            return action(self.store)

    def _switch(self, problem: str, spare: LocalStore) -> None:
        self.problem = problem
        self._note_moves(spare)
        self._make_spare = self._server = None
        self._known.clear()  # its versions are none of the spare one's
        self._leave()
        for step in self._open.values():
            spare.open_step(step, begun_online=True)
        self.store = spare

    def _begin(self, what: str, size: int = 0) -> None:
        """Say what is done next, and how long it may be silent, the spare store's part included."""
        if self._pulse is not None:
            seconds = QUIET + size / SLOWEST_DISK
            if (limits := self._server) is not None:
                upload = size / (limits.upload_megabytes_per_second * 1e6)
                seconds += limits.start + 2 * limits.call + limits.finish + MARGIN + upload
            self._pulse.begin(what, size, seconds)


def _size(draft: Draft) -> int:
    sizes = (source.path.stat().st_size for source in draft.sources if source.path is not None)
    return sum(sizes)


def make_writer(plan: RunPlan, pulse: Pulse) -> Writer:
    """Return what a plan's run is written to; no server is asked yet."""
    store = plan.store
    if store.kind == "local":
        return Writer(local_store(plan), pulse=pulse)
    timeouts = plan.config.timeouts
    cloud = cloud_store(store.project, store.entity, store.folder, timeouts)
    return Writer(
        cloud,
        lambda: local_store(plan),
        cloud.abandon,
        pulse,
        timeouts,
        lambda: cloud.group_url(plan.experiment),
    )


def local_store(plan: RunPlan) -> LocalStore:
    """Return the local store of a run's project, with offline W&B runs if they are wanted."""
    store = plan.store
    if not plan.config.offline_runs:
        return LocalStore(store.folder)
    return LocalStore(store.folder, offline_runs(store.folder, store.project, store.entity))

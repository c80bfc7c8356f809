"""Aliases, set once at the end of a sync, and only where nobody else has moved them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kedro_wandb.errors import ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.stores.base import LATEST, Event, Version
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.asking import Remote
from kedro_wandb.sync.remote import Remotes
from kedro_wandb.sync.report import AliasReport

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.store import CloudStore

Key = tuple[str, str]
"""Name of an artifact, and alias."""


@dataclass
class _Move:
    """What the events said of an alias.

    Attributes:
        version: Where it was put last; for one that was removed, where it was.
        at: When.
        by_hand: Whether it was decided for itself.
        events: All that said something of it.
    """

    version: Version
    at: float
    by_hand: bool
    events: list[int] = field(default_factory=list)


class Aliases:
    """Collects what a sync's events say of aliases, and puts them right at its end.

    An alias is moved only if the server has it where it was last seen from here, or at
    content that is told by this sync. Where it was never seen, one that came with a log goes
    to the later of both versions; what was decided by hand has to be decided again.

    Args:
        local: Where the aliases are now, and were last seen.
        cloud: Where they go.
        remotes: The server's versions, before anything is sent.
        events: Of this sync.
    """

    def __init__(
        self, local: LocalStore, cloud: CloudStore, remotes: Remotes, events: Sequence[Event]
    ) -> None:
        self._local, self._cloud, self._remotes = local, cloud, remotes
        self._before = remotes.holders()
        self._ours = {
            (event.version.name, event.version.digest) for event in events if event.version
        }
        self._moves: dict[Key, _Move] = {}
        self._noted: set[int] = set()
        self._sent = False

    def note(self, event: Event, *, made: bool = False) -> None:
        """Take note of an event; ``made`` says that the server has got its version by it."""
        version = event.version
        if version is None:
            return
        self._sent = self._sent or made
        # To use what is there moves nothing.
        if event.kind == "version_used" and not made:
            return
        by_hand = event.step is None
        self._noted.add(event.number)
        for alias in event.aliases if by_hand else (LATEST, *event.aliases):
            earlier = self._moves.get((version.name, alias))
            numbers = [] if earlier is None else earlier.events
            numbers.append(event.number)
            self._moves[version.name, alias] = _Move(version, event.at, by_hand, numbers)

    def awaits(self, event: Event) -> bool:
        """Return whether an event is not done before its aliases are."""
        return event.number in self._noted

    def settle(self) -> Iterator[AliasReport]:
        """Put all aliases right, and tell what became of those that are not ``latest``.

        Raises:
            StoreUnavailableError: W&B does not answer any more.
        """
        if self._sent:
            self._remotes.refresh()
        now = self._remotes.holders()
        open_events: set[int] = set()
        moved: dict[Key, AliasReport] = {}
        reports: dict[Key, AliasReport] = {}
        for key, move in sorted(self._moves.items()):
            report, is_moved = self._settled(key, move, now.get(key))
            (moved if is_moved else reports)[key] = report
        if moved:
            self._remotes.refresh()
            reports |= self._seen(moved)
        for key, report in reports.items():
            if report.result in {"failed", "waiting"}:
                open_events.update(self._moves[key].events)
        self._local.outbox.mark_events_synced(sorted(self._noted - open_events))
        for (_, alias), report in sorted(reports.items()):
            if alias != LATEST or report.result in {"failed", "conflict"}:
                yield report

    def _settled(self, key: Key, move: _Move, now: Remote | None) -> tuple[AliasReport, bool]:
        """Move an alias if it may be; return what to tell, and whether that has to be seen."""
        said = ":".join(key)
        here = self._here(key)
        wanted = self._wanted(here, move)
        if here is not None and wanted is None:
            reason = "W&B does not have that version yet"
            return AliasReport(said, here.reference, "waiting", reason), False
        goal = wanted.version.digest if wanted is not None else None
        place = (here or move.version).reference if wanted is None else _local(here, move, goal)
        before = self._before.get(key)
        if before is not None and not self._may_move(key, move, before, goal):
            try:
                if now is None or now.version.digest != before.version.digest:
                    self._cloud.uploads.move_alias(before, key[1])  # our own log has taken it along
            except StoreUnavailableError as error:
                return self._failed(said, place, error), False
            self._local.outbox.note_holder(*key, before.version.digest)
            ours = "was removed"
            if here is not None:
                ours = f"stands for {here.reference} ({here.digest[:8]})"
            reason = (
                f"W&B's {said} was put to {before.version.reference}"
                f" ({before.version.digest[:8]}) by somebody else and stays there; here it"
                f" {ours}. Set it again to move it."
            )
            return AliasReport(said, place, "conflict", reason), False
        found = None if now is None else now.version.digest
        try:
            if found == goal:
                self._local.outbox.note_holder(*key, goal)
                return AliasReport(said, place, "already there"), False
            if wanted is not None:
                self._cloud.uploads.move_alias(wanted, key[1])
            elif now is not None:
                self._cloud.uploads.move_alias(now, key[1], away=True)
        except StoreUnavailableError as error:
            return self._failed(said, place, error), False
        return AliasReport(said, place, "uploaded"), True

    def _failed(self, said: str, place: str, error: StoreUnavailableError) -> AliasReport:
        """Get ready for what follows a failure.

        Raises:
            StoreUnavailableError: The server does not answer at all.
        """
        self._cloud.abandon()
        self._cloud.check()
        return AliasReport(said, place, "failed", str(error))

    def _seen(self, moved: dict[Key, AliasReport]) -> dict[Key, AliasReport]:
        """Return what to tell of aliases that were moved: the server has to have them."""
        now = self._remotes.holders()
        reports = {}
        for key, report in moved.items():
            wanted = self._wanted(self._here(key), self._moves[key])
            goal = None if wanted is None else wanted.version.digest
            found = now[key].version.digest if key in now else None
            if found == goal:
                self._local.outbox.note_holder(*key, goal)
                reports[key] = report
            else:
                reason = "W&B took it without an error, but lacks it"
                reports[key] = AliasReport(report.alias, report.version, "failed", reason)
        return reports

    def _here(self, key: Key) -> Version | None:
        try:
            return self._local.find(":".join(key))
        except ArtifactNotFoundError:
            return None

    def _wanted(self, here: Version | None, move: _Move) -> Remote | None:
        """Return where an alias belongs: where it is here, or as far as W&B can know."""
        if here is None:
            return None
        return self._remotes.find(here) or self._remotes.find(move.version)

    def _may_move(self, key: Key, move: _Move, before: Remote, goal: str | None) -> bool:
        digest = before.version.digest
        seen = self._local.outbox.seen_holder(*key)
        if digest in {goal, seen} or (key[0], digest) in self._ours:
            return True
        return seen is None and not move.by_hand and before.created < move.at


def _local(here: Version | None, move: _Move, goal: str | None) -> str:
    """Return how the local store calls the version that an alias goes to."""
    is_here = here is not None and here.digest == goal
    return here.reference if here is not None and is_here else move.version.reference

"""What is in production, what was, and how a person changes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

import kedro_wandb
from kedro_wandb.errors import ArtifactNotFoundError
from rental_pricing.errors import cut
from rental_pricing.model.package import PACKAGE
from rental_pricing.promotion import ALIAS, DECISION, PRODUCTION
from rental_pricing.release.decision import CANDIDATE, FOR_A_PERSON
from rental_pricing.release.manual_releases import Move, Stored, before, withdrawal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedro.io import DataCatalog

    from kedro_wandb.stores.base import Version

LOG, EARLIER = "manual_releases", "earlier_manual_releases"


class ReleaseError(click.ClickException):
    """Nothing was released; told in a few lines, with exit code 1."""


class NothingToReleaseError(ReleaseError):
    """No decision waits, or there is no such version."""

    exit_code = 3


class StoreUnreachableError(ReleaseError):
    """The server can't be asked."""

    exit_code = 4


class Production:
    """The versions of the model in the project's store, of which one is in production."""

    def __init__(self, catalog: DataCatalog) -> None:
        """Look at the catalog of a session whose context is loaded.

        Raises:
            ReleaseError: Without tracking there is nothing that could be moved.
        """
        self._catalog = catalog
        tracking = catalog.load("tracking")
        if tracking.kind == "disabled":
            msg = f"Nothing can be released or rolled back: {tracking.reason}."
            raise ReleaseError(msg)
        self._entries: list[dict[str, Any]] = catalog.load(EARLIER) or []
        holder = catalog.load("production_version")
        self.now = self._stored(holder.version) if holder else None

    def waiting(self, reason: str | None) -> Move:
        """Return the release that the newest decision leaves to a person.

        Raises:
            ReleaseError: There is none, or it is about something else than is there now.
        """
        if not self._catalog.exists(DECISION):
            msg = "Nothing was decided yet. Run first: kedro run"
            raise NothingToReleaseError(msg)
        decision = self._catalog.load(DECISION)
        model, outcome = decision["candidate"]["model"], decision["outcome"]
        if outcome not in FOR_A_PERSON:
            msg = (
                f"No decision waits for a person: model {model} is "
                f"{outcome.replace('_', ' ')}. {decision['reason']}\n"
                "By hand: kedro release --version vN --reason TEXT"
            )
            raise NothingToReleaseError(msg)
        self._require_current(decision)
        candidate = self._candidate(model)
        withdrawn = withdrawal(model, candidate.learning, self._entries)
        if withdrawn:
            msg = (
                f"Model {model} has been {withdrawn.replace('_', ' ')} since it was decided "
                "about. By hand: kedro release --version vN --reason TEXT"
            )
            raise ReleaseError(msg)
        return Move("released", candidate, self.now, reason or decision["reason"])

    def declined(self, reason: str) -> Move:
        """Return that a person will not have the release that the newest decision leaves to one.

        Raises:
            ReleaseError: As of :meth:`waiting`.
        """
        return replace(self.waiting(reason), action="declined")

    def by_hand(self, version: str, reason: str) -> Move:
        """Return the release of a version that a person names.

        Raises:
            ReleaseError: There is no such version.
        """
        return Move("released", self._stored(version), self.now, reason)

    def back(self, reason: str) -> Move:
        """Return the rollback to what was in production before.

        Raises:
            ReleaseError: Nothing is in production, or nothing was before, or that was rolled
                or declined itself.
        """
        if self.now is None:
            msg = "Nothing is in production that could be rolled back."
            raise NothingToReleaseError(msg)
        found = before(self.now.model, self._entries, self._decisions())
        if found is None:
            msg = (
                f"Nothing is known to have been in production before {self.now}. "
                "By hand: kedro release --version vN --reason TEXT"
            )
            raise NothingToReleaseError(msg)
        target = self._stored(found.digest)
        if withdrawal(target.model, target.learning, self._entries):
            msg = (
                f"{target}, which was in production before {self.now}, was taken back itself. "
                "By hand: kedro release --version vN --reason TEXT"
            )
            raise ReleaseError(msg)
        return Move("rolled_back", target, self.now, reason)

    def make(self, move: Move) -> None:
        """Make a move, keep why, and see that both were done.

        The reason is kept first: were it lost, the next run would undo a rollback.

        Raises:
            ReleaseError: The store was not seen to have them.
        """
        at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        told = {"action": move.action, "version": move.to.version, "reason": move.reason}
        entries = [*self._entries, move.entry(at)]
        with kedro_wandb.step("release", parameters=told):
            self._catalog.save(LOG, entries)
            if move.action != "declined":
                self._catalog.save(ALIAS, move.alias)
        if move.action != "declined":
            _require_moved(move)
        self._require_kept(entries)

    def _require_kept(self, entries: list[dict[str, Any]]) -> None:
        if self._catalog.load(EARLIER) != entries:
            msg = (
                f"What was done could not be kept as {LOG} in the store, which the next decision "
                "reads. Repeat the command when that is mended."
            )
            raise ReleaseError(msg)

    def _require_current(self, decision: Mapping[str, Any]) -> None:
        champion = decision["champion"]
        if (champion or {}).get("digest") != (self.now.digest if self.now else None):
            msg = (
                "What is in production has changed since the decision. "
                "Decide again: kedro run --pipelines release"
            )
            raise ReleaseError(msg)

    def _candidate(self, model: str) -> Stored:
        """Return the version of the model that was decided about; it may not be stored yet."""
        found = self._version_of(model)
        if found is None:
            with kedro_wandb.step("release"):
                self._catalog.load(CANDIDATE)
            found = self._version_of(model)
        if found is None:
            msg = (
                f"Model {model}, which was decided about, is neither in the store nor in the "
                f"dataset {CANDIDATE}. Decide again: kedro run"
            )
            raise ReleaseError(msg)
        return found

    def _version_of(self, model: str) -> Stored | None:
        try:
            versions = kedro_wandb.versions(CANDIDATE)
        except ArtifactNotFoundError:
            return None
        stored = (_stored(each) for each in versions)
        return next((each for each in stored if each.model == model), None)

    def _stored(self, version: str) -> Stored:
        """Return a version by its number, alias or digest."""
        try:
            versions = kedro_wandb.versions(CANDIDATE)
        except ArtifactNotFoundError as error:
            raise NothingToReleaseError(str(error)) from error
        for each in versions:
            if version in (each.label, each.digest, *each.aliases):
                return _stored(each)
        known = ", ".join(each.label for each in versions[:10])
        msg = f"There is no {CANDIDATE}:{cut(version)}. The newest are: {known}."
        raise NothingToReleaseError(msg)

    def _decisions(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        try:
            versions = kedro_wandb.versions(DECISION)
        except ArtifactNotFoundError:
            return
        for each in versions:
            (file,) = kedro_wandb.fetch(f"{DECISION}:{each.digest}").glob("*.json")
            yield each.created, json.loads(file.read_text(encoding="utf-8"))


def _require_moved(move: Move) -> None:
    made = kedro_wandb.alias_move(PRODUCTION)
    if not made.made or made.digest != move.to.digest:
        msg = (
            f"{PRODUCTION} could not be moved to {move.to}: {made.reason.rstrip('.')}. "
            "Repeat the command when that is mended."
        )
        raise ReleaseError(msg)


def _stored(version: Version) -> Stored:
    """Return which model a version is; of any format, since it need not be loaded."""
    file = kedro_wandb.fetch(f"{CANDIDATE}:{version.digest}") / PACKAGE
    said = json.loads(file.read_text(encoding="utf-8"))
    return Stored(str(said.get("identity")), version.label, version.digest, said.get("learning"))

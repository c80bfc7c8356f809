"""The weekly job: three sessions after one another, each sees what the one before released."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kedro.io.core import DatasetError
from kedro.runner import SequentialRunner

from rental_pricing.errors import (
    EstimatorParameterError,
    MissingExtraError,
    UnknownParameterError,
    UserInputError,
    ValidationFailedError,
    WrongParameterError,
)
from rental_pricing.messages.telling import own_error
from rental_pricing.model.versions import require_trainer
from rental_pricing.release.decision import FOR_A_PERSON
from rental_pricing.release.manual_releases import WITHDRAWN, answer
from rental_pricing.run_lock import RunLockError
from rental_pricing.weekly.fingerprint import Fingerprint
from rental_pricing.weekly.progress import Ended, Progress

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import CatalogProtocol

    from rental_pricing.asked import Asked

    Catalog = CatalogProtocol[Any, Any]

logger = logging.getLogger(__name__)

_BY_HAND = "earlier_manual_releases"

COMMAND = "kedro weekly"
WATCH = ("data_processing", "data_validation", "monitoring")
RENEW = ("modeling", "release")
PRICE = ("inference",)

NOT_FOR_A_PERSON = (
    EstimatorParameterError,
    MissingExtraError,
    RunLockError,
    UnknownParameterError,
    WrongParameterError,
)
"""What is wrong with the command, not with the week."""


class PersonNeededError(UserInputError):
    """The week stopped where a person has to look.

    Attributes:
        judged: Whether the validation's report is about this week's listings.
    """

    def __init__(self, told: str, *, judged: bool = False) -> None:
        """Say for what."""
        super().__init__(told)
        self.judged = judged


@dataclass(frozen=True)
class Plan:
    """What a week needs.

    Attributes:
        fingerprint: What it is made of.
        changes: What is not as in the week that was completed last, in words.
        production: Digest of the model in production; ``None`` without one.
        progress: How far it has come already.
        completed: Date of the week that was completed last; ``None`` if none was.
        market: The market's name.
        currency: Of its prices.
    """

    fingerprint: Fingerprint
    changes: tuple[str, ...]
    production: str | None
    progress: Progress
    completed: str | None
    market: str
    currency: str

    @property
    def experiment(self) -> str:
        """The name of the week's experiment; a week that was cut goes on in its own."""
        return f"weekly-{self.fingerprint.as_of}-{self.fingerprint.identity[:8]}"

    @property
    def unwatched(self) -> str | None:
        """Why what was in production when the week began can't be monitored."""
        return self.progress.unwatched

    @property
    def done(self) -> list[str]:
        """The pipelines that need not be run again."""
        return [each.pipeline for each in self.progress.ended]

    @property
    def sessions(self) -> tuple[tuple[str, ...], ...]:
        """The pipelines of each session."""
        watch = WATCH if self.unwatched is None else WATCH[:-1]
        return watch, RENEW, PRICE

    def left(self, session: tuple[str, ...]) -> tuple[str, ...]:
        """Return the pipelines of a session that are still to be run."""
        return tuple(name for name in session if name not in self.done)


def plan_week(context: KedroContext, catalog: Catalog) -> Plan:
    """Look at what there is, and at what was completed last.

    Args:
        context: Of a session of the week's market.
        catalog: The context's; Kedro makes another one whenever it is asked.

    Raises:
        UserInputError: The drops can't be read, or the library that is to train a model is not
            installed.
    """
    fingerprint = Fingerprint.take(context, catalog)
    record = _Record(catalog).load()
    completed, begun = record["completed"], record["begun"]
    earlier = Fingerprint.from_dict(completed["fingerprint"]) if completed else None
    begun = Progress.from_dict(begun) if begun else None
    production = _production(catalog)
    changes = fingerprint.changes_since(earlier)
    if completed and begun and not changes:
        if begun.fingerprint != fingerprint:
            changes.append("another week was begun since, and not completed")
        elif completed["production"] != production:
            changes.append("another model is in production")
        elif not catalog.exists("price_estimates"):
            changes.append("the prices are not there")
    progress = begun
    if changes or progress is None:  # else there is nothing to do: no file is looked at
        progress = _progress(catalog, begun, fingerprint, production)
    parameters = context.config_loader["parameters"]
    if changes and "modeling" not in [each.pipeline for each in progress.ended]:
        require_trainer(parameters["modeling"]["estimator"])
    market = parameters["market"]
    return Plan(
        fingerprint,
        tuple(changes),
        production,
        progress,
        completed=earlier.as_of if earlier else None,
        market=market["name"],
        currency=market["currency"],
    )


def _progress(
    catalog: Catalog, begun: Progress | None, fingerprint: Fingerprint, production: str | None
) -> Progress:
    """Return how far the week has come: what it has left may have changed since."""
    progress = None
    if begun and begun.fingerprint == fingerprint:
        is_answered = _answer(catalog, production) is not None
        progress = begun.intact(catalog, production, is_answered=is_answered)
    if progress is None or not progress.ended:
        looked = progress is not None and progress.looked
        progress = Progress(fingerprint, _unwatched(catalog, production), looked)
    return progress


def _production(catalog: Catalog) -> str | None:
    """Return the digest of the version that is in production."""
    holder = catalog.load("production_version")
    return None if holder is None else str(holder.digest)


def _answer(catalog: Catalog, production: str | None) -> Mapping[str, Any] | None:
    """Return what a person has made of the newest decision, if it was left to one."""
    if not catalog.exists("release_decision"):
        return None
    decision, entries = (catalog.load(name) for name in ("release_decision", _BY_HAND))
    return answer(decision, entries, production)


def _unwatched(catalog: Catalog, production: str | None) -> str | None:
    if production is None:
        return "nothing is in production yet"
    try:
        catalog.load("production_model")
    except DatasetError as error:
        return str(error.__cause__ or error)
    return None


def run_week(
    asked: Asked,
    catalog: Catalog,
    plan: Plan,
    done: list[str],
    *,
    looked: bool = False,
) -> Mapping[str, Any] | None:
    """Run the sessions of a week; whatever stops one stops the week.

    Args:
        asked: Where the week is worked.
        catalog: Of the session that planned it: it reads what the others wrote.
        plan: As from :func:`plan_week`.
        done: Gets the pipelines of each session that has ended well, now or before.
        looked: Whether a person has looked at the delivery already.

    Returns:
        What a person has made of the decision on the release: an entry of ``manual_releases``;
        ``None`` if it was left to nobody.

    Raises:
        PersonNeededError: Data, model or release need a person.
        UserInputError: Something is wrong with what was asked for.
    """
    record = _Record(catalog)
    progress = replace(plan.progress, looked=plan.progress.looked or looked)
    record.begin(progress)
    # What was not tracked is not in the store, and has to be run again where it is to be.
    tracked = catalog.load("tracking").kind != "disabled"
    answered = None
    for session in plan.sessions:
        pipelines = plan.left(session)
        if pipelines != session:
            done_before = " → ".join(name for name in session if name in plan.done)
            logger.info("%s: %s is done", COMMAND, done_before)
        if pipelines:
            logger.info("%s: %s", COMMAND, " → ".join(pipelines))
            _run_session(asked, plan, pipelines)
            if tracked:
                production = _production(catalog)
                ended = [Ended.now(catalog, name, production) for name in pipelines]
                progress = progress.with_session(ended)
                record.begin(progress)
        done.extend(session)
        if "monitoring" in session and not progress.looked:
            _require_quiet(catalog.load("retraining_decision"))
        if session == RENEW:
            answered = _answer(catalog, _production(catalog))
            _require_decided(catalog.load("release_decision"), answered)
    return answered


def complete_week(catalog: Catalog, plan: Plan) -> None:
    """Keep that a week is complete, and with which model.

    Args:
        catalog: Of the session that planned it.
        plan: As from :func:`plan_week`.
    """
    _Record(catalog).complete(plan, _production(catalog))


class _Record:
    """The dataset ``weekly_record``: the week that was completed last, and the one begun last.

    What another version of this software has written in another format is no week to it.
    """

    FORMAT = 2

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def load(self) -> dict[str, Any]:
        if self._catalog.exists("weekly_record"):
            record: dict[str, Any] = self._catalog.load("weekly_record")
            if record.get("format") == self.FORMAT:
                return record
        return {"format": self.FORMAT, "completed": None, "begun": None}

    def begin(self, progress: Progress) -> None:
        self._save(begun=progress.to_dict())

    def complete(self, plan: Plan, production: str | None) -> None:
        completed = {
            "fingerprint": plan.fingerprint.to_dict(),
            "experiment": plan.experiment,
            "production": production,
        }
        self._save(completed=completed)

    def _save(self, **parts: Any) -> None:
        self._catalog.save("weekly_record", self.load() | parts)


def _run_session(asked: Asked, plan: Plan, pipelines: tuple[str, ...]) -> None:
    try:
        with asked.session(experiment=plan.experiment) as session:
            session.run(pipeline_names=list(pipelines), runner=SequentialRunner())
    except Exception as error:
        own = own_error(error)
        if own is None or isinstance(own, NOT_FOR_A_PERSON):
            raise
        judged = isinstance(own, ValidationFailedError)
        told = str(own).replace(f"{asked.project}/", "")
        raise PersonNeededError(told, judged=judged) from error


def _require_quiet(decision: Mapping[str, Any]) -> None:
    """Stop where a person should look at the delivery before a model learns from it."""
    if decision["look"]:
        told = "\n".join(f"  - {reason['told']}" for reason in decision["reasons"])
        msg = (
            f"The delivery of {decision['delivery']} should be looked at before a model learns "
            f"from it:\n{told}\nIf it is sound, go on: {COMMAND} --looked. If not, leave it "
            f"out: {COMMAND} --params data_processing.exclude_drops={decision['delivery']}"
        )
        raise PersonNeededError(msg)


def _require_decided(decision: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
    """Stop where a person decides what is released, or nothing is there to price with.

    What was decided about may wait for tracking alone: a week without a promotion that is due
    is not complete.
    """
    outcome, reason = decision["outcome"], decision["reason"]
    if outcome in FOR_A_PERSON and answered is None:
        msg = f"{reason}\n{_NEXT[outcome]}"
        raise PersonNeededError(msg)
    is_refused = outcome == "kept" or (answered is not None and answered["action"] in WITHDRAWN)
    if is_refused and decision["champion"] is None:
        told = reason if answered is None else f"A person has declined it: {answered['reason']}"
        msg = f"{told}\nNo model is in production, so that nothing can be priced."
        raise PersonNeededError(msg)


_THEN = (
    f"or decline it: kedro release --decline --reason TEXT, and then complete the week: {COMMAND}"
)
_NEXT = {
    "needs_person": f"Release the candidate, if it is the better one: kedro release, {_THEN}",
    "waits_for_person": f"Release it: kedro release, {_THEN}",
    "not_promoted": f"Run it with tracking: {COMMAND}",
}

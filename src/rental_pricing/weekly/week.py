"""The weekly job: three sessions after one another, each sees what the one before released."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.session import KedroSession
from kedro.io.core import DatasetError
from kedro.runner import SequentialRunner

from rental_pricing.errors import (
    UnknownParameterError,
    UserInputError,
    WrongParameterError,
)
from rental_pricing.messages.telling import own_error
from rental_pricing.run_lock import RunLockError
from rental_pricing.weekly.fingerprint import Fingerprint

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext

logger = logging.getLogger(__name__)

COMMAND = "kedro weekly"
WATCH = ("data_processing", "data_validation", "monitoring")
RENEW = ("modeling", "release")
PRICE = ("inference",)

FOR_A_PERSON = ("needs_person", "waits_for_person")
"""Outcomes of a release that a person has to decide."""

NOT_FOR_A_PERSON = (UnknownParameterError, WrongParameterError, RunLockError)
"""What is wrong with the command, not with the week."""


class PersonNeededError(UserInputError):
    """The week stopped where a person has to look."""


@dataclass(frozen=True)
class Week:
    """What was asked for.

    Attributes:
        project: Folder of the project.
        env: Kedro's configuration environment; ``None`` is the project's default.
        conf_source: Folder or archive of the configuration; ``None`` is the project's.
        params: As of ``kedro run --params``.
        looked: Whether a person has looked at the delivery already.
    """

    project: Path
    env: str | None = None
    conf_source: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    looked: bool = False

    @contextmanager
    def session(self, **params: Any) -> Iterator[Any]:
        """Give a session of this project, with further parameters."""
        with KedroSession.create(
            self.project,
            env=self.env,
            conf_source=self.conf_source,
            runtime_params={**self.params, **params},
        ) as session:
            yield session


@dataclass(frozen=True)
class Plan:
    """What a week needs.

    Attributes:
        fingerprint: What it is made of.
        changes: What is not as in the week that was completed last, in words.
        production: Digest of the model in production; ``None`` without one.
        unwatched: Why what is in production can't be monitored; ``None`` where it can.
    """

    fingerprint: Fingerprint
    changes: tuple[str, ...]
    production: str | None
    unwatched: str | None

    @property
    def experiment(self) -> str:
        """The name of the week's experiment; a week that was cut goes on in its own."""
        return f"weekly-{self.fingerprint.as_of}-{self.fingerprint.identity[:8]}"

    @property
    def sessions(self) -> tuple[tuple[str, ...], ...]:
        """The pipelines of each session."""
        watch = WATCH if self.unwatched is None else WATCH[:-1]
        return watch, RENEW, PRICE


def plan_week(context: KedroContext) -> Plan:
    """Look at what there is, and at what was completed last.

    Raises:
        UserInputError: The drops can't be read.
    """
    catalog = context.catalog
    fingerprint = Fingerprint.take(context)
    record = catalog.load("weekly_record") if catalog.exists("weekly_record") else None
    earlier = Fingerprint.from_dict(record["fingerprint"]) if record else None
    production = _production(context)
    changes = fingerprint.changes_since(earlier)
    if record and not changes:
        if record["production"] != production:
            changes.append("another model is in production")
        elif not catalog.exists("price_estimates"):
            changes.append("the prices are not there")
    return Plan(fingerprint, tuple(changes), production, _unwatched(context, production))


def _production(context: KedroContext) -> str | None:
    """Return the digest of the version that is in production."""
    holder = context.catalog.load("production_version")
    return None if holder is None else str(holder.digest)


def _unwatched(context: KedroContext, production: str | None) -> str | None:
    if production is None:
        return "nothing is in production yet"
    try:
        context.catalog.load("production_model")
    except DatasetError as error:
        return str(error.__cause__ or error)
    return None


def run_week(week: Week, context: KedroContext, plan: Plan, done: list[tuple[str, ...]]) -> None:
    """Run the sessions of a week; whatever stops one stops the week.

    Args:
        week: What was asked for.
        context: Of the session that planned it: its catalog reads what the others wrote.
        plan: As from :func:`plan_week`.
        done: Gets the pipelines of each session that has ended well.

    Raises:
        PersonNeededError: Data, model or release need a person.
        UserInputError: Something is wrong with what was asked for.
    """
    for pipelines in plan.sessions:
        logger.info("%s: %s", COMMAND, " → ".join(pipelines))
        try:
            with week.session(experiment=plan.experiment) as session:
                session.run(pipeline_names=list(pipelines), runner=SequentialRunner())
        except Exception as error:
            own = own_error(error)
            if own is None or isinstance(own, NOT_FOR_A_PERSON):
                raise
            raise PersonNeededError(str(own)) from error
        done.append(pipelines)
        if "monitoring" in pipelines and not week.looked:
            _require_quiet(context.catalog.load("retraining_decision"))
        if pipelines == RENEW:
            _require_decided(context.catalog.load("release_decision"))


def _require_quiet(decision: Mapping[str, Any]) -> None:
    """Stop where a person should look at the delivery before a model learns from it."""
    if decision["look"]:
        told = "\n".join(f"  {reason['told']}" for reason in decision["reasons"])
        msg = (
            f"The delivery of {decision['delivery']} should be looked at before a model learns "
            f"from it:\n{told}\nIf it is sound, go on: {COMMAND} --looked. If not, leave it "
            f"out: --params data_processing.exclude_drops={decision['delivery']}"
        )
        raise PersonNeededError(msg)


def _require_decided(decision: Mapping[str, Any]) -> None:
    """Stop where a person decides what is released."""
    if decision["outcome"] in FOR_A_PERSON:
        raise PersonNeededError(decision["reason"])


def record(context: KedroContext, plan: Plan) -> dict[str, Any]:
    """Return what is kept of a week that was completed.

    Args:
        context: Of the session that planned it.
        plan: As from :func:`plan_week`.
    """
    return {
        "fingerprint": plan.fingerprint.to_dict(),
        "experiment": plan.experiment,
        "production": _production(context),
    }

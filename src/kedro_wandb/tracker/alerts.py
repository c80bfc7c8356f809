"""Alerts that a run writes into a file, sent to people by W&B."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores.base import Alert, AlertLevel, Draft, Outcome

MOST_ALERTS = 10
"""That one Kedro run sends."""

LARGEST_FILE = 1_000_000
"""Bytes of the largest file that is read for alerts."""

_LONGEST_TITLE, _LONGEST_TEXT = 63, 4000
"""Characters; W&B wants titles of less than 64."""

_GRAVITY: Sequence[AlertLevel] = ("ERROR", "WARN", "INFO")

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class SendsAlerts(Protocol):
    """What this needs of the store that a run is written to."""

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:
        """Send alerts of a step, and return whether there is anybody to send them to."""


class _Item(BaseModel):
    """One of the list; closed, so that a typing error is told."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    title: Said
    text: str
    level: AlertLevel


_ITEMS = TypeAdapter(list[_Item])


class NoAlertsError(ValueError):
    """The file is no list of alerts; the text says why."""


class Alerts:
    """Sends what datasets that declare it hold, once for each content.

    Attributes:
        problems: What could not be sent.
    """

    def __init__(self, target: SendsAlerts, patterns: Sequence[str]) -> None:
        """Begin.

        Args:
            target: Where the alerts go.
            patterns: Of the words in names whose values are secret.
        """
        self._target, self._patterns = target, patterns
        self._left = MOST_ALERTS
        self.problems: list[str] = []

    def send(self, step: str, plan: DatasetPlan, draft: Draft, outcome: Outcome) -> str:
        """Send the alerts of a dataset that was logged, and return what became of them.

        Args:
            step: Id of the step that logged it.
            plan: The dataset.
            draft: Its files.
            outcome: Whether the content is new: what is known was sent before.

        Returns:
            For the closing table; empty if the dataset does not declare it.
        """
        if not plan.alerts:
            return ""
        if plan.is_withheld:
            return "no alerts: its content is withheld"
        try:
            alerts = [self._redacted(each) for each in alerts_of(draft)]
        except (NoAlertsError, OSError) as error:
            return f"no alerts: {error}"
        told = [_counted(len(alerts))]
        if alerts:
            is_known = outcome.status == "unchanged"
            told.append("not sent again" if is_known else self._sent(step, plan.dataset, alerts))
        return ", ".join(told)

    def _sent(self, step: str, dataset: str, alerts: Sequence[Alert]) -> str:
        """Send alerts, and return what became of them."""
        if not self._left:
            return f"not sent: a run sends {MOST_ALERTS} at most"
        wanted = summed_up(alerts, self._left)
        try:
            is_sent = self._target.alert(step, wanted)
        except Exception as error:  # noqa: BLE001 - the file was logged all the same
            self.problems.append(f"The alerts of {dataset} were not sent: {error}")
            return "not sent"
        if not is_sent:
            return "kept as a file: they are sent online alone"
        self._left -= len(wanted)
        return f"sent as {len(wanted)}" if len(wanted) < len(alerts) else "sent"

    def _redacted(self, alert: Alert) -> Alert:
        title, text = (redacted_text(each, self._patterns) for each in (alert.title, alert.text))
        return Alert(_cut(title, _LONGEST_TITLE), _cut(text, _LONGEST_TEXT), alert.level)


def alerts_of(draft: Draft) -> list[Alert]:
    """Return the alerts in a draft's file.

    Raises:
        NoAlertsError: It is no list of them, naming the first that is wrong.
        OSError: The file can't be read.
    """
    file = draft.only_file
    if file is None:
        msg = "a list of alerts is one file on this machine"
        raise NoAlertsError(msg)
    if file.stat().st_size > LARGEST_FILE:
        msg = f"{file.name} is larger than {LARGEST_FILE} bytes"
        raise NoAlertsError(msg)
    try:
        items = _ITEMS.validate_python(json.loads(file.read_bytes()))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = " ".join(map(str, problem["loc"]))
        where = f" (item {place}: {problem['msg']})" if place else ""
        msg = f"{file.name} is no list of {{title, text, level: INFO|WARN|ERROR}}{where}"
        raise NoAlertsError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{file.name} is no JSON"
        raise NoAlertsError(msg) from error
    return [Alert(each.title, each.text, each.level) for each in items]


def summed_up(alerts: Sequence[Alert], most: int) -> list[Alert]:
    """Return the gravest alerts in their order, and one that names the rest.

    >>> [a.title for a in summed_up([Alert(t, "", "INFO") for t in "abc"], 2)]
    ['a', '2 more alerts']
    """
    if len(alerts) <= most:
        return list(alerts)
    gravest = sorted(alerts, key=lambda each: _GRAVITY.index(each.level))
    first, rest = gravest[: most - 1], gravest[most - 1 :]
    text = "\n".join(f"{each.level}: {each.title}" for each in rest)
    title = f"{len(rest)} more alerts" if first else _counted(len(rest))
    return [*first, Alert(title, _cut(text, _LONGEST_TEXT), rest[0].level)]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _counted(alerts: int) -> str:
    return f"{alerts} {'alert' if alerts == 1 else 'alerts'}"

"""What becomes of alerts that a run has written into a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.settings.redaction import DEFAULT_PATTERNS
from kedro_wandb.stores.base import Alert, Draft, Outcome, Source, Status, Version
from kedro_wandb.tracker.alerts import MOST_ALERTS, Alerts, NoAlertsError, alerts_of

DRIFT = {"title": "Prices drift", "text": "PSI 0.31 > 0.25", "level": "WARN"}


class Target:
    """Keeps what is sent."""

    def __init__(self, *, is_online: bool = True) -> None:
        self.sent: list[Alert] = []
        self._is_online = is_online

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:
        """Take alerts, if there is anybody to be told."""
        assert step == "s1"
        if self._is_online:
            self.sent += alerts
        return self._is_online


def draft(folder: Path, content: Any) -> Draft:
    file = folder / "alerts.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return Draft("alerts", "report", (Source(file.name, file),))


def send(
    target: Any, folder: Path, given: Any, status: Status = "new", **plan: Any
) -> tuple[str, list[str]]:
    """Send a file's alerts, and return what is told, and what is a problem."""
    alerts = Alerts(target, DEFAULT_PATTERNS)
    told = alerts.send("s1", planned(**plan), draft(folder, given), outcome(status))
    return told, alerts.problems


def planned(**plan: Any) -> DatasetPlan:
    return DatasetPlan(dataset="alerts", artifact="alerts", kind="path", **{"alerts": True} | plan)


def outcome(status: Status = "new") -> Outcome:
    return Outcome(Version("alerts", "report", 0, "0" * 32, 1), status)


def test_each_alert_is_sent(tmp_path: Path) -> None:
    """In its order; none is also an answer."""
    target, second = Target(), {**DRIFT, "title": "Second", "level": "ERROR"}
    assert send(target, tmp_path, [DRIFT, second]) == ("2 alerts, sent", [])
    assert target.sent == [
        Alert("Prices drift", "PSI 0.31 > 0.25", "WARN"),
        Alert("Second", "PSI 0.31 > 0.25", "ERROR"),
    ]
    assert send(target, tmp_path, []) == ("0 alerts", [])


def test_known_content_is_not_sent_again(tmp_path: Path) -> None:
    """It was when it was new."""
    target = Target()
    assert send(target, tmp_path, [DRIFT], "unchanged")[0] == "1 alert, not sent again"
    assert target.sent == []


def test_nothing_is_sent_where_nobody_is_told(tmp_path: Path) -> None:
    """Nor what the store is not to get, nor of a dataset that does not declare it."""
    target = Target()
    local = send(Target(is_online=False), tmp_path, [DRIFT])
    assert local[0] == "1 alert, kept as a file: they are sent online alone"
    withheld = send(target, tmp_path, [DRIFT], content="digest")
    assert withheld[0] == "no alerts: its content is withheld"
    assert send(target, tmp_path, [DRIFT], alerts=False)[0] == ""
    assert target.sent == []


@pytest.mark.parametrize("number", [MOST_ALERTS - 1, MOST_ALERTS, MOST_ALERTS + 1])
def test_a_run_sends_so_many(tmp_path: Path, number: int) -> None:
    """The gravest; one more names the rest."""
    target = Target()
    items = [{**DRIFT, "title": f"Alert {n}", "level": "INFO"} for n in range(number - 1)]
    told, _ = send(target, tmp_path, [*items, {**DRIFT, "title": "Grave", "level": "ERROR"}])
    assert len(target.sent) == min(number, MOST_ALERTS)
    if number <= MOST_ALERTS:
        assert told == f"{number} alerts, sent"
        return
    assert told == f"{number} alerts, sent as {MOST_ALERTS}"
    assert target.sent[0].title == "Grave"
    assert target.sent[-1] == Alert("2 more alerts", "INFO: Alert 8\nINFO: Alert 9", "INFO")


def test_all_files_of_a_run_share_the_bound(tmp_path: Path) -> None:
    """The last one that fits is a sum; then nothing is sent any more, and that is told."""
    target = Target()
    alerts = Alerts(target, DEFAULT_PATTERNS)
    items = [{**DRIFT, "title": str(n)} for n in range(MOST_ALERTS - 1)]
    told = [
        alerts.send("s1", planned(), draft(tmp_path, content), outcome())
        for content in (items, [DRIFT, DRIFT], [DRIFT])
    ]
    assert told == [
        "9 alerts, sent",
        "2 alerts, sent as 1",
        "1 alert, not sent: a run sends 10 at most",
    ]
    assert target.sent[-1].title == "2 alerts"


def test_texts_are_redacted_and_cut(tmp_path: Path) -> None:
    """W&B refuses titles of 64 characters and more."""
    target = Target()
    text = "postgres://me:pw@host/db with password=hunter2"
    send(target, tmp_path, [{"title": "x" * 64, "text": text, "level": "INFO"}])
    (sent,) = target.sent
    assert sent.title == "x" * 62 + "…"
    assert "pw" not in sent.text.replace("password", "")
    assert "hunter2" not in sent.text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"title": "x"}, r"alerts\.json is no list of \{title, text, level: INFO\|WARN\|ERROR\}$"),
        ([{**DRIFT, "level": "BAD"}], r"\(item 0 level: Input should be 'INFO', 'WARN' or"),
        ([DRIFT, {"title": "x", "level": "INFO"}], r"\(item 1 text: Field required\)"),
        ([{**DRIFT, "levle": "INFO"}], r"\(item 0 levle: Extra inputs"),
        ([{**DRIFT, "title": " "}], r"\(item 0 title: "),
        ("nothing", r"alerts\.json is no JSON"),
    ],
)
def test_what_is_no_list_of_alerts_is_told(tmp_path: Path, content: Any, told: str) -> None:
    """Naming what is wrong; nothing is sent."""
    with pytest.raises(NoAlertsError, match=told):
        alerts_of(draft(tmp_path, content))
    target = Target()
    assert send(target, tmp_path, content)[0].startswith("no alerts: alerts.json is no ")
    assert target.sent == []


def test_alerts_that_can_not_be_sent_are_a_problem_and_no_error(tmp_path: Path) -> None:
    """The file was logged all the same."""

    class Lost(Target):
        def alert(self, *_: Any) -> bool:
            msg = "it does not answer"
            raise OSError(msg)

    assert send(Lost(), tmp_path, [DRIFT]) == (
        "1 alert, not sent",
        ["The alerts of alerts were not sent: it does not answer"],
    )

"""Programs get one line of JSON on stdout, however a week ends."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest

from rental_pricing.cli.clear_errors import RunFailedError, RunInterruptedError
from rental_pricing.cli.week_telling import WeekTelling
from rental_pricing.run_lock import RunLockError

PLAN = {"market": "Atlantis", "as_of": "2024-01-15"}


def because(error: Exception, cause: Exception) -> Exception:
    """The same with its cause."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outcome", "told"),
    [
        (RunFailedError("No drop is left."), "failed", "No drop is left."),
        (because(RunFailedError("In use."), RunLockError("In use.")), "busy", "In use."),
        (RunInterruptedError("Interrupted."), "interrupted", "Interrupted."),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
    ],
)
def test_a_week_that_ends_badly_is_answered(
    error: Exception, outcome: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was known by then; the error goes on."""
    telling = WeekTelling(as_json=True)
    telling.say("Week of 2024-01-15")
    telling.note(PLAN)
    with pytest.raises(type(error)), telling.answering():
        raise error
    said = capsys.readouterr()
    assert json.loads(said.out) == PLAN | {"outcome": outcome, "told": told}
    assert said.err == "Week of 2024-01-15\n"


def test_what_was_noted_of_the_end_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """The page has said why the week stopped, or that there is nothing new."""
    noted: list[tuple[Exception, dict[str, Any]]] = [
        (RunFailedError("A person"), {"outcome": "person", "told": "Look at the delivery."}),
        (click.exceptions.Exit(3), {"outcome": "nothing_new", "told": "It is complete."}),
    ]
    for error, end in noted:
        telling = WeekTelling(as_json=True)
        telling.note(end)
        with pytest.raises(type(error)), telling.answering():
            raise error
        assert json.loads(capsys.readouterr().out) == end


def test_a_week_that_is_stopped_at_its_end_is_interrupted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As its exit status says; the next one finds that there is nothing new."""
    telling = WeekTelling(as_json=True)
    telling.note(PLAN | {"outcome": "released", "told": "It is better."})
    error = RunInterruptedError("Interrupted.")
    with pytest.raises(RunInterruptedError), telling.answering():
        raise error
    answer = json.loads(capsys.readouterr().out)
    assert answer == PLAN | {"outcome": "interrupted", "told": "Interrupted."}


def test_people_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout, and nothing else."""
    telling = WeekTelling(as_json=False)
    with telling.answering():
        telling.say("Nothing new")
        telling.note(PLAN)
    assert capsys.readouterr().out == "Nothing new\n"

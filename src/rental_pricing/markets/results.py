"""What became of each market, and of all of them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rental_pricing.errors import cut
from rental_pricing.markets.processes import Ended

DONE = ("released", "already_released", "kept", "nothing_new", "planned")
"""Outcomes of a week that leave nothing to be done now."""

FAILED, PERSON = 1, 4

_BY_CODE = {0: DONE, 3: DONE, 4: ("person",)}
"""Outcomes that fit to the exit status of ``kedro weekly``; any other status is a failure."""


@dataclass(frozen=True)
class Result:
    """What became of a market.

    Attributes:
        environment: Folder of its configuration.
        outcome: One of :data:`DONE`; ``person`` (one is needed), ``failed``, ``busy`` (another
            run is at work on it), ``interrupted``, or ``not_begun``.
        told: Why, in words.
        seconds: It took; ``None`` where nothing was run.
        log: File of all that it has said; ``None`` where nothing was run.
        answer: Of ``kedro weekly --json``.
    """

    environment: str
    outcome: str
    told: str
    seconds: float | None
    log: Path | None
    answer: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "environment": self.environment,
            **self.answer,
            "outcome": self.outcome,
            "told": self.told,
            "seconds": None if self.seconds is None else round(self.seconds, 2),
            "log": None if self.log is None else str(self.log),
        }


def result_of(ended: Ended) -> Result:
    """Return what became of a market by how its process has ended.

    Args:
        ended: Its ``kedro weekly --json``.
    """
    job, code = ended.job, ended.code
    if code is None:
        return Result(job.name, "not_begun", "it was stopped before", None, None, {})
    answer = _read_answer(job.answer)
    outcome, told = str(answer.get("outcome")), str(answer.get("told") or "")
    if outcome not in _BY_CODE.get(code, ("failed", "busy", "interrupted")):
        # Where a signal met it is chance: between two sessions, or when all but its end was done.
        outcome = "interrupted" if ended.told_to_end else "failed"
        told = _died_of(code) if code < 0 else told or _last_line(job.log)
    return Result(job.name, outcome, told, ended.seconds, job.log, answer)


def broken(environment: str, told: str) -> Result:
    """Return what became of a market whose configuration can't be used.

    Args:
        environment: Folder of its configuration.
        told: What is wrong with it.
    """
    return Result(environment, "failed", told, None, None, {})


def exit_status(results: Iterable[Result]) -> int:
    """Return the exit status that tells a scheduler how all went.

    Args:
        results: Of all markets.

    Returns:
        1 if one has failed or was not done, else 4 if a person is needed for one, else 0.
    """
    outcomes = {result.outcome for result in results} - {*DONE}
    if outcomes == {"person"}:
        return PERSON
    return FAILED if outcomes else 0


def _read_answer(file: Path) -> dict[str, Any]:
    """Return the last line that a market has said; empty where it has come to none."""
    try:
        (*_, line) = file.read_text(encoding="utf-8").splitlines() or [""]
        found = json.loads(line)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _died_of(code: int) -> str:
    """Say which signal has ended a process."""
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    memory = ", perhaps for want of memory" if -code == signal.SIGKILL else ""
    return f"the process was ended by {name}{memory}; run again, it goes on where it was"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    return cut(said[-1], 400) if said else "it ended without a word"

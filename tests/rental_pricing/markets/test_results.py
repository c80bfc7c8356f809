"""What became of each market, by how its process has ended and what it has answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rental_pricing.cli.markets_text import result_text
from rental_pricing.markets.logs import KEPT, new_log_folder
from rental_pricing.markets.processes import Ended, Job
from rental_pricing.markets.results import Result, broken, exit_status, result_of

ANSWER = {
    "market": "Paris", "currency": "EUR", "outcome": "released", "told": "It is better.",
    "mae": 28.987, "rows": 18000, "listings": 15250, "page": "data/paris/weekly_summary.html",
}  # fmt: skip


def ended(
    folder: Path, code: int | None, answer: str = "", log: str = "", *, told: bool = False
) -> Ended:
    """A market whose process has ended; told to end, or by itself."""
    job = Job("paris", [], folder / "paris.json", folder / "paris.log")
    if code is not None:
        job.answer.write_text(answer, encoding="utf-8")
        job.log.write_text(log, encoding="utf-8")
    return Ended(job, code, 12.3, told)


@pytest.mark.parametrize(
    ("code", "outcome", "found"),
    [
        (0, "released", "released"),
        (0, "kept", "kept"),
        (0, "planned", "planned"),
        (3, "nothing_new", "nothing_new"),
        (4, "person", "person"),
        (1, "failed", "failed"),
        (1, "busy", "busy"),
        (130, "interrupted", "interrupted"),
        (1, "released", "failed"),  # what came after it has failed
        (3, "failed", "failed"),
    ],
)
def test_the_answer_counts_where_the_exit_status_agrees(
    tmp_path: Path, code: int, outcome: str, found: str
) -> None:
    """Lines before the last are those of others who write to stdout."""
    answer = ANSWER | {"outcome": outcome}
    result = result_of(ended(tmp_path, code, f"hello\n{json.dumps(answer)}\n"))
    assert (result.outcome, result.told) == (found, "It is better.")
    told = result.to_dict()
    assert (told["environment"], told["mae"], told["seconds"]) == ("paris", 28.987, 12.3)
    assert told["log"] == str(tmp_path / "paris.log")


@pytest.mark.parametrize("answer", ["", "Error", "[1]", '{"outcome": "rel'])
def test_without_an_answer_the_log_has_the_reason(tmp_path: Path, answer: str) -> None:
    """Its last line."""
    log = "Traceback (most recent call last):\nImportError: no such thing\n\n"
    result = result_of(ended(tmp_path, 1, answer, log))
    assert (result.outcome, result.told) == ("failed", "ImportError: no such thing")


def test_what_was_killed_is_told_by_its_signal(tmp_path: Path) -> None:
    """The answer may be one that was on its way to a good end."""
    result = result_of(ended(tmp_path, -9, json.dumps(ANSWER)))
    assert result.outcome == "failed"
    assert "SIGKILL, perhaps for want of memory" in result.told


@pytest.mark.parametrize(
    ("code", "outcome", "found"),
    [
        (0, "released", "released"),  # it was done already
        (1, "failed", "failed"),  # and had failed
        (130, "interrupted", "interrupted"),
        (130, "released", "interrupted"),
        (1, None, "interrupted"),
        (-2, None, "interrupted"),
        (-9, "released", "interrupted"),
    ],
)
def test_what_was_told_to_end_is_interrupted_wherever_that_met_it(
    tmp_path: Path, code: int, outcome: str | None, found: str
) -> None:
    """Unless it had come to its own end."""
    answer = json.dumps(ANSWER | {"outcome": outcome}) if outcome else ""
    result = result_of(ended(tmp_path, code, answer, "Aborted!\n", told=True))
    assert result.outcome == found
    assert result.told


def test_what_was_not_begun_has_no_log(tmp_path: Path) -> None:
    """And no time."""
    result = result_of(ended(tmp_path, None))
    assert (result.outcome, result.log, result.seconds) == ("not_begun", None, None)


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["released", "kept", "nothing_new", "already_released", "planned"], 0),
        (["released", "person"], 4),
        (["person", "failed"], 1),
        (["nothing_new", "busy"], 1),
        (["released", "interrupted"], 1),
        (["released", "not_begun"], 1),
    ],
)
def test_schedulers_are_told_of_all_by_one_number(outcomes: list[str], status: int) -> None:
    """The worst of what has happened."""
    results = [Result(str(n), each, "", None, None, {}) for n, each in enumerate(outcomes)]
    assert exit_status(results) == status


def test_the_closing_table_is_read_at_any_terminal(tmp_path: Path) -> None:
    """80 columns; what has to be done stands below, with where to look."""
    reason = "\n".join(["By drop 2024-01-15: " + "a rule " * 30, *(f"rule {n}" for n in range(20))])
    answers: list[tuple[int, dict[str, Any]]] = [
        (0, ANSWER | {"mae": 12345.678, "currency": "IDR", "rows": 20_000_000}),
        (3, {"outcome": "nothing_new"}),
        (4, ANSWER | {"outcome": "person", "told": reason, "mae": None}),
        (1, {"outcome": "busy", "told": "One run at a time: data/x is in use"}),
    ]
    results = []
    for number, (code, answer) in enumerate(answers):
        folder = tmp_path / str(number)
        folder.mkdir()
        results.append(result_of(ended(folder, code, json.dumps(answer))))
    long = broken("san-francisco-and-the-[whole]-of-the-bay", "conf/x.yml, line 2: wrong")
    text = result_text([*results, long], tmp_path)
    table, *problems, end = text.split("\n\n")
    assert "e-[whole]-of-the-bay" in table
    first, *_ = table.splitlines()[1:]
    assert " ".join(first.split()) == "paris released 12345.68 IDR 20,000,000 12 s data/paris"
    # Paths of this test's folder may be longer.
    assert [
        line for line in text.splitlines() if len(line) > 80 and str(tmp_path) not in line
    ] == []
    assert [each.splitlines()[0] for each in problems] == [
        "paris: needs a person",
        "paris: busy",
        "san-francisco-and-the-[whole]-of-the-bay: failed",
    ]
    assert "  See data/paris/weekly_summary.html" in problems[0]
    assert "lines\n" in problems[0]
    assert f"See {tmp_path}/3/paris.log" in problems[1]
    assert end.startswith(
        "5 markets: 1 released, 1 nothing new, 1 needs a person, 1 busy, 1 failed.\nLogs: "
    )


def test_only_the_logs_of_the_last_starts_are_kept(tmp_path: Path) -> None:
    """Each start has a folder of its own, also of one second."""
    made = [new_log_folder(tmp_path) for _ in range(KEPT + 3)]
    assert len({*made}) == KEPT + 3
    left = [each for each in made if each.exists()]
    assert len(left) == KEPT
    assert made[-1].exists()

"""The closing table: everything that happened, in lines that fit into 80 columns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from kedro_wandb.hook.table import closing_table, human_size, show_closing_table, summary
from kedro_wandb.protocol.rows import FIRST_SEEN, IN_MEMORY, Row

NEW = Row("clean", "rows", "rows", "v0", "new", size=2_500, stored=2_500)
UNCHANGED = Row("clean", "profile", "profile", "v3", "unchanged", size=700)
USED = Row("train", "rows", "rows", "v0", "used", size=2_500)
FIRST = Row("clean", "drops", "drops", "v0", "used", FIRST_SEEN, size=1_000, stored=1_000)
NOT_LOGGED = Row("train", "table", status="not logged", reason="there is no file", size=0)
MEMORY = Row("train", "note", status="not logged", reason=IN_MEMORY, size=0)
FAILED = Row("train", "", status="failed", size=0)

rows = st.builds(
    Row,
    step=st.text(st.characters(categories=["L", "N"]), max_size=40),
    dataset=st.text(st.characters(categories=["L", "N"]), max_size=60),
    artifact=st.text(st.characters(categories=["L", "N"]), max_size=140),
    version=st.sampled_from(["", "v0", "v12345"]),
    status=st.sampled_from(["new", "unchanged", "used", "not logged", "failed"]),
    reason=st.text(max_size=600) | st.just(IN_MEMORY),
    size=st.none() | st.integers(0, 10**16),
)


def drawn(*given_rows: Row) -> list[str]:
    """Return the lines of the table at 80 columns, without the spaces at their ends."""
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        console.print(closing_table(given_rows))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_every_dataset_has_its_line() -> None:
    """Below headings, in the order given; a step's name is said once."""
    assert drawn(NEW, UNCHANGED, USED, NOT_LOGGED) == [
        "step   dataset          size  status",
        "clean  rows:v0        2.5 kB  new",
        "       profile:v3  700 bytes  unchanged",
        "train  rows:v0        2.5 kB  used",
        "       table                  not logged: there is no file",
        "1 new, 1 unchanged, 1 used, 1 not logged; 2.5 kB stored.",
    ]


def test_a_run_without_datasets_says_so() -> None:
    """No headings above nothing."""
    assert drawn() == ["nothing to log; 0 bytes stored."]


@given(st.lists(rows, max_size=6))
def test_no_line_is_wider_than_80_columns(given_rows: list[Row]) -> None:
    """Whatever the names and reasons are."""
    lines = drawn(*given_rows)
    assert all(cell_len(line) <= 80 for line in lines)
    assert lines[-1].endswith("stored.")


def test_names_with_one_beginning_stay_distinct() -> None:
    """Namespaced names are wrapped, not cut."""
    common = "processing_for_the_city_of_new_york.cleaned_listings_of_the_week_"
    lines = drawn(*(Row("s", f"{common}{n}", f"{common}{n}", "v7", size=1) for n in (1, 2)))
    cells = "".join(line[3:].split()[0] for line in lines[1:-1])
    assert cells == f"{common}1:v7{common}2:v7"


def test_a_long_reason_breaks_no_name() -> None:
    """The reason is wrapped in its own column."""
    name = "predicted_against_actual_plot"
    reason = "there is no listings_profile:reference yet"
    given_rows = [
        Row("data_validation", name, name, "v12", size=123_456),
        Row("data_validation", "reference_profile", status="not logged", reason=reason),
    ]
    lines = drawn(*given_rows)
    assert f"data_validation  {name}:v12  123.5 kB  new" in lines
    told = "".join(line[lines[0].index("status") :].strip() for line in lines[2:-1])
    assert told.replace(" ", "") == f"not logged: {reason}".replace(" ", "")


def test_an_artifact_of_another_name_is_told() -> None:
    """As commands have it."""
    assert any("a.rows = a-rows:v2" in line for line in drawn(Row("s", "a.rows", "a-rows", "v2")))


def test_a_failed_step_is_told_twice() -> None:
    """Beside its datasets, and first in the sum, also if it has no datasets."""
    lines = drawn(NEW, USED, NOT_LOGGED, FAILED)
    assert [line.split()[0] for line in lines[2:4]] == ["train", "(failed)"]
    assert lines[-1] == "train failed; 1 new, 1 used, 1 not logged; 2.5 kB stored."
    assert drawn(FAILED) == ["train failed; nothing to log; 0 bytes stored."]


def test_an_end_that_was_not_logged_has_a_row() -> None:
    """It belongs to no dataset."""
    lines = drawn(Row("train", "", status="not logged", reason="the step's end: no server"))
    assert lines[1] == "train                 not logged: the step's end: no server"


def test_all_that_is_in_memory_shares_one_line() -> None:
    """It is no row, and not counted with what could not be logged."""
    many = [Row("s", f"parameters_{n}", status="not logged", reason=IN_MEMORY) for n in range(30)]
    lines = drawn(NEW, MEMORY, *many, MEMORY)
    (told,) = [line for line in lines if IN_MEMORY in line]
    assert told.startswith("31 held in memory only: note, parameters_0, parameters_1")
    assert told.endswith(" and 28 more")
    assert lines[-1] == "1 new; 2.5 kB stored."


def test_what_was_first_seen_is_explained() -> None:
    """Once, below the table; not where there is none."""
    assert "first seen: content that the store did not know; no tracked step has made it." in drawn(
        FIRST, FIRST
    )
    assert not any("first seen" in line for line in drawn(NEW, USED))


def test_a_long_reason_is_cut() -> None:
    """And one of several lines, as errors of others have them, is told as one."""
    reason = "no\n  such\tfile " + "word " * 200
    told = " ".join(" ".join(drawn(Row("s", "d", status="not logged", reason=reason))).split())
    assert "not logged: no such file word" in told
    assert "word …" in told
    assert len(told) < 400


@pytest.mark.parametrize(
    ("given_rows", "told"),
    [
        ([NEW, NEW], "2 new; 5.0 kB stored"),
        ([UNCHANGED, USED, NOT_LOGGED], "1 unchanged, 1 used, 1 not logged; 0 bytes stored"),
        ([USED, FIRST, NEW], "1 new, 2 used (1 first seen); 3.5 kB stored"),
        ([FIRST], "1 used (1 first seen); 1.0 kB stored"),
        ([Row("s", "d", "d", "v0", "new", size=9_000)], "1 new; 0 bytes stored"),
    ],
)
def test_the_sum_counts_what_was_stored(given_rows: list[Any], told: str) -> None:
    """The bytes that are new to the store, not the sizes of references to other places."""
    assert summary(given_rows) == told


def test_commands_are_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """Where to look stands on lines of its own, on stderr, however long it is."""
    long = f"kedro wandb artifacts\nKept in /{'folder/' * 30}[x].\nTo upload it: kedro wandb sync"
    show_closing_table([NEW], long)
    out, told = capsys.readouterr()
    assert out == ""
    assert told.endswith(f"stored.\nSee: {long}\n")


def test_nothing_is_kept_where_nothing_could_be(capsys: pytest.CaptureFixture[str]) -> None:
    """With a store that could not be used, nobody is sent there."""
    show_closing_table([NOT_LOGGED], "kedro wandb artifacts\nKept in /there.")
    assert "there." not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("size", "told"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 kB"), (4_200_000, "4.2 MB"), (None, "?")],
)
def test_sizes_are_told_in_powers_of_a_thousand(size: int | None, told: str) -> None:
    """With one digit behind the point."""
    assert human_size(size) == told

"""The closing table: everything that happened, in lines that fit into any log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_wandb.hook.table import WIDTH, aligned, closing_table, human_size, summary
from kedro_wandb.protocol.rows import FIRST_SEEN, Row

NEW = Row("clean", "rows", "rows", "v0", "new", size=2_500)
UNCHANGED = Row("clean", "profile", "profile", "v3", "unchanged", size=700)
USED = Row("train", "rows", "rows", "v0", "used", size=2_500)
FIRST = Row("clean", "drops", "drops", "v0", "used", FIRST_SEEN, size=1_000)
NOT_LOGGED = Row("train", "note", status="not logged", reason="held in memory only", size=0)

rows = st.builds(
    Row,
    step=st.text(st.characters(categories=["L", "N"]), max_size=40),
    dataset=st.text(st.characters(categories=["L", "N"]), max_size=60),
    artifact=st.text(st.characters(categories=["L", "N"]), max_size=140),
    version=st.sampled_from(["", "v0", "v12345"]),
    status=st.sampled_from(["new", "unchanged", "used", "not logged"]),
    reason=st.text(max_size=600),
    size=st.none() | st.integers(0, 10**16),
)


def test_every_dataset_has_its_line() -> None:
    """Below headings, in the order given, with columns that are aligned."""
    table = closing_table([NEW, UNCHANGED, USED, NOT_LOGGED], "kedro wandb artifacts")
    assert table.splitlines() == [
        "step   dataset  version     status      size",
        "clean  rows     rows:v0     new         2.5 kB",
        "clean  profile  profile:v3  unchanged   700 B",
        "train  rows     rows:v0     used        2.5 kB",
        "train  note                 not logged  held in memory only",
        "1 new, 1 unchanged, 1 used, 1 not logged; 2.5 kB stored. See: kedro wandb artifacts",
    ]


def test_a_run_without_datasets_says_so() -> None:
    """No headings above nothing."""
    assert closing_table([], "there") == "nothing to log; 0 B stored. See: there"


@given(st.lists(rows, max_size=6))
def test_no_line_is_too_wide(given_rows: list[Row]) -> None:
    """Whatever the names and reasons are; and no reason makes a line of its own look like one."""
    *lines, last = closing_table(given_rows, "there").splitlines()
    assert all(len(line) <= WIDTH for line in lines)
    assert last.endswith("stored. See: there")
    own = [line for line in lines if not line.startswith("    ")]
    assert len(own) <= len(given_rows) + bool(given_rows)


def test_a_long_name_keeps_its_version() -> None:
    """The name is cut, not the number."""
    table = closing_table([Row("s", "d", "a" * 200, "v17", "new", size=1)], "")
    assert "a…:v17" in table


def test_a_long_reason_is_told_below() -> None:
    """In a few indented lines, and cut at their end."""
    reason = "because " + "word " * 200
    table = closing_table([Row("s", "d", status="not logged", reason=reason)], "")
    _, line, *told, _ = table.splitlines()
    assert line == "s     d                 not logged"
    assert len(told) == 3
    assert all(each.startswith("    ") for each in told)
    assert told[-1].endswith(" …")


def test_a_reason_of_several_lines_is_one() -> None:
    """Errors of others come with line breaks."""
    table = closing_table([Row("s", "d", status="not logged", reason="no\n  such\tfile")], "")
    assert "no such file" in table


@pytest.mark.parametrize(
    ("given_rows", "told"),
    [
        ([NEW, NEW], "2 new; 5.0 kB stored"),
        ([UNCHANGED, USED, NOT_LOGGED], "1 unchanged, 1 used, 1 not logged; 0 B stored"),
        ([USED, FIRST, NEW], "1 new, 2 used (1 first seen); 3.5 kB stored"),
        ([FIRST], "1 used (1 first seen); 1.0 kB stored"),
        ([Row("s", "d", "d", "v0", "new", size=None)], "1 new; 0 B stored"),
    ],
)
def test_the_sum_counts_what_was_stored(given_rows: list[Any], told: str) -> None:
    """New outputs, and inputs whose content the store did not have; nothing else."""
    assert summary(given_rows) == told


def test_a_used_version_with_another_remark_was_there_before() -> None:
    """Only the reason ``first seen`` makes an input count."""
    row = Row("s", "d", "d", "v0", "used", "resolved at start", size=9)
    assert summary([row]) == "1 used; 0 B stored"


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (4_200_000, "4.2 MB"),
        (10**9, "1.0 GB"),
        (10**12, "1.0 TB"),
        (10**16, "10000.0 TB"),
        (None, "?"),
    ],
)
def test_sizes_are_told_in_powers_of_a_thousand(size: int | None, told: str) -> None:
    """With one digit behind the point, and never 1000 of a unit."""
    assert human_size(size) == told


def test_nothing_is_aligned_with_nothing() -> None:
    """No lines in, no lines out."""
    assert aligned([]) == []

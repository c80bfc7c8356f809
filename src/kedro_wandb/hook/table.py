"""What a run did with every dataset, as a table that fits into 80 columns."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from textwrap import shorten
from typing import get_args

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from kedro_wandb.protocol.rows import FIRST_SEEN, IN_MEMORY, Row, RowStatus, StepStatus

_LONGEST_REASON = 240
_NAMES_WIDTH = 50
_STATUS_WIDTH = 18
_REST = 16
"""Columns of a size and of the gaps."""
_STEP_STATES: tuple[str, ...] = get_args(StepStatus)
_EXPLAINED = f"{FIRST_SEEN}: content that the store did not know; no tracked step has made it."


def show_closing_table(rows: Sequence[Row], where: str) -> None:
    """Draw the table on the console by itself: a log's columns would tear it.

    Args:
        rows: In the order to be shown.
        where: An address or commands, one a line; it is told where something was kept.
    """
    _print(Console(stderr=True, highlight=False), rows, where)


def closing_text(rows: Sequence[Row], where: str) -> str:
    """Return what ``show_closing_table`` draws, as plain text of 80 columns."""
    text = io.StringIO()
    _print(Console(file=text, width=80, highlight=False, color_system=None), rows, where)
    return text.getvalue()


def _print(console: Console, rows: Sequence[Row], where: str) -> None:
    console.print(closing_table(rows, console.width))
    if any(row.version for row in rows):
        console.print(f"See: {where}", markup=False, soft_wrap=True)


def closing_table(rows: Sequence[Row], width: int = 80) -> Group:
    """Return the table, what its words mean, and a sum.

    >>> rows = [Row("clean", "rows", "rows", "v0", size=2500)]
    >>> Console(width=80).print(closing_table(rows))  # doctest: +NORMALIZE_WHITESPACE
    step   dataset    size  status
    clean  rows:v0  2.5 kB  new
    1 new; 0 bytes stored.
    """
    shown = _of_datasets(rows)
    parts: list[RenderableType] = [_table(shown, _states(rows), width)] if shown else []
    memory = list(dict.fromkeys(row.dataset for row in rows if row.reason == IN_MEMORY))
    if memory:
        parts.append(Text(f"{len(memory)} {IN_MEMORY}: {_named(memory)}"))
    if any(row.reason == FIRST_SEEN for row in rows):
        parts.append(Text(_EXPLAINED))
    return Group(*parts, Text(f"{summary(rows)}."))


def summary(rows: Sequence[Row]) -> str:
    """Return which steps failed, how many datasets had which status, and the bytes stored.

    >>> summary([Row("a", "x", status="used"), Row("a", "", status="failed")])
    'a failed; 1 used; 0 bytes stored'
    """
    failed = [f"{step} {state}" for step, state in _states(rows).items()]
    counts = Counter(row.status for row in _of_datasets(rows))
    first = sum(row.reason == FIRST_SEEN for row in rows)
    notes = {"used": f" ({first} {FIRST_SEEN})"} if first else {}
    found = [each for each in get_args(RowStatus) if counts[each]]
    told = [f"{counts[each]} {each}{notes.get(each, '')}" for each in found]
    stored = human_size(sum(row.stored for row in rows))
    return "; ".join([*failed, ", ".join(told) or "nothing to log", f"{stored} stored"])


def table(*headings: str) -> Table:
    """Return an empty table without lines, whose last column takes what room is left."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(headings[0]))
    for heading in headings:
        justify = "right" if heading == "size" else "left"
        no_wrap = heading in {"size", "age"}
        made.add_column(heading, justify=justify, no_wrap=no_wrap, overflow="fold")  # type: ignore[arg-type]
    return made


def human_size(size: float | None) -> str:
    """Return a number of bytes for people, in powers of 1000.

    >>> human_size(999), human_size(4_200_000), human_size(None)
    ('999 bytes', '4.2 MB', '?')
    """
    return "?" if size is None else decimal(int(size))


def _table(rows: Sequence[Row], states: dict[str, str], width: int) -> Table:
    made = table("step", "dataset", "size", "status")
    # Rich would else narrow the names, which break anywhere, for the sake of a long reason.
    names = max(cell_len(row.step) for row in rows) + max(cell_len(_name(row)) for row in rows)
    made.columns[-1].max_width = max(_STATUS_WIDTH, width - names - _REST)
    last = None
    for row in rows:
        step = Text("" if row.step == last else row.step)
        if row.step != last and row.step in states:
            step.append(f"\n({states[row.step]})", "bold red")
        size = human_size(row.size) if row.version else ""
        made.add_row(step, *map(Text, (_name(row), size, _status(row))))
        last = row.step
    return made


def _of_datasets(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.status not in _STEP_STATES and row.reason != IN_MEMORY]


def _states(rows: Sequence[Row]) -> dict[str, str]:
    """Return how the steps ended that did not finish."""
    return {row.step: row.status for row in rows if row.status in _STEP_STATES}


def _name(row: Row) -> str:
    if not row.version:
        return row.dataset
    reference = f"{row.artifact}:{row.version}"
    return reference if row.artifact == row.dataset else f"{row.dataset} = {reference}"


def _status(row: Row) -> str:
    told = shorten(row.reason, _LONGEST_REASON, placeholder=" …")
    separator = ": " if row.status == "not logged" else ", "
    note = ", content withheld" if row.withheld else ""
    return (f"{row.status}{separator}{told}" if told else row.status) + note


def _named(names: Sequence[str]) -> str:
    """Return as many names as fit into a line, and how many more there are."""
    told = ", ".join(names)
    if len(told) <= _NAMES_WIDTH:
        return told
    first = shorten(told, _NAMES_WIDTH - len(" and 9999 more"), placeholder="").rstrip(",")
    more = len(names) - (len(first.split(", ")) if first else 0)
    return f"{first} and {more} more" if first else f"{names[0][:_NAMES_WIDTH]}… and others"

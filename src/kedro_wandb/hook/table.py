"""What a run did with every dataset, as a table that can be read in any log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import wrap
from typing import get_args

from kedro_wandb.protocol.rows import FIRST_SEEN, Row, RowStatus

WIDTH = 120
"""Columns of the widest line."""

_HEADINGS = ("step", "dataset", "version", "status", "size")
_GAP = "  "
_INDENT = "    "
_STEP_WIDTH, _DATASET_WIDTH, _VERSION_WIDTH = 24, 32, 36
_REASON_LINES = 3
_THOUSAND = 1000


def closing_table(rows: Sequence[Row], where: str) -> str:
    """Return the table, a sum, and where to look.

    Args:
        rows: In the order to be shown.
        where: An address or a command.

    >>> print(closing_table([Row("clean", "rows", "rows", "v0", "new", size=2500)], "kedro wandb"))
    step   dataset  version  status  size
    clean  rows     rows:v0  new     2.5 kB
    1 new; 2.5 kB stored. See: kedro wandb
    """
    shown = aligned([_HEADINGS, *(_cells(row) for row in rows)] if rows else [])
    for number, row in enumerate(rows, start=1):
        shown[number] = _with_reason(shown[number], row.reason)
    return "\n".join([*shown, f"{summary(rows)}. See: {where}"])


def summary(rows: Sequence[Row]) -> str:
    """Return how many datasets had which status, and the bytes of the new versions.

    >>> summary([Row("a", "x", status="used"), Row("a", "y", status="not logged")])
    '1 used, 1 not logged; 0 B stored'
    """
    counts = Counter(row.status for row in rows)
    first = [row for row in rows if row.status == "used" and row.reason == FIRST_SEEN]
    notes = {"used": f" ({len(first)} {FIRST_SEEN})"} if first else {}
    found = [each for each in get_args(RowStatus) if counts[each]]
    told = [f"{counts[each]} {each}{notes.get(each, '')}" for each in found]
    new = [row for row in rows if row.status == "new"]
    stored = sum(row.size or 0 for row in [*new, *first])
    return f"{', '.join(told) or 'nothing to log'}; {human_size(stored)} stored"


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return lines whose cells begin below each other.

    >>> aligned([("a", "b"), ("rows", "2")])
    ['a     b', 'rows  2']
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [_line(cells, widths) for cells in lines]


def human_size(size: float | None) -> str:
    """Return a number of bytes for people, in powers of 1000.

    >>> human_size(0), human_size(999), human_size(4_200_000), human_size(None)
    ('0 B', '999 B', '4.2 MB', '?')
    """
    if size is None:
        return "?"
    if size < _THOUSAND:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= _THOUSAND
        if round(size, 1) < _THOUSAND:
            return f"{size:.1f} {unit}"
    return f"{size / _THOUSAND:.1f} TB"


def _cells(row: Row) -> tuple[str, ...]:
    label = f":{row.version}" if row.version else ""
    return (
        _cut(row.step, _STEP_WIDTH),
        _cut(row.dataset, _DATASET_WIDTH),
        _cut(row.artifact, _VERSION_WIDTH - len(label)) + label,
        row.status,
        human_size(row.size) if row.version else "",
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _with_reason(line: str, reason: str) -> str:
    told = " ".join(reason.split())
    if len(beside := f"{line}{_GAP}{told}") <= WIDTH:
        return beside.rstrip()
    below = wrap(told, WIDTH - len(_INDENT), max_lines=_REASON_LINES, placeholder=" …")
    return "\n".join([line, *(_INDENT + each for each in below)])

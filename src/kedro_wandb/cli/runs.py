"""The table of runs: which rows and columns, and in what order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import click
from rich.console import Group, RenderableType
from rich.text import Text

from kedro_wandb.cli.cells import (
    NOTHING,
    ago,
    long,
    shortened,
    state_text,
    told_value,
    told_values,
)
from kedro_wandb.cli.console import Asked, NotFoundError, Where
from kedro_wandb.cli.text import plain
from kedro_wandb.errors import did_you_mean
from kedro_wandb.hook.table import table
from kedro_wandb.reading.columns import (
    FACTS,
    Column,
    Kind,
    columns_of,
    differing,
    find_column,
    headings,
)
from kedro_wandb.reading.folding import Row, fold, in_order
from kedro_wandb.reading.runs import RunRecord, finite, run_records

LIMIT = 20
"""Rows that people are shown if they do not say how many."""

_WIDTH = 80
_GAP = 2
_MOST: dict[Literal["parameter", "metric"], int] = {"parameter": 2, "metric": 3}
_LONGEST = 400
_CUT = "experiment"
_FIXED = ("state", "started", "time")


@dataclass(frozen=True)
class Wanted:
    """What a table of runs was asked to be.

    Attributes:
        parameters: Columns by name; none and no metrics: those that tell most.
        metrics: As above.
        sort: Column by name, with ``-`` before it if descending; ``None``: newest first.
        group: Column by name; runs with the same value in it share a row.
        steps: Whether each run is told below its row.
        experiment: Only the runs of this one.
        step: Only the runs of this modular pipeline.
        limit: Rows at most; ``None``: twenty for people, all for programs.
    """

    parameters: Sequence[str] = ()
    metrics: Sequence[str] = ()
    sort: str | None = None
    group: str = "experiment"
    steps: bool = False
    experiment: str | None = None
    step: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Shown:
    """The table that was asked for.

    Attributes:
        rows: All of them, in their order.
        group: What runs of a row have in common.
        columns: Parameters and metrics.
        steps: Whether each run is told below its row.
    """

    rows: Sequence[Row]
    group: Column
    columns: Sequence[Column]
    steps: bool = False


def run(asked: Asked, where: Where | None, wanted: Wanted) -> None:
    """Answer with the table."""
    with asked.store(where) as store:
        records = _chosen(run_records(store), wanted)
    now = dt.datetime.now(dt.UTC)
    shown = arranged(records, wanted)
    limit = wanted.limit or LIMIT
    told = [row_json(row, shown.group) for row in shown.rows[: wanted.limit]]
    asked.answer(told, lambda: runs_text(shown, now, limit))


def _chosen(records: Sequence[RunRecord], wanted: Wanted) -> list[RunRecord]:
    """Return the runs of an experiment and a step, as far as they were named.

    Raises:
        NotFoundError: No run is of that one.
    """
    chosen = list(records)
    for name in ("experiment", "step"):
        value, known = getattr(wanted, name), [getattr(each, name) for each in records]
        if value is not None and value not in known:
            told = ", ".join(dict.fromkeys(known)) or "nothing yet"
            hint = did_you_mean(value, known)
            msg = f"No run has the {name} {value!r}{hint}. There is: {shortened(told, _LONGEST)}."
            raise NotFoundError(msg)
        chosen = [each for each in chosen if value in {None, getattr(each, name)}]
    return chosen


def arranged(records: Sequence[RunRecord], wanted: Wanted) -> Shown:
    """Return the rows and columns that were asked for.

    Args:
        records: Those that started last first.
        wanted: What was asked for.

    Raises:
        UnknownColumnError: No run has what was named.
    """
    if not records:
        return Shown((), Column("fact", "experiment"), ())
    group = find_column(columns_of(records, ["fact", "parameter"]), wanted.group)
    rows = fold(records, group)
    chosen = _named(records, "parameter", wanted.parameters)
    chosen += _named(records, "metric", wanted.metrics)
    if wanted.sort:
        name = wanted.sort.removeprefix("-")
        by = find_column(columns_of(records, ["fact", "metric", "parameter"]), name)
        rows = in_order(rows, by, descending=name != wanted.sort)
        chosen = chosen or _fitting(rows, group, [] if by.kind == "fact" else [by])
        chosen = chosen if by.kind == "fact" or by in chosen else [*chosen, by]
    steps = wanted.steps and group.name != "run"
    return Shown(rows, group, chosen or _fitting(rows, group, []), steps)


def _named(records: Sequence[RunRecord], kind: Kind, names: Sequence[str]) -> list[Column]:
    known = columns_of(records, [kind])
    return [find_column(known, name) for name in dict.fromkeys(names)]


def _fitting(rows: Sequence[Row], group: Column, first: Sequence[Column]) -> list[Column]:
    """Return the columns that tell most about rows, as many as fit beside the others."""
    records = [record for row in rows for record in row.records]
    chosen = list(first)
    for kind, most in _MOST.items():
        telling = differing(records, kind)
        known = [each for each in columns_of(records, [kind]) if each not in (*first, group)]
        ranked = [each for each in known if each in telling]
        if kind == "metric":  # while a parameter of one value is no choice that somebody made
            ranked = ranked or known
        ranked.sort(key=_plainness)
        for each in ranked[:most]:
            if _width(rows, group, [*chosen, each]) <= _WIDTH:
                chosen.append(each)
    return chosen


def _plainness(column: Column) -> tuple[int, int, str]:
    return column.name.rpartition("/")[2].count("."), len(column.name), column.name


def _width(rows: Sequence[Row], group: Column, columns: Sequence[Column]) -> int:
    now = dt.datetime.now(dt.UTC)
    lines = [_headings(group, columns)]
    lines += [_cells(row, group, columns, now) for row in rows[:LIMIT]]
    widths = [
        max(len(part) for line in lines for part in line[at].split("\n"))
        for at in range(len(lines[0]))
    ]
    return sum(widths) + _GAP * (len(widths) - 1)


def runs_text(shown: Shown, now: dt.datetime, limit: int = LIMIT) -> RenderableType:
    """Return a table of runs, and how many rows it leaves out."""
    if not shown.rows:
        return plain("There are no runs yet.")
    titles = _headings(shown.group, shown.columns)
    made = table(*titles)
    for title, column in zip(titles, made.columns, strict=True):
        column.no_wrap = title != (_CUT if _CUT in titles else titles[0])
    for row in shown.rows[:limit]:
        cells = _cells(row, shown.group, shown.columns, now)
        made.add_row(*_texts(titles, cells), style="bold" if shown.steps else None)
        for record in reversed(row.records) if shown.steps else ():
            alone = _cells(Row(row.value, (record,)), shown.group, shown.columns, now)
            alone[0] = f"  {record.step} {record.id}"
            made.add_row(*_texts(titles, alone))
    more = len(shown.rows) - limit
    left = [plain(f"and {more} more (--limit {len(shown.rows)} or --json tells all)")]
    return Group(made, *(left if more > 0 else []))


def _texts(titles: Sequence[str], cells: Sequence[str]) -> list[Text]:
    """Return cells; where there is no room, what the run's id stands for is cut short."""
    return [
        Text(cell, no_wrap=True, overflow="ellipsis") if at and title == _CUT else Text(cell)
        for at, (title, cell) in enumerate(zip(titles, cells, strict=True))
    ]


def _headings(group: Column, columns: Sequence[Column]) -> list[str]:
    name = group.name if group.kind == "fact" else headings([group], FACTS)[0]
    middle = ["step", "experiment"] if name == "run" else []
    fixed = [name, *middle, *(each for each in _FIXED if each != name)]
    return [*fixed, *headings(columns, fixed)]


def _cells(row: Row, group: Column, columns: Sequence[Column], now: dt.datetime) -> list[str]:
    newest = row.records[0]
    value = NOTHING if row.value is None else told_value(row.value)
    state = state_text(row.records, with_steps=group.name == "experiment")
    fixed = {"state": state, "started": ago(row.started, now), "time": long(row.duration)}
    middle = [newest.step, newest.experiment] if group.name == "run" else []
    told = [cell for name, cell in fixed.items() if name != group.name]
    return [value, *middle, *told, *(told_values(row.values(each)) for each in columns)]


def row_json(row: Row, group: Column) -> dict[str, Any]:
    """Return a row as JSON has it: what its runs have in common, and each of them."""
    return {
        group.name: finite(row.value),
        "started": row.started,
        "duration": row.duration,
        "runs": [record_json(record) for record in row.records],
    }


def record_json(record: RunRecord) -> dict[str, Any]:
    """Return a run as JSON has it."""
    return {
        "run": record.id,
        "experiment": record.experiment,
        "step": record.step,
        "kedro_run_id": record.run_id,
        "state": record.state,
        "started": record.started,
        "duration": record.duration,
        "url": record.url,
        "parameters": finite(record.parameters),
        "metrics": finite(record.metrics),
    }


def checked_sort(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Return a column's name with or without its sign.

    Raises:
        click.BadParameter: There is only the sign.
    """
    if value is not None and not value.removeprefix("-"):
        msg = "name a column, such as -started."
        raise click.BadParameter(msg)
    return value

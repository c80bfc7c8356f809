"""Two versions, runs or experiments side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from kedro_wandb.cli.cells import NOTHING, long, shortened, told_value, told_values
from kedro_wandb.cli.console import Asked, Where
from kedro_wandb.cli.text import plain
from kedro_wandb.hook.table import human_size, table
from kedro_wandb.reading.comparison import Pair, Section, compare
from kedro_wandb.reading.runs import finite
from kedro_wandb.reading.sides import Side, Sides

MOST = 30
"""Differences under one heading that people are shown if they do not ask for all."""

_FEW = 3
_LONGEST = 60
_DIGEST = 12
_HEXADECIMAL = re.compile("[0-9a-f]{32,}")
_AN = {"experiment": "an experiment", "run": "a run", "version": "a version"}


def run(asked: Asked, where: Where | None, names: tuple[str, str], *, every: bool) -> None:
    """Answer with the comparison.

    Raises:
        click.UsageError: The two are not of one kind.
    """
    with asked.store(where) as store:
        sides = Sides(store)
        a, b = map(sides.find, names)
    if a.kind != b.kind:
        msg = f"{a.name} is {_AN[a.kind]}, and {b.name} {_AN[b.kind]}: compare two of a kind."
        raise click.UsageError(msg)
    sections = compare(a, b)
    told = diff_json(a, b, sections, every=every)
    asked.answer(told, lambda: diff_text(a, b, sections, every=every))


def diff_json(a: Side, b: Side, sections: Sequence[Section], *, every: bool) -> dict[str, Any]:
    """Return a comparison as JSON has it; each side's values are a list, empty if it has none."""
    return {
        "kind": a.kind,
        "a": a.name,
        "b": b.name,
        "sections": {
            each.heading: {
                "different": [_pair_json(pair) for pair in each.different],
                "equal": [_pair_json(pair) for pair in each.equal] if every else len(each.equal),
            }
            for each in sections
        },
    }


def _pair_json(pair: Pair) -> dict[str, Any]:
    return {"name": pair.name, "a": finite(pair.a), "b": finite(pair.b)}


def diff_text(a: Side, b: Side, sections: Sequence[Section], *, every: bool) -> RenderableType:
    """Return what differs, by headings, and how much is equal."""
    parts: list[RenderableType] = [plain(f"A  {a.kind} {a.name}"), plain(f"B  {b.kind} {b.name}")]
    for each in sections:
        shown = each.different if every else each.different[:MOST]
        if shown:
            parts += [plain(each.heading), _indented(_differences(each.heading, shown))]
        if more := len(each.different) - len(shown):
            parts.append(_indented(plain(f"and {more} more differ (--all tells all)")))
    if not any(each.different for each in sections):
        parts.append(plain("Nothing differs."))
    return Group(*parts, *(_all_equal(sections) if every else _sum_of_equal(sections)))


def _sum_of_equal(sections: Sequence[Section]) -> list[RenderableType]:
    counts = [f"{each.heading} {len(each.equal)}" for each in sections if each.equal]
    return [Text(f"Equal (--all tells them): {', '.join(counts)}.")] if counts else []


def _all_equal(sections: Sequence[Section]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for each in sections:
        if each.equal:
            cells = [(pair.name, _cell(pair.name, pair.a)) for pair in each.equal]
            parts += [plain(f"equal {each.heading}"), _indented(_rows(("", "A and B"), cells))]
    return parts


def _differences(heading: str, pairs: Sequence[Pair]) -> RenderableType:
    cells = [_cells(each) for each in pairs]
    if heading != "metrics":
        return _rows(("", "A", "B"), cells)
    changes = [_change(each) for each in pairs]
    return _rows(
        ("", "A", "B", "B - A"),
        [(*cell, change) for cell, change in zip(cells, changes, strict=True)],
    )


def _cells(pair: Pair) -> tuple[str, str, str]:
    a, b = (_cell(pair.name, values) for values in (pair.a, pair.b))
    if a == b:  # too short to show what differs
        a, b = (json.dumps(finite(values), ensure_ascii=False)[1:-1] for values in (pair.a, pair.b))
    return pair.name, a, b


def _rows(titles: Sequence[str], cells: Sequence[Sequence[str]]) -> RenderableType:
    made = table(*titles)
    made.show_header = True
    for each in cells:
        made.add_row(*map(Text, each))
    return made


def _cell(name: str, values: Sequence[Any]) -> str:
    if not values:
        return NOTHING
    if len(values) > _FEW:
        return told_values(values)
    return shortened(", ".join(_value(name, each) for each in values), _LONGEST)


def _value(name: str, value: Any) -> str:
    if isinstance(value, Mapping) and "digest" in value:
        return f"{human_size(value['bytes'])}  {shortened(value['digest'], _DIGEST)}"
    if isinstance(value, str) and _HEXADECIMAL.fullmatch(value):
        return shortened(value, _DIGEST)
    if name == "size":
        return human_size(value)
    return long(value) if name == "duration" else told_value(value)


def _change(pair: Pair) -> str:
    if len(pair.a) != 1 or len(pair.b) != 1:
        return ""
    return f"{pair.b[0] - pair.a[0]:+.4g}"


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2))

"""What is known of runs, short enough for the cells of a table."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from kedro_wandb.cli.text import age
from kedro_wandb.reading.runs import RunRecord
from kedro_wandb.stores.base import State

NOTHING = "-"
_LONGEST = 24
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STATES: tuple[State, ...] = ("failed", "killed", "interrupted", "running", "finished")
"""What needs a look first."""


def told_value(value: Any) -> str:
    """Return a value shortly: six digits of a number, JSON of lists and mappings.

    >>> told_value(29.71453), told_value(2436.0), told_value([1, "a"]), told_value(None)
    ('29.7145', '2436', '[1, "a"]', 'null')
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return " ".join(text.split())


def told_values(values: Sequence[Any], longest: int = _LONGEST) -> str:
    """Return what a cell says of the different values of its runs.

    >>> told_values([3]), told_values([3, 1.5, 2]), told_values(["a", "b"]), told_values([])
    ('3', '1.5 … 3', '2 values', '-')
    """
    if not values:
        return NOTHING
    if len(values) == 1:
        return shortened(told_value(values[0]), longest)
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        return f"{told_value(min(values))} … {told_value(max(values))}"
    return f"{len(values)} values"


def shortened(text: str, longest: int) -> str:
    """Return a text of so many characters at most.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def state_text(records: Sequence[RunRecord], *, with_steps: bool) -> str:
    """Return how runs are or ended, a line for each state, what is not well first.

    Args:
        records: Of a row.
        with_steps: Whether the names of steps tell more than their number.
    """
    if len(records) == 1:
        return records[0].state
    counts = Counter(each.state for each in records)
    told = []
    for state in (each for each in _STATES if counts[each]):
        names = [each.step for each in records if each.state == state]
        named = with_steps and len(names) == 1 and state != "finished"
        told.append(f"{names[0] if named else len(names)} {state}")
    return "\n".join(told)


def ago(started: float, now: dt.datetime) -> str:
    """Return how long ago something began.

    >>> ago(0.0, dt.datetime(1970, 1, 3, tzinfo=dt.UTC))
    '2d ago'
    """
    told = age(dt.datetime.fromtimestamp(started, dt.UTC).isoformat(), now)
    number, _, unit = told.partition(" ")
    return f"{number}{unit[0]} ago" if unit else told


def long(seconds: float | None) -> str:
    """Return a length of time.

    >>> long(0.234), long(42.4), long(125.0), long(7_260), long(200_000), long(None)
    ('0.2s', '42s', '2m 05s', '2h 01m', '2d 07h', '-')
    """
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{seconds:.1f}s" if seconds < 10 else f"{whole}s"  # noqa: PLR2004 - two digits
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR:02}h"

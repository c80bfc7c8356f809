"""The columns that runs have: what is known of each, their parameters and metrics."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kedro_wandb.errors import UnknownColumnError
from kedro_wandb.reading.runs import RunRecord

Kind = Literal["fact", "parameter", "metric"]

FACTS = ("run", "experiment", "step", "state", "started", "duration")
"""What is known of every run."""

_PARTS = ("/", ".")


@dataclass(frozen=True)
class Column:
    """Something that is known of runs.

    Attributes:
        kind: What it is.
        name: One of ``FACTS``, or a parameter's or metric's whole name.
    """

    kind: Kind
    name: str

    @property
    def short(self) -> str:
        """The last part of the name.

        >>> Column("metric", "model_metrics/test.mae").short
        'mae'
        """
        return self.name.rpartition("/")[2].rpartition(".")[2]

    def of(self, record: RunRecord) -> list[Any]:
        """Return a run's value, or nothing if it has none; a metric that is no number is none."""
        if self.kind == "fact":
            value = record.id if self.name == "run" else getattr(record, self.name)
            return [] if value is None else [value]
        known = record.parameters if self.kind == "parameter" else record.metrics
        values = [known[self.name]] if self.name in known else []
        return [each for each in values if not (isinstance(each, float) and math.isnan(each))]


def columns_of(records: Iterable[RunRecord], kinds: Sequence[Kind]) -> list[Column]:
    """Return the columns that any of the runs has: facts, then parameters and metrics by name."""
    told = list(records)
    names: dict[Kind, Iterable[str]] = {
        "fact": FACTS,
        "parameter": sorted({name for each in told for name in each.parameters}),
        "metric": sorted({name for each in told for name in each.metrics}),
    }
    return [Column(kind, name) for kind in kinds for name in names[kind]]


def differing(records: Iterable[RunRecord], kind: Literal["parameter", "metric"]) -> set[Column]:
    """Return the parameters or metrics that have several values, in one look at each run."""
    first: dict[str, Any] = {}
    found = set()
    for record in records:
        known = record.parameters if kind == "parameter" else record.metrics
        for name, value in known.items():
            if value != first.setdefault(name, value) and value == value:  # noqa: PLR0124 - no NaN
                found.add(Column(kind, name))
    return found


def find_column(columns: Sequence[Column], name: str) -> Column:
    """Return the column that a name, or the end of one, means.

    Args:
        columns: There are.
        name: Whole, such as ``model_metrics/test_mae``, or what no other ends with
            (``test_mae``).

    Raises:
        UnknownColumnError: There is none, or several end with it.
    """
    whole = [each for each in columns if each.name == name]
    ending = [each for each in columns if each.name.endswith(tuple(f"{p}{name}" for p in _PARTS))]
    found = whole[:1] or ending
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownColumnError.ambiguous(name, [each.name for each in found])
    near = [each for each in columns if name in each.name] or columns
    raise UnknownColumnError.unknown(name, sorted((each.name for each in near), key=len))


def headings(columns: Sequence[Column], taken: Iterable[str] = ()) -> list[str]:
    """Return the shortest names that tell columns apart.

    Args:
        columns: To be shown side by side.
        taken: Headings that others have.
    """
    times = Counter([*taken, *(each.short for each in columns)])
    return [each.short if times[each.short] == 1 else each.name for each in columns]


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return values, each once; lists and mappings are equal where their JSON is.

    >>> distinct([1, [2], 1, [2], "1"])
    [1, [2], '1']
    """
    found: dict[str, Any] = {}
    for each in values:
        found.setdefault(key_of(each), each)
    return list(found.values())


def key_of(value: Any) -> str:
    """Return a text that equal values share, and no others."""
    return json.dumps(value, sort_keys=True, default=str)

"""Two things side by side: what differs, and what is equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kedro_wandb.reading.columns import key_of
from kedro_wandb.reading.sides import Side


@dataclass(frozen=True)
class Pair:
    """What two sides have of one name.

    Attributes:
        name: Such as a file's, or a parameter's.
        a: Values of the first; none, if it has none.
        b: Values of the second.
    """

    name: str
    a: Sequence[Any]
    b: Sequence[Any]

    @property
    def equal(self) -> bool:
        """Whether both have the same values, in any order."""
        return {_key(each) for each in self.a} == {_key(each) for each in self.b}


@dataclass(frozen=True)
class Section:
    """What two sides have under one heading.

    Attributes:
        heading: Such as ``parameters``.
        different: What differs; names without dots first, then by name.
        equal: What is equal, in the same order.
    """

    heading: str
    different: tuple[Pair, ...]
    equal: tuple[Pair, ...]


def compare(a: Side, b: Side) -> list[Section]:
    """Return what two sides of one kind have, heading by heading; empty ones are left out."""
    sections = []
    for heading, ours in a.sections.items():
        theirs = b.sections[heading]
        names = sorted(ours.keys() | theirs.keys(), key=_plainness)
        pairs = [Pair(name, ours.get(name, ()), theirs.get(name, ())) for name in names]
        different = tuple(each for each in pairs if not each.equal)
        equal = tuple(each for each in pairs if each.equal)
        if pairs:
            sections.append(Section(heading, different, equal))
    return sections


def _plainness(name: str) -> tuple[int, str]:
    return name.rpartition("/")[2].count("."), name


def _key(value: Any) -> str:
    """Return what equal values share; 1 and 1.0 are, and true is not 1."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return repr(float(value)) if is_number else key_of(value)

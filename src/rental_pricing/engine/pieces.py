"""A table in pieces, which need not be in memory together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from rental_pricing.engine.engine import Held

ROWS = 250_000
"""Rows of a piece of a table that is made in pieces; the last one has fewer."""

Load = Callable[..., Any]
"""Loads a piece as a pandas table; ``columns=`` says which columns are wanted."""


@dataclass(frozen=True)
class Pieces:
    """A table in pieces, in their order; it can be gone through again.

    Attributes:
        loads: What loads each piece, and can be pickled.
    """

    loads: Sequence[Load]

    @classmethod
    def of(cls, rows: pd.DataFrame | Pieces) -> Pieces:
        """Take a table for a single piece."""
        return rows if isinstance(rows, Pieces) else cls((InMemory(rows),))

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Load one piece after the other."""
        return (load() for load in self.loads)

    def whole(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Load the whole table, or some of its columns; rows are numbered from 0."""
        return joined([load(columns) if columns else load() for load in self.loads])


@dataclass(frozen=True)
class InMemory:
    """A piece that is loaded already."""

    rows: pd.DataFrame

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return it, or some of its columns."""
        return self.rows if columns is None else self.rows[list(columns)]


@dataclass(frozen=True)
class HeldPiece:
    """A piece that an engine holds.

    Attributes:
        held: Holds an object.
        part: Name of the attribute of that object which has the rows.
    """

    held: Held
    part: str

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return its rows, or some columns of it."""
        rows: pd.DataFrame = getattr(self.held(), self.part)
        return rows if columns is None else rows[list(columns)]


def joined(pieces: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put pieces under one another; categories of all of them are sorted, as those of one are."""
    if len(pieces) == 1:
        return pieces[0]
    import pandas as pd  # noqa: PLC0415 - a run of small tables has none to join
    from pandas.api.types import union_categoricals  # noqa: PLC0415

    coded = [name for name, kind in pieces[0].dtypes.items() if kind == "category"]
    columns = {
        name: union_categoricals([piece[name] for piece in pieces], sort_categories=True)
        for name in coded
    }
    rest = pd.concat([piece.drop(columns=coded) for piece in pieces], ignore_index=True)
    for name, values in columns.items():
        rest[name] = values
    return rest[list(pieces[0].columns)]

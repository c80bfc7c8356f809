"""A table that is made in pieces, as it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd


@dataclass(frozen=True)
class TableStream:
    """A table of any length, in pieces of one schema; it can be gone through again.

    Attributes:
        schema: Names and types of its columns.
        make: Makes the pieces, anew at each call.
    """

    schema: pa.Schema
    make: Callable[[], Iterable[pd.DataFrame]]

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the pieces."""
        for piece in self.make():
            yield pa.Table.from_pandas(piece, self.schema, preserve_index=False)

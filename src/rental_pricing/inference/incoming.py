"""Listings to be priced, as they come: in chunks, each with its place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from rental_pricing.errors import UserInputError, cut_list, did_you_mean
from rental_pricing.inference.seen import SeenIds
from rental_pricing.listings.arrow import to_frame
from rental_pricing.listings.columns import (
    DATE_COLUMNS,
    DELIVERED_ON,
    LINE,
    MODEL_COLUMNS,
    TEXT_COLUMNS,
)
from rental_pricing.listings.parsing import parse_texts
from rental_pricing.listings.records import twice
from rental_pricing.model.conforming import MARKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

REQUIRED = ("id", *(name for name in MODEL_COLUMNS if name != DELIVERED_ON))
"""Columns that listings to price must have; of others only ``delivered_on`` is read."""

_SHOWN = 10


class IncomingListingsError(UserInputError):
    """Listings to price can't be told apart, or their columns are not there."""


@dataclass(frozen=True)
class IncomingFile:
    """One file of listings.

    Attributes:
        name: For messages.
        delivered_on: What counts as the date of its listings where it tells none itself.
        read: Reads it in pieces: ``REQUIRED`` columns and maybe ``delivered_on``, as texts
            or typed, and ``line``, the line (or the row, from 1) on which each starts.
        unit: What ``line`` counts: ``line`` or ``row``.
    """

    name: str
    delivered_on: date | None
    read: Callable[[], Iterator[pa.Table]]
    unit: str = LINE


@dataclass(frozen=True)
class Incoming:
    """All listings to price. They can be gone through again and again.

    Attributes:
        files: In their order.
    """

    files: Sequence[IncomingFile]

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield chunks with the ``REQUIRED`` columns, and ``delivered_on`` where it is known.

        Ids are ``int64``, different from all others. Other values are typed where they can
        be read, and else texts, for the model to say what is wrong with them.

        Raises:
            IncomingListingsError: An id is missing, can't be read, or is there twice.
        """
        seen = SeenIds()
        for file in self.files:
            for raw in file.read():
                chunk = _typed(raw, file)
                again = seen.repeated(chunk["id"].to_numpy())
                if again.any():
                    raise IncomingListingsError(self._told_twice(set(chunk["id"][again])))
                yield chunk

    def head(self, rows: int) -> pd.DataFrame | None:
        """Return all listings if there are at most so many, else ``None``; reads no further."""
        chunks, count = [], 0
        for chunk in self:
            chunks.append(chunk)
            count += len(chunk)
            if count > rows:
                return None
        return pd.concat(chunks, ignore_index=True) if chunks else empty()

    def _told_twice(self, repeated: set[int]) -> str:
        """Name all places of ids, which takes going through the files again."""
        shown = sorted(repeated)[:_SHOWN]
        places: dict[int, list[str]] = {each: [] for each in shown}
        for file in self.files:
            for raw in file.read():
                ids = _typed(raw, file)["id"].to_numpy()
                for row in np.flatnonzero(np.isin(ids, shown)).tolist():
                    places[int(ids[row])].append(f"{file.name}, {file.unit} {raw[LINE][row]}")
        told = [f"  id {each}: {cut_list(where, 5, '; ')}" for each, where in places.items()]
        return (
            "Listings to price have the same id:\n"
            + "\n".join(told)
            + "\nEach listing must be there once. Take the others away."
        )


def choose_columns(given: Sequence[str], name: str, place: str = ", line 1") -> list[str]:
    """Return the columns to read.

    Args:
        given: Those of a file.
        name: Of the file, for messages.
        place: Where in the file they are told.

    Raises:
        IncomingListingsError: One is absent, or there twice.
    """
    absent = [each for each in REQUIRED if each not in given]
    if absent:
        msg = (
            f"{name}{place}: the columns {', '.join(absent)} are missing"
            f"{did_you_mean(absent[0], list(given))}. Listings to price need "
            f"{', '.join(REQUIRED)}; others, such as the price, are not read."
        )
        raise IncomingListingsError(msg)
    wanted = [*REQUIRED, *([DELIVERED_ON] if DELIVERED_ON in given else [])]
    problems = twice([each for each in given if each in wanted])
    if problems:
        msg = f"{name}{place}: {'; '.join(problems)}. Take one away."
        raise IncomingListingsError(msg)
    return wanted


def empty() -> pd.DataFrame:
    """Return no listings, with their columns."""
    columns = {name: pd.Series([], dtype="str") for name in REQUIRED}
    return pd.DataFrame(columns).astype({"id": "int64"})


def _typed(raw: pa.Table, file: IncomingFile) -> pd.DataFrame:
    columns: dict[str, pa.Array] = {"id": _ids(raw, file)}
    for name in raw.column_names:
        if name not in {"id", LINE}:
            columns[name] = _readable(raw[name], name, file)
    frame = to_frame(pa.table(columns)).astype({"id": "int64"})
    if DELIVERED_ON not in frame and file.delivered_on is not None:
        frame[DELIVERED_ON] = pd.Series(
            np.datetime64(file.delivered_on, "ms"), frame.index, "datetime64[ms]"
        )
    return frame


def _readable(values: pa.ChunkedArray, name: str, file: IncomingFile) -> pa.Array:
    """Type texts, if all of them can be read; the model tells of each that can't be."""
    kind = values.type
    if not pa.types.is_string(kind):
        what, fits = _kinds(name)
        if not any(check(kind) for check in (*fits, *_TEXTS)):
            msg = f"{file.name}: column {name!r} has values of type {kind}, where {what} belong."
            raise IncomingListingsError(msg)
        return values
    read, wrong = parse_texts(values, "last_review" if name == DELIVERED_ON else name, MARKERS)
    return values if wrong else read


_TEXTS = (
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_dictionary,
    pa.types.is_null,
)
"""Kinds that may be in any column: what they say is read as texts are."""


def _kinds(column: str) -> tuple[str, tuple[Callable[[pa.DataType], bool], ...]]:
    """Return what belongs into a column, in words and as types of Arrow."""
    if column in TEXT_COLUMNS:
        return "texts", ()
    if column in (*DATE_COLUMNS, DELIVERED_ON):
        return "dates", (pa.types.is_timestamp, pa.types.is_date)
    return "numbers", (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)


def _ids(raw: pa.Table, file: IncomingFile) -> pa.Array:
    given = raw["id"]
    if not pa.types.is_string(given.type):
        try:
            given = given.cast(pa.string())
        except pa.ArrowException as error:
            msg = f"{file.name}: column 'id' has values of type {given.type}, not whole numbers."
            raise IncomingListingsError(msg) from error
    ids, wrong = parse_texts(given, "id", MARKERS)
    missing = np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False)).tolist()
    if missing:
        told = [
            f"  {file.name}, {file.unit} {raw[LINE][row]}: "
            + (f"id {wrong[row]}" if row in wrong else "id is missing")
            for row in missing[:_SHOWN]
        ]
        more = [f"  ... +{len(missing) - _SHOWN} more"] if len(missing) > _SHOWN else []
        msg = (
            "Listings to price have no id that can be read:\n"
            + "\n".join([*told, *more])
            + "\nGive each its id, a whole number, or take the rows away."
        )
        raise IncomingListingsError(msg)
    return ids


def number_rows(batches: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Number the rows of tables from 1, all through, in a column ``line``."""
    before = 0
    for batch in batches:
        numbers = np.arange(before + 1, before + 1 + batch.num_rows, dtype="int64")
        yield batch.append_column(LINE, pa.array(numbers))
        before += batch.num_rows

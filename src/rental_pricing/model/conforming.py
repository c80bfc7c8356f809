"""Listings as people give them, brought into the columns and types that a model reads.

Columns may come in any order and in any type that can hold their values; texts are read as
a drop's texts are. A value that can't be read is told for its row; a column that can't hold
such values at all is an error.
"""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from rental_pricing.errors import UserInputError, cut, did_you_mean
from rental_pricing.listings.columns import (
    DELIVERED_ON,
    NON_NEGATIVE_COLUMNS,
    WHOLE_NUMBER_COLUMNS,
)
from rental_pricing.listings.parsing import parse_texts
from rental_pricing.model.notes import Notes, label

if TYPE_CHECKING:
    from collections.abc import Mapping

Objects = NDArray[np.object_]
Reader = Callable[[pd.Series, Notes], NDArray[Any]]

MARKERS = ("", "NA", "N/A", "NaN", "null", "None")
"""Texts, in any case, that mean "no value" in numbers and dates."""

OPTIONAL_COLUMNS = (DELIVERED_ON,)
"""Columns that may be left out."""

LARGEST = 2.0**63
"""Whole numbers of a drop are below this."""

_SHOWN = 10


class SignatureError(UserInputError):
    """The listings to estimate lack a column of the model, or have one of another type."""


def conform(
    listings: pd.DataFrame, signature: Mapping[str, str]
) -> tuple[dict[str, NDArray[Any]], Notes]:
    """Bring listings into the model's columns and types.

    Args:
        listings: One row a listing; further columns do not matter.
        signature: Columns of the model, with their pandas types.

    Returns:
        An array for each column of the signature: texts as objects with ``None`` for missing
        ones, numbers as float64 with NaN, dates as datetime64[ms] with NaT. And notes, which
        say of each row what could not be read; such a row is not priced.

    Raises:
        SignatureError: If a column is absent or twice there, or has another type.
    """
    _require_columns(listings, signature)
    notes = Notes(len(listings))
    columns: dict[str, NDArray[Any]] = {}
    for name, dtype in signature.items():
        read: Reader = _READERS.get(dtype, _read_numbers)
        if name in listings:
            columns[name] = read(listings[name], notes)
        else:
            columns[name] = np.full(len(listings), np.datetime64("NaT"), dtype="datetime64[ms]")
    return columns, notes


def read_ids(listings: pd.DataFrame) -> NDArray[np.int64]:
    """Return the ids of listings, -1 where there is none that can be read, shape (rows,)."""
    if "id" not in listings:
        return np.full(len(listings), -1)
    given = listings["id"]
    if given.dtype.kind in "iu":
        return given.to_numpy(dtype="int64", na_value=-1)
    texts = _objects(given)
    for row in _typed(texts):
        texts[row] = str(texts[row])
    read, _ = _parse_texts("id", texts)
    return np.array([-1 if id_ is None else id_ for id_ in read.tolist()], dtype="int64")


def _require_columns(listings: pd.DataFrame, signature: Mapping[str, str]) -> None:
    if not isinstance(listings, pd.DataFrame):
        msg = f"The listings to estimate must be a pandas DataFrame, not {type(listings).__name__}."
        raise SignatureError(msg)
    given = [str(name) for name in listings.columns]
    absent = [n for n in signature if n not in listings.columns and n not in OPTIONAL_COLUMNS]
    if absent:
        msg = (
            f"The listings to estimate lack the columns {', '.join(absent)}"
            f"{did_you_mean(absent[0], given)}; the model needs {', '.join(signature)}."
        )
        raise SignatureError(msg)
    if not listings.columns.is_unique:
        twice = [name for name in signature if given.count(name) > 1]
        if twice:
            msg = f"The listings to estimate have the column {twice[0]} more than once."
            raise SignatureError(msg)


def _read_texts(values: pd.Series, notes: Notes) -> Objects:
    """Read as ingest does: trimmed, white space inside folded, empty ones missing."""
    _require_kind(values, "OSUT", "texts")
    given = _objects(values)
    read = np.empty(len(given), dtype=object)
    wrong = np.zeros(len(given), dtype=bool)
    for row, value in enumerate(given):
        if isinstance(value, str):
            read[row] = " ".join(_writable(value).split()) or None
        elif value is not None:
            wrong[row] = True
    notes.refuse(wrong, lambda row: f"{label(str(values.name))} {_shown(given[row])} is no text")
    return read


def _read_numbers(values: pd.Series, notes: Notes) -> NDArray[np.float64]:
    _require_kind(values, "OSUTiuf", "numbers")
    column = str(values.name)
    if values.dtype.kind in "iuf":
        read = values.to_numpy(dtype="float64", na_value=np.nan)
    else:
        given = _objects(values)
        parsed, wrong = _parse_texts(column, given)
        read = parsed.astype("float64")
        for row in _typed(given):
            number = _as_float(given[row])
            if number is None:
                wrong[row] = f"{_shown(given[row])} is no number"
            else:
                read[row] = number
        _refuse_wrong(column, wrong, notes)
    _refuse_senseless(column, read, notes)
    return np.where(np.isfinite(read), read, np.nan)


def _refuse_senseless(column: str, numbers_: NDArray[np.float64], notes: Notes) -> None:
    """Refuse typed numbers that a drop could not have."""
    known = ~np.isnan(numbers_)

    def refuse(rows: NDArray[np.bool_], what: str) -> None:
        if rows.any():
            notes.refuse(rows, lambda row: f"{label(column)} {numbers_[row]:.16g} {what}")

    finite = np.isfinite(numbers_)
    refuse(known & ~finite, "is not a finite number")
    if column in NON_NEGATIVE_COLUMNS:
        refuse(finite & (numbers_ < 0), "is negative")
    if column in WHOLE_NUMBER_COLUMNS:
        whole = np.floor(numbers_) == numbers_
        refuse(finite & ~(whole & (np.abs(numbers_) < LARGEST)), "is not a whole number")


def _read_dates(values: pd.Series, notes: Notes) -> NDArray[np.datetime64]:
    _require_kind(values, "OSUTM", "dates")
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
        return values.to_numpy(dtype="datetime64[D]").astype("datetime64[ms]")
    given = _objects(values)
    parsed, wrong = _parse_texts("last_review", given)
    read = parsed.astype("datetime64[ms]")
    for row in _typed(given):
        date = _as_date(given[row])
        if date is None:
            wrong[row] = f"{_shown(given[row])} is no date"
        else:
            read[row] = date
    _refuse_wrong(str(values.name), wrong, notes)
    return read


def _parse_texts(column: str, given: Objects) -> tuple[NDArray[Any], dict[int, str]]:
    """Read the texts among values as ingest reads those of a column.

    Returns:
        What they say, missing where there is no text; and what is wrong, by row.
    """
    texts = [_writable(value) if isinstance(value, str) and value else None for value in given]
    read, wrong = parse_texts(pa.chunked_array([pa.array(texts, pa.string())]), column, MARKERS)
    values = read.to_numpy(zero_copy_only=False)
    return values, {row: cut(says, 80) for row, says in wrong.items()}


def _typed(given: Objects) -> list[int]:
    """Return the rows that hold neither a text nor nothing."""
    return [
        row for row, value in enumerate(given) if value is not None and not isinstance(value, str)
    ]


def _refuse_wrong(column: str, wrong: Mapping[int, str], notes: Notes) -> None:
    rows = np.zeros(len(notes.priced), dtype=bool)
    rows[list(wrong)] = True
    notes.refuse(rows, lambda row: f"{label(column)} {wrong[row]}")


def _require_kind(values: pd.Series, kinds: str, what: str) -> None:
    """Refuse a column of a type that can't hold such values; one without any value may be."""
    kind = "O" if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype.kind
    if kind not in kinds and values.notna().any():
        msg = (
            f"Column {values.name!r} of the listings to estimate has values of type "
            f"{cut(str(values.dtype))} where the model needs {what}."
        )
        raise SignatureError(msg)


def _objects(values: pd.Series) -> Objects:
    """Return the values as objects, ``None`` where one is missing."""
    objects: Objects = np.array(values.to_numpy(dtype=object), dtype=object)
    objects[pd.isna(objects)] = None
    return objects


def _as_float(value: object) -> float | None:
    if isinstance(value, bool | np.bool_ | np.timedelta64):
        return None
    if not isinstance(value, numbers.Real | Decimal):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _as_date(value: object) -> np.datetime64 | None:
    if not isinstance(value, dt.date | np.datetime64):
        return None
    day = value.date().isoformat() if isinstance(value, dt.datetime) else str(value)[:10]
    return np.datetime64(day, "ms")


def _writable(text: str) -> str:
    """Return a text as it can be written down: half a surrogate pair becomes its number."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def _shown(value: object) -> str:
    return repr(cut(str(value)))


_READERS: Mapping[str, Reader] = {"str": _read_texts, "datetime64[ms]": _read_dates}

"""Turn the texts of a drop into numbers, dates and texts, and say what can't be read.

Arrow casts whole columns. Only the odd texts, those that Arrow can't read or reads in
another way than we do, go through Python, each different one once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rental_pricing.errors import cut
from rental_pricing.listings.arrow import arrow_type, to_frame
from rental_pricing.listings.columns import (
    CATEGORY_COLUMNS,
    DATE_COLUMNS,
    NON_NEGATIVE_COLUMNS,
    TEXT_COLUMNS,
)

Reader = Callable[[str], Any]
"""From a text to its value (``None``: no value); ``ValueError`` says what it is not."""

_WHOLE_NUMBER = re.compile(r"([+-]?\d{1,19})(\.0*)?")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST = 2**63 - 1
_PLAIN = {pa.int64(): r"^-?[0-9]{1,18}$", pa.float64(): r"^-?[0-9]{1,15}(\.[0-9]{1,20})?$"}
_LONGEST_PLAIN = 19
# White space as str.split() has it, in RE2's words.
_UNCLEAN = (
    r"^ | $|  |[\t-\r\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}"
    r"\x{202f}\x{205f}\x{3000}]"
)


def parse_column(
    values: Iterable[Any], name: str, missing_markers: Iterable[str]
) -> tuple[pd.Series, dict[int, str]]:
    """Parse the texts of one column.

    Args:
        values: Texts, or missing; the index of a series is kept.
        name: Name of the column, which decides the type.
        missing_markers: Texts, in any case, that mean "no value" in numbers and dates.

    Returns:
        The values (missing where empty or unreadable) and, for each unreadable value by
        its position, what is wrong with it.
    """
    raw = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="object")
    texts = pa.array(raw, pa.string(), from_pandas=True)
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    parsed, problems = parse_texts(pa.chunked_array([texts]), name, missing_markers)
    return to_frame(pa.table({name: parsed})).set_index(raw.index)[name], problems


def parse_texts(
    texts: pa.ChunkedArray, name: str, missing_markers: Iterable[str]
) -> tuple[pa.Array, dict[int, str]]:
    """Parse one column, as :func:`parse_column`, from Arrow to Arrow; no text is empty.

    Texts are trimmed, and runs of white space inside become one blank. A date is
    ``YYYY-MM-DD``; a whole number may end in ``.0``; a decimal is finite.
    """
    column = texts.combine_chunks()
    if name in CATEGORY_COLUMNS:
        return _each_once(column, _read_text, pa.string())
    if name in TEXT_COLUMNS:
        return _reread(column, column, _matches(column, _UNCLEAN), _read_text)
    reader = partial(_read_value, name=name, markers={m.casefold() for m in missing_markers})
    if name in DATE_COLUMNS:
        return _each_once(column, reader, arrow_type(name))
    numbers, odd = _cast(column, arrow_type(name))
    if name in NON_NEGATIVE_COLUMNS:
        odd |= pc.less(numbers, 0).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    return _reread(column, numbers, odd, reader)


def _cast(texts: pa.Array, kind: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """Cast texts to numbers, and mark those that have to be read again."""
    try:
        numbers = pc.cast(texts, kind)
    except pa.ArrowInvalid:
        odd = pc.is_valid(texts).to_numpy(zero_copy_only=False) & ~_matches(texts, _PLAIN[kind])
        numbers = pc.cast(pc.if_else(pa.array(~odd), texts, None), kind)
    else:
        if kind == pa.int64():  # Arrow reads 0x1A as 26, and any number of zeros before
            strange = pc.or_(
                pc.greater(pc.binary_length(texts), _LONGEST_PLAIN),
                pc.match_substring(texts, "x", ignore_case=True),
            )
        else:
            strange = pc.invert(pc.is_finite(numbers))
        odd = strange.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    return (pc.add(numbers, 0.0) if kind == pa.float64() else numbers), odd  # no -0.0


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    found: np.ndarray = (
        pc.match_substring_regex(texts, pattern)
        .fill_null(fill_value=False)
        .to_numpy(zero_copy_only=False)
    )
    return found


def _reread(
    texts: pa.Array, values: pa.Array, odd: np.ndarray, read: Reader
) -> tuple[pa.Array, dict[int, str]]:
    """Replace the values of odd texts by what Python reads in them."""
    if not odd.any():
        return values, {}
    mask = pa.array(odd)
    found, problems = _each_once(texts.filter(mask), read, values.type)
    rows = np.flatnonzero(odd)
    told = {int(rows[position]): what for position, what in problems.items()}
    return pc.replace_with_mask(values, mask, found), told


def _each_once(texts: pa.Array, read: Reader, kind: pa.DataType) -> tuple[pa.Array, dict[int, str]]:
    coded = texts.dictionary_encode()
    found: list[Any] = []
    wrong: dict[int, str] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        try:
            found.append(read(text))
        except ValueError as error:
            found.append(None)
            wrong[code] = f"'{cut(text)}' {error}"
    values = pa.array(found, kind).take(coded.indices)
    if not wrong:
        return values, {}
    codes = coded.indices.fill_null(-1).to_numpy()
    rows = np.flatnonzero(np.isin(codes, list(wrong)))
    return values, {int(row): wrong[int(codes[row])] for row in rows}


def _read_text(text: str) -> str | None:
    return " ".join(text.split()) or None


def _read_value(text: str, *, name: str, markers: set[str]) -> Any:
    text = text.strip()
    if not text or text.casefold() in markers:
        return None
    if name in DATE_COLUMNS:
        return _read_date(text)
    number = _read_whole(text) if arrow_type(name) == pa.int64() else _read_decimal(text)
    if number < 0 and name in NON_NEGATIVE_COLUMNS:
        msg = "is negative"
        raise ValueError(msg)
    return number


def _read_whole(text: str) -> int:
    """Read without a detour over floats, which would change ids above 2**53."""
    match = _WHOLE_NUMBER.fullmatch(text)
    if match is None or abs(int(match[1])) > _LARGEST:
        msg = "is not a whole number of at most 64 bits"
        raise ValueError(msg)
    return int(match[1])


def _read_decimal(text: str) -> float:
    number = float(text) if _DECIMAL.fullmatch(text) else np.nan
    if not np.isfinite(number):
        msg = "is not a finite number"
        raise ValueError(msg)
    return number + 0.0  # no -0.0


def _read_date(text: str) -> datetime:
    try:
        if _DATE.fullmatch(text):
            year, month, day = map(int, text.split("-"))
            return datetime(year, month, day)  # noqa: DTZ001 - a day of the calendar
    except ValueError:
        pass
    msg = "is not a date of the form YYYY-MM-DD"
    raise ValueError(msg)

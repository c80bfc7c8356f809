"""The records of a drop as Python's csv module reads them: slowly, but it can explain."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa

from rental_pricing.errors import DropFormatError, cut, cut_list, did_you_mean
from rental_pricing.listings.columns import LINE, RAW_COLUMNS

FIELD_LIMIT = 131_072
"""Longest value, in characters: the csv module's own limit."""

_BATCH = 50_000
_OTHER_DELIMITERS = (";", "\t", "|")


def read_header(content: bytes, source: str) -> list[str]:
    """Read the names of the columns.

    Args:
        content: The file, or its beginning, without a byte order mark.
        source: Name of the file, for messages.

    Returns:
        The names in the order of the file, without blanks around them.

    Raises:
        DropFormatError: If the file is not UTF-8, or separated by something else than commas.
    """
    _, values, _ = next(_records(content, source), (0, [], 0))
    header = [name.strip() for name in values]
    for delimiter in _OTHER_DELIMITERS:
        if len(header) == 1 and delimiter in header[0]:
            msg = (
                f"{source}, line 1: the columns are separated by {delimiter!r}, not by "
                f"a comma. Export the file again, comma-separated."
            )
            raise DropFormatError(msg)
    return header


def read_records(
    content: bytes,
    header: list[str],
    source: str,
    columns: Sequence[str] = RAW_COLUMNS,
    before: int = 0,
) -> tuple[pa.Table, list[int]]:
    """Read all values as texts.

    Args:
        content: A header and records, without a byte order mark.
        header: The names of the columns.
        source: Name of the file, for messages.
        columns: Those that are wanted.
        before: Lines of the file that are missing between the header and the records.

    Returns:
        One row a record: the columns as texts (missing where empty) and ``line``, the
        line on which it starts; and the positions of rows that go over several lines.

    Raises:
        DropFormatError: If the file is not UTF-8, has broken quoting, a value that is too
            long, or a row with too few or too many values.
    """
    records = _records(content, source, before)
    next(records, None)
    tables: list[pa.Table] = []
    spanning: list[int] = []
    row = 0
    while batch := list(islice(records, _BATCH)):
        for line, values, last in batch:
            if len(values) != len(header):
                raise DropFormatError(_wrong_width(line, values, header, source))
            if last > line:
                spanning.append(row)
            row += 1
        tables.append(_as_table(batch, header, columns))
    return pa.concat_tables(tables or [_as_table([], header, columns)]), spanning


def _as_table(
    batch: list[tuple[int, list[str], int]], header: list[str], wanted: Sequence[str]
) -> pa.Table:
    columns = zip(*(values for _, values, _ in batch), strict=True) if batch else [()] * len(header)
    texts = {
        name: pa.array([text or None for text in column], pa.string())
        for name, column in zip(header, columns, strict=True)
        if name in wanted
    }
    lines = np.array([line for line, _, _ in batch], dtype=np.int64)
    return pa.table({name: texts[name] for name in wanted} | {LINE: lines})


def _records(content: bytes, source: str, before: int = 0) -> Iterator[tuple[int, list[str], int]]:
    """Yield each record between its first and last line; blank lines are passed over."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(text, strict=True)
    while True:
        start = reader.line_num + 1 + before
        try:
            values = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError:
            raise DropFormatError(_not_utf8(content, source, before)) from None
        except csv.Error as error:
            raise DropFormatError(_broken(source, start, error)) from error
        if values:
            yield start, values, reader.line_num + before


def _broken(source: str, line: int, error: csv.Error) -> str:
    if "field limit" in str(error):
        return (
            f"{source}, record starting on line {line}: a value is longer than {FIELD_LIMIT:,} "
            f"characters. No listing has such a value: look for a quote that is not closed, "
            f"and deliver the file again."
        )
    return (
        f"{source}, record starting on line {line}: broken quoting ({error}). A value "
        f"that holds a comma, a quote or a line break must be quoted, with quotes "
        f"inside it doubled. Export the file again as standard CSV."
    )


def _not_utf8(content: bytes, source: str, lines_before: int) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        at = error.start
    before = content[:at]
    line = before.count(b"\n") + 1 + lines_before
    return (
        f"{source}, line {line}{_column_at(before)}: byte "
        f"0x{content[at]:02x} is not UTF-8. Save the file with the encoding UTF-8 and deliver "
        f"it again."
    )


def _column_at(before: bytes) -> str:
    """Name the column in which the bytes end, where that can be told."""
    text = io.StringIO(before.decode(errors="replace"), newline="")
    try:
        header: list[str] = []
        last: list[str] = []
        for last in csv.reader(text):
            header = header or last
    except csv.Error:
        return ""
    known = last is not header and 0 < len(last) <= len(header)
    return f", column {cut(header[len(last) - 1])!r}" if known else ""


def check_columns(header: list[str], source: str) -> None:
    """Check that the columns are those of a drop.

    Raises:
        DropFormatError: Naming what is missing, not expected, or there twice.
    """
    expected = list(RAW_COLUMNS)
    missing = [name for name in expected if name not in header]
    extra = [name for name in header if name not in expected]
    problems = [f"column {name!r} is missing" for name in missing]
    problems += [
        f"column {cut(name)!r} is not expected{did_you_mean(cut(name), missing)}" for name in extra
    ]
    problems += twice(header)
    if problems:
        msg = (
            f"{source}, line 1: {cut_list(problems, separator='; ')}. A drop has exactly the "
            f"columns {', '.join(expected)}. Correct the header, or the export, and deliver again."
        )
        raise DropFormatError(msg)


def twice(header: list[str]) -> list[str]:
    """Return what is to be said of columns that are there more than once."""
    counts = Counter(header)
    return [f"column {cut(name)!r} stands there twice" for name in counts if counts[name] > 1]


def _wrong_width(line: int, values: list[str], header: list[str], source: str) -> str:
    filled = header[: len(values)]
    where = f"column {header[len(filled)]!r}" if len(filled) < len(header) else "the last column"
    what = "has no value" if len(filled) < len(header) else "is followed by more"
    return (
        f"{source}, line {line}: {len(values)} values instead of {len(header)}; {where} {what}. "
        f"A comma or line break in a text must be quoted; a cut-off file must be delivered again."
    )

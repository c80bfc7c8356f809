"""Parse the bytes of one weekly drop, or say exactly where they are wrong."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from rental_pricing.errors import DropFormatError, did_you_mean
from rental_pricing.listings.columns import LINE, RAW_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHER_DELIMITERS = (";", "\t", "|")


def parse_drop(content: bytes, source: str) -> pd.DataFrame:
    """Parse a drop without interpreting its values.

    Args:
        content: The bytes of a comma-separated file in UTF-8 (a byte order mark is
            allowed) with a header. Columns may come in any order; quoted values may
            span lines.
        source: Name of the file, for messages.

    Returns:
        One row a record, all values as text exactly as delivered: the 16 columns of
        ``RAW_COLUMNS`` in that order, and ``line``, the line of the file (header = 1)
        on which the record starts.

    Raises:
        DropFormatError: If the file is empty, has no rows, is not UTF-8, has broken
            quoting, another delimiter, other columns, or a row with too few or too
            many values.
    """
    reader = csv.reader(io.StringIO(_decode(content, source), newline=""), strict=True)
    records = _records(reader, source)
    header = [name.strip() for name in next(records, (0, []))[1]]
    _check_header(header, source)
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, values in records:
        if len(values) != len(header):
            raise DropFormatError(_wrong_width(line, values, header, source))
        lines.append(line)
        rows.append(values)
    if not rows:
        msg = f"{source} has a header but no rows. Deliver the file again, complete."
        raise DropFormatError(msg)
    frame = pd.DataFrame(rows, columns=pd.Index(header), dtype="str")
    return frame[list(RAW_COLUMNS)].assign(**{LINE: lines})


def _decode(content: bytes, source: str) -> str:
    if not content.strip():
        msg = f"{source} is empty. Deliver the file again, complete."
        raise DropFormatError(msg)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        msg = (
            f"{source}, line {line}{_column_at(before)}: byte 0x{content[error.start]:02x} is "
            f"not UTF-8. Save the file with the encoding UTF-8 and deliver it again."
        )
        raise DropFormatError(msg) from error


def _column_at(before: bytes) -> str:
    """Name the column in which the bytes end, where that can be told."""
    text = before.decode("utf-8-sig", errors="replace")
    try:
        parsed = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error:
        return ""
    if len(parsed) < 2 or not 0 < len(parsed[-1]) <= len(parsed[0]):  # noqa: PLR2004 - header + row
        return ""
    return f", column {parsed[0][len(parsed[-1]) - 1]!r}"


def _records(reader: Iterator[list[str]], source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it starts; blank lines are passed over."""
    while True:
        start = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            msg = (
                f"{source}, record starting on line {start}: broken quoting ({error}). A value "
                f"that holds a comma, a quote or a line break must be quoted, with quotes "
                f"inside it doubled. Export the file again as standard CSV."
            )
            raise DropFormatError(msg) from error
        if values:
            yield start, values


def _check_header(header: list[str], source: str) -> None:
    expected = list(RAW_COLUMNS)
    if len(header) == 1:
        for delimiter in _OTHER_DELIMITERS:
            if delimiter in header[0]:
                msg = (
                    f"{source}, line 1: the columns are separated by {delimiter!r}, not by "
                    f"a comma. Export the file again, comma-separated."
                )
                raise DropFormatError(msg)
    missing = [name for name in expected if name not in header]
    extra = [name for name in header if name not in expected]
    twice = [name for name, count in Counter(header).items() if count > 1]
    problems = [f"column {name!r} is missing" for name in missing]
    problems += [f"column {name!r} is not expected{did_you_mean(name, missing)}" for name in extra]
    problems += [f"column {name!r} stands there twice" for name in twice]
    if problems:
        msg = (
            f"{source}, line 1: {'; '.join(problems)}. A drop has exactly the columns "
            f"{', '.join(expected)}. Correct the header, or the export, and deliver again."
        )
        raise DropFormatError(msg)


def _wrong_width(line: int, values: list[str], header: list[str], source: str) -> str:
    filled = header[: len(values)]
    where = f"column {header[len(filled)]!r}" if len(filled) < len(header) else "the last column"
    what = "has no value" if len(filled) < len(header) else "is followed by more"
    return (
        f"{source}, line {line}: {len(values)} values instead of {len(header)}; {where} {what}. "
        f"A comma or line break in a text must be quoted; a cut-off file must be delivered again."
    )

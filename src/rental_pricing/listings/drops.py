"""Parse the bytes of one weekly drop, or say exactly where they are wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from rental_pricing.errors import DropFormatError
from rental_pricing.listings.columns import LINE, RAW_COLUMNS
from rental_pricing.listings.quoting import find_records
from rental_pricing.listings.records import FIELD_LIMIT, check_columns, read_header, read_records

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BLOCK = 4 << 20  # bytes that pyarrow parses at once; more than any record may have


def parse_drop(content: bytes, source: str) -> pa.Table:
    """Parse a drop without interpreting its values.

    Args:
        content: The bytes of a comma-separated file in UTF-8 (a byte order mark is
            allowed) with a header. Columns may come in any order; quoted values may
            span lines.
        source: Name of the file, for messages.

    Returns:
        One row a record, all values as text exactly as delivered (missing where empty):
        the 16 columns of ``RAW_COLUMNS`` in that order, and ``line``, the line of the
        file (header = 1) on which the record starts.

    Raises:
        DropFormatError: If the file is empty, has no rows, is not UTF-8, is packed, has
            broken quoting, another delimiter, other columns, or a row with too few or
            too many values.
    """
    content = without_mark(content, source)
    header = read_header(content, source)
    check_columns(header, source)
    table = parse_records(content, header, source)
    if not table.num_rows:
        raise DropFormatError(no_rows_message(source))
    return table


def no_rows_message(source: str) -> str:
    """Say that a drop is empty but for its header."""
    return f"{source} has a header but no rows. Deliver the file again, complete."


def parse_records(
    content: bytes,
    header: list[str],
    source: str,
    columns: Sequence[str] = RAW_COLUMNS,
    before: int = 0,
) -> pa.Table:
    """Parse a header and some records, without interpreting their values.

    Args:
        content: The header and whole records, without a byte order mark.
        header: The names of the columns.
        source: Name of the file, for messages.
        columns: Those that are wanted.
        before: Lines of the file that are missing between the header and the records.

    Returns:
        As :func:`parse_drop`; maybe without a row.

    Raises:
        DropFormatError: As :func:`parse_drop`.
    """
    table, spanning = _read_fast(content, header, columns, before) or read_records(
        content, header, source, columns, before
    )
    suspects = table.take(pa.array(spanning, pa.int64()))
    _refuse_swallowed_rows(suspects, columns, len(header) - 1, source)
    return table


def without_mark(content: bytes, source: str) -> bytes:
    """Return a file, or its beginning, without a byte order mark.

    Raises:
        DropFormatError: It is empty, or no text.
    """
    content = content.removeprefix(_BYTE_ORDER_MARK)
    if not content or content.isspace():
        msg = f"{source} is empty. Deliver the file again, complete."
    elif content.startswith(_GZIP) and source.endswith(".gz"):
        msg = f"{source} is packed twice (gzip inside gzip). Unpack it once and deliver it again."
    elif content.startswith(_GZIP):
        msg = f"{source} is packed (gzip), but its name says that it is not. Name it {source}.gz."
    elif content.startswith(_ZIP):
        msg = (
            f"{source} is a ZIP archive or a spreadsheet, not CSV. Unpack or export it as CSV, "
            f"and deliver it again."
        )
    else:
        return content
    raise DropFormatError(msg)


def _read_fast(
    content: bytes, header: list[str], columns: Sequence[str] = RAW_COLUMNS, before: int = 0
) -> tuple[pa.Table, Sequence[int]] | None:
    """Read with pyarrow, or return ``None`` where the csv module has to explain."""
    layout = find_records(content)
    if layout is None or layout.longest > FIELD_LIMIT:
        return None
    try:
        table = csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(column_names=header, block_size=_BLOCK),
            csv.ParseOptions(newlines_in_values=bool(len(layout.spanning))),
            csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                include_columns=list(columns),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(layout.lines):
        return None
    # The header is the first record: the names were given.
    rows = table.slice(1).append_column(LINE, pa.array(layout.lines[1:] + before))
    return rows, (layout.spanning[layout.spanning > 0] - 1).tolist()


def _refuse_swallowed_rows(
    suspects: pa.Table, columns: Sequence[str], row_commas: int, source: str
) -> None:
    """Refuse a value that holds whole rows: its quote was opened by mistake.

    Args:
        suspects: The rows that go over several lines.
        columns: Where to look.
        row_commas: Commas of a row.
        source: Name of the file, for messages.
    """
    for name in columns if suspects.num_rows else ():
        commas = pc.count_substring(suspects[name], ",").fill_null(0).to_numpy()
        breaks = pc.match_substring_regex(suspects[name], r"[\r\n]").fill_null(fill_value=False)
        found = np.flatnonzero((commas >= row_commas) & breaks.to_numpy())
        if len(found):
            row = int(found[0])
            lines = len(suspects[name][row].as_py().splitlines())
            msg = (
                f"{source}, record starting on line {suspects[LINE][row]}, column {name!r}: the "
                f"value goes over {lines} lines and holds {commas[row]} commas, as if rows had "
                f"been taken for text. Look for a quote that is not closed; quotes inside a "
                f"value must be doubled. Correct the file and deliver it again."
            )
            raise DropFormatError(msg)

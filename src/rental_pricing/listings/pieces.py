"""A CSV file cut into pieces of whole records, so that it need not be in memory at once."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from rental_pricing.errors import DropFormatError
from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.listings.drops import no_rows_message, parse_records, without_mark
from rental_pricing.listings.quoting import QUOTE, is_plain, line_ends
from rental_pricing.listings.records import check_columns, read_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

LONGEST_RECORD = 16 << 20
"""Bytes; a longer record is not waited for."""


def parse_pieces(
    blocks: Iterable[bytes], source: str, choose: Callable[[list[str]], list[str]]
) -> Iterator[pa.Table]:
    """Parse a file piece by piece, as :func:`rental_pricing.listings.drops.parse_drop` does.

    Args:
        blocks: The file's bytes, in blocks of any size.
        source: Name of the file, for messages.
        choose: From the names in the header to those of the columns that are wanted; raises
            what is wrong with them.

    Yields:
        The records of a piece, values as texts: the wanted columns and ``line``; maybe none.

    Raises:
        DropFormatError: As ``parse_drop`` does, but for a file without rows.
    """
    pieces = whole_records(blocks, source)
    first = without_mark(next(pieces, (b"", 0))[0], source)
    header = read_header(first, source)
    columns = choose(header)
    yield parse_records(first, header, source, columns)
    head = first[: _first_record(first)]
    lines = len(line_ends(head))
    for piece, before in pieces:
        yield parse_records(head + piece, header, source, columns, before - lines)


def parse_drop_pieces(blocks: Iterable[bytes], source: str) -> Iterator[pa.Table]:
    """Parse a drop piece by piece, as :func:`rental_pricing.listings.drops.parse_drop` does.

    Args:
        blocks: The file's bytes, in blocks of any size.
        source: Name of the file, for messages.

    Raises:
        DropFormatError: As ``parse_drop`` does.
    """

    def choose(header: list[str]) -> list[str]:
        check_columns(header, source)
        return list(RAW_COLUMNS)

    rows = 0
    for piece in parse_pieces(blocks, source, choose):
        rows += piece.num_rows
        if piece.num_rows:
            yield piece
    if not rows:
        raise DropFormatError(no_rows_message(source))


def whole_records(blocks: Iterable[bytes], source: str) -> Iterator[tuple[bytes, int]]:
    """Yield pieces that end where a record ends, each with the number of lines before it.

    Raises:
        DropFormatError: A record does not end.
    """
    rest, before = b"", 0
    for block in blocks:
        rest += block
        end = _end_of_records(rest)
        if end:
            yield rest[:end], before
            before += len(line_ends(rest[:end]))
            rest = rest[end:]
        elif len(rest) > LONGEST_RECORD:
            msg = (
                f"{source}, record starting on line {before + 1}: it is longer than "
                f"{LONGEST_RECORD >> 20} MB. No listing is: look for a quote that is not closed, "
                f"and deliver the file again."
            )
            raise DropFormatError(msg)
    if rest:
        yield rest, before


def _end_of_records(content: bytes) -> int:
    """Return how many bytes are whole records; what follows may be the beginning of one."""
    ends = line_ends(content)
    ends = ends[ends < len(content) - 1] if content.endswith(b"\r") else ends
    if not len(ends):
        return 0
    data = np.frombuffer(content, dtype=np.uint8)
    quotes = np.flatnonzero(data == QUOTE)
    outside = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
    if len(outside):
        end = int(ends[outside[-1]]) + 1
        if is_plain(data[:end], quotes[quotes < end]):
            return end
    lines = _lines_of_records(content[: ends[-1] + 1], len(ends))
    return int(ends[lines - 1]) + 1 if lines else 0


def _lines_of_records(content: bytes, lines: int) -> int:
    """Return how many lines are whole records, as Python's csv module reads them."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", "replace", newline="")
    reader = csv.reader(text, strict=True)
    whole = 0
    try:
        for _ in reader:
            whole = reader.line_num
    except csv.Error:
        # Broken before the end: whoever parses it will say so. At the end: maybe cut there.
        return whole if reader.line_num == lines else lines
    return whole


def _first_record(content: bytes) -> int:
    """Return how many bytes the header has, with blank lines before it."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", "replace", newline="")
    reader = csv.reader(text, strict=True)
    next(filter(None, reader), None)
    ends = line_ends(content)
    return int(ends[reader.line_num - 1]) + 1 if reader.line_num <= len(ends) else len(content)

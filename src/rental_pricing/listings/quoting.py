"""Where the records of a CSV file begin, found on its bytes, and whether its quoting is plain.

A fast reader takes any quote that it meets for the beginning or end of a value. It can be
trusted where each quote stands beside a comma, a line end or its twin: then the number of
quotes before a line end tells whether that ends a record or stands inside a value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_COMMA, QUOTE, _LF, _CR = b',"\n\r'


@dataclass(frozen=True)
class Layout:
    """The records of a file.

    Attributes:
        lines: For each record the line on which it starts; the first line is 1.
        spanning: Positions of the records that go over several lines.
        longest: Length of the longest record, in bytes.
    """

    lines: NDArray[np.int64]
    spanning: NDArray[np.int64]
    longest: int


def find_records(content: bytes) -> Layout | None:
    """Find the records of a CSV file without reading its values.

    Lines end as Python's universal newlines do; blank lines are no records.

    Args:
        content: The file, without a byte order mark; not empty.

    Returns:
        ``None`` where a quote stands inside a value without its twin, or is not closed:
        such a file has to be read by something that explains.
    """
    data = np.frombuffer(content, dtype=np.uint8)
    quotes = np.flatnonzero(data == QUOTE)
    if not is_plain(data, quotes):
        return None
    ends = line_ends(content)
    inside = np.searchsorted(quotes, ends) % 2 == 1
    starts = np.concatenate([[0], ends[~inside] + 1])
    lines = np.concatenate([[1], np.flatnonzero(~inside) + 2])
    longest = int(np.diff(starts, append=len(data)).max())
    is_record = starts < len(data)
    first = data[starts[is_record]]
    is_record[is_record] = (first != _LF) & (first != _CR)
    starts, lines = starts[is_record], lines[is_record]
    spanning = np.unique(np.searchsorted(starts, ends[inside], side="right") - 1)
    return Layout(lines, spanning, longest)


def line_ends(content: bytes) -> NDArray[np.int64]:
    """Return where each line's last byte is; lines end with LF, CR LF, or CR alone."""
    data = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(data == _LF)
    if b"\r" in content:
        returns = np.flatnonzero(data == _CR)
        following = data[np.minimum(returns + 1, len(data) - 1)]
        ends = np.union1d(ends, returns[following != _LF])
    return ends


def is_plain(data: NDArray[np.uint8], quotes: NDArray[np.int64]) -> bool:
    """Tell whether each quote stands beside a comma, a line end or its twin, and is closed.

    Args:
        data: The bytes.
        quotes: Where quotes are.
    """
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = data[opening[opening > 0] - 1]
    after = data[closing[closing < len(data) - 1] + 1]
    return bool(_may_stand_beside(before).all() and _may_stand_beside(after).all())


def _may_stand_beside(neighbours: NDArray[np.uint8]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.isin(neighbours, (_COMMA, QUOTE, _LF, _CR))
    return found

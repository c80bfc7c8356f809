"""Finding records on the bytes of a file."""

from __future__ import annotations

import pytest

from rental_pricing.listings.quoting import find_records


@pytest.mark.parametrize(
    ("content", "lines", "spanning"),
    [
        (b"a\nb\n", [1, 2], []),
        (b"a\nb", [1, 2], []),
        (b"a\r\nb\r\n", [1, 2], []),
        (b"a\rb\r", [1, 2], []),
        (b"a\n\rb", [1, 3], []),
        (b"\n\na\n\nb\n\n", [3, 5], []),
        (b'"a\nb"\nc', [1, 3], [0]),
        (b'x,"a\r\nb\r"\nc', [1, 4], [0]),
        (b'"a""\n""b"\nc', [1, 3], [0]),
        (b'""\n"\n"', [1, 2], [1]),
        (b'"\n"\n"\n"\nc', [1, 3, 5], [0, 1]),
    ],
)
def test_records_begin_after_line_ends_outside_quotes(
    content: bytes, lines: list[int], spanning: list[int]
) -> None:
    """Lines are counted as Python's universal newlines are; blank ones are no records."""
    layout = find_records(content)
    assert layout is not None
    assert layout.lines.tolist() == lines
    assert layout.spanning.tolist() == spanning


@pytest.mark.parametrize(
    "content",
    [
        b'"',
        b'a"b"',
        b'"a"b',
        b'"a" \n',
        b' "a"',
        b'"a""',
        b'""a"',
        b'a""b',
        b'x,"a\ny,"b",c\n',
        b'"a\\"b"',
    ],
)
def test_a_quote_beside_anything_else_needs_explaining(content: bytes) -> None:
    """A quote stands beside a comma, a line end, an end of the file, or its twin."""
    assert find_records(content) is None


@pytest.mark.parametrize("content", [b'""', b'"a"', b',"a",\n"b"\r"c"', b'""""', b'"a"",""b"'])
def test_plain_quoting_needs_none(content: bytes) -> None:
    """All that a standard CSV writer makes is plain."""
    assert find_records(content) is not None


def test_the_longest_record_is_measured_in_bytes() -> None:
    """With its line end."""
    layout = find_records("aé\nabcdef\nb".encode())
    assert layout is not None
    assert layout.longest == 7

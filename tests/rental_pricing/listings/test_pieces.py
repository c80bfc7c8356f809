"""A file read in pieces is the file read at once."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.errors import DropFormatError
from rental_pricing.listings.columns import LINE, RAW_COLUMNS
from rental_pricing.listings.drops import parse_drop
from rental_pricing.listings.pieces import parse_pieces, whole_records

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = ["5", "Nice flat", "7", "Jo", "Queens", "Astoria", "40.7", "-73.9", "Private room", "90"]
ROW += ["1", "0", "", "", "1", "9"]


def drop(titles: list[str], end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(RAW_COLUMNS)
    writer.writerows([[str(n), title, *ROW[2:]] for n, title in enumerate(titles, start=1)])
    return text.getvalue().encode()


def blocks(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


def read(content: bytes, size: int) -> pa.Table:
    pieces = parse_pieces(blocks(content, size), "drop.csv", lambda _: list(RAW_COLUMNS))
    return pa.concat_tables(pieces).combine_chunks()


def outcome(function: Callable[[], pa.Table]) -> list[dict[str, object]] | str:
    """Return the rows that are read, or what is wrong."""
    try:
        return function().to_pylist()
    except DropFormatError as error:
        return str(error)


@given(
    titles=st.lists(st.text('ab,"\n\r é', max_size=12), min_size=1, max_size=8),
    size=st.integers(1, 400),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_any_size_of_blocks_gives_the_same_rows_and_lines(
    titles: list[str], size: int, end: str, quoting: int, mark: bytes
) -> None:
    """Values with commas, quotes and line ends, cut anywhere; or the same error.

    Python's csv module writes some values in a way that it can't read again.
    """
    content = mark + drop(titles, end, quoting)
    whole = outcome(lambda: parse_drop(content, "drop.csv"))
    assert outcome(lambda: read(content, size)) == whole


@pytest.mark.parametrize("size", [1, 7, 100, 300, 10_000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_bare_quote_does_not_shift_the_records(size: int, end: str) -> None:
    """It is legal, though it makes the number of quotes odd."""
    content = drop(["plain"] * 5, end).replace(b"plain", b'5" bed', 1)
    rows = read(content, size)
    assert rows["name"].to_pylist() == ['5" bed', *["plain"] * 4]
    assert rows[LINE].to_pylist() == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("size", [1, 50, 333, 10_000])
@pytest.mark.parametrize(
    ("title", "told"),
    [
        (b'"Nice" room', r"line 4: broken quoting"),
        (b'"Nice', r"line 4: broken quoting|line 4, column 'name': the value goes over"),
        (b"Nice,room", r"line 4: 17 values instead of 16"),
        (b"caf\xe9", r"line 4, column 'name': byte 0xe9 is not UTF-8"),
    ],
    ids=["quote", "open quote", "comma", "latin"],
)
def test_what_is_broken_is_told_with_its_line(size: int, title: bytes, told: str) -> None:
    """The line of the file, whatever piece it is in, as when the file is read at once."""
    content = drop(["plain"] * 8).replace(b"3,plain", b"3," + title)
    with pytest.raises(DropFormatError, match=told) as whole:
        parse_drop(content, "drop.csv")
    with pytest.raises(DropFormatError, match=told) as pieces:
        read(content, size)
    assert str(pieces.value) == str(whole.value)


def test_a_record_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would fill the memory."""
    monkeypatch.setattr("rental_pricing.listings.pieces.LONGEST_RECORD", 100)
    endless = (b'"x' if not n else b"x" * 50 for n in range(10_000))
    with pytest.raises(DropFormatError, match=r"f\.csv, record starting on line 1: it is longer"):
        list(whole_records(endless, "f.csv"))


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_file_is_told(content: bytes) -> None:
    """As for a drop."""
    with pytest.raises(DropFormatError, match="is empty"):
        read(content, 10)


def test_a_file_without_rows_has_none() -> None:
    """Pieces may have no rows."""
    assert read(drop([]), 50).num_rows == 0

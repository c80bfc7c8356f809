"""Parsing the bytes of a drop."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.errors import DropFormatError
from rental_pricing.listings import drops
from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.listings.drops import parse_drop
from rental_pricing.listings.records import FIELD_LIMIT, read_header, read_records

if TYPE_CHECKING:
    import pyarrow as pa

HEADER = ",".join(RAW_COLUMNS)
ROW = "1,Nice room,5,Ann,Queens,Sunnyside,40.74,-73.92,Private room,74,2,6,2019-05-26,0.13,1,5"


def drop(*lines: str, end: str = "\n") -> bytes:
    return (end.join([HEADER, *lines]) + end).encode()


def named(title: str) -> str:
    return ROW.replace("Nice room", title)


def test_values_stay_texts_as_delivered() -> None:
    """Nothing is interpreted: blanks and zeros come through, what is empty is missing."""
    table = parse_drop(drop(named("  007 ").replace("0.13", "")), "a.csv")
    assert table["name"].to_pylist() == ["  007 "]
    assert table["reviews_per_month"].to_pylist() == [None]
    assert table["price"].to_pylist() == ["74"]


def test_line_is_where_the_record_starts() -> None:
    """A title with line breaks moves the lines of the rows after it."""
    table = parse_drop(drop(named('"Nice\n\nroom"'), ROW), "a.csv")
    assert table["line"].to_pylist() == [2, 5]
    assert table["name"][0].as_py() == "Nice\n\nroom"


def test_blank_lines_are_passed_over() -> None:
    """A blank line is no row, but it counts as a line."""
    table = parse_drop(drop(ROW, "", ROW), "a.csv")
    assert table["line"].to_pylist() == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(end: str) -> None:
    """Files from any system are read."""
    table = parse_drop(drop(ROW, named(f'"a{end}b"'), ROW, end=end), "a.csv")
    assert table["line"].to_pylist() == [2, 3, 5]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """Spreadsheets begin UTF-8 files with a mark."""
    assert len(parse_drop(b"\xef\xbb\xbf" + drop(ROW), "a.csv")) == 1


def test_columns_may_come_in_any_order() -> None:
    """The header names the columns; the result has them in the one order."""
    lines = [",".join(reversed(line.split(","))) for line in (HEADER, ROW)]
    table = parse_drop("\n".join(lines).encode(), "a.csv")
    assert table.column_names == [*RAW_COLUMNS, "line"]
    assert table["price"].to_pylist() == ["74"]


def by_the_csv_module(content: bytes) -> pa.Table:
    return read_records(content, read_header(content, "a.csv"), "a.csv")[0]


PIECES = ["a", " ", ",", '"', '""', "\n", "\r\n", "\r", "\\", "é", '","', ',"', '",']


@given(titles=st.lists(st.lists(st.sampled_from(PIECES), max_size=8), min_size=1, max_size=4))
def test_the_fast_reader_reads_what_the_csv_module_reads(titles: list[list[str]]) -> None:
    """Whatever stands in titles: the same values and lines, or left to the csv module."""
    content = drop(*(named("".join(title)) for title in titles))
    fast = drops._read_fast(content, list(RAW_COLUMNS))
    if fast is not None:
        slow = by_the_csv_module(content)
        assert fast[0].to_pylist() == slow.to_pylist()


def test_a_plain_file_is_read_fast() -> None:
    """Quoted values with commas, twins and line breaks need no explaining."""
    rows = [named(title) for title in ('"a, b"', '"say ""x"""', '"two\nlines"', "plain", '""')]
    table, spanning = drops._read_fast(drop(*rows), list(RAW_COLUMNS)) or (None, None)
    assert table is not None
    assert table["name"].to_pylist() == ["a, b", 'say "x"', "two\nlines", "plain", None]
    assert spanning == [2]


@pytest.mark.parametrize("title", ['5" bed', '"Nice" room', 'a""b', '"a\\"b"', ' "a"', '"a" '])
def test_a_quote_that_needs_explaining_is_left_to_the_csv_module(title: str) -> None:
    """The fast reader would take it for something else without a word."""
    assert drops._read_fast(drop(named(title)), list(RAW_COLUMNS)) is None


def test_bare_quotes_where_csv_allows_them_are_read() -> None:
    """In a value that is not quoted a quote is a quote."""
    assert parse_drop(drop(named('5" bed'), ROW), "a.csv")["name"][0].as_py() == '5" bed'


def test_a_file_of_many_batches_is_read_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The csv module's rows are put together batch by batch."""
    monkeypatch.setattr("rental_pricing.listings.records._BATCH", 3)
    titles = [f'{number}" bed' for number in range(10)]
    table = parse_drop(drop(*(named(title) for title in titles)), "a.csv")
    assert table["name"].to_pylist() == titles
    assert table["line"].to_pylist() == list(range(2, 12))


@pytest.mark.parametrize("quote", ["", '"'])
def test_the_longest_value_has_131072_characters(quote: str) -> None:
    """At the limit it is read, above it the file is refused, quoted or not."""
    at, above = ("x" * (FIELD_LIMIT + more) for more in (0, 1))
    table = parse_drop(drop(ROW, named(f"{quote}{at}{quote}")), "a.csv")
    assert table["name"][1].as_py() == at
    with pytest.raises(DropFormatError, match=r"starting on line 3: a value is longer than 131,07"):
        parse_drop(drop(ROW, named(f"{quote}{above}{quote}")), "a.csv")


@pytest.mark.parametrize(
    ("title", "is_refused"),
    [
        ("a," * 14 + "\n", False),
        ("a," * 15 + "\n", True),
        ("a," * 40, False),
        ("\n" * 40, False),
    ],
)
@pytest.mark.parametrize("before", [ROW, named('5" bed')])
def test_a_value_that_holds_a_row_is_refused(title: str, is_refused: bool, before: str) -> None:  # noqa: FBT001
    """That is a line break and as many commas as a row has; by either reader."""
    content = drop(before, named(f'"{title}"'), ROW)
    if not is_refused:
        assert len(parse_drop(content, "a.csv")) == 3
        return
    with pytest.raises(DropFormatError, match=r"starting on line 3, column 'name': the value goes"):
        parse_drop(content, "a.csv")


def test_swallowed_rows_are_never_silent() -> None:
    """A stray quote in two titles takes the rows between them for text, wherever they are."""
    draw = random.Random(1)  # noqa: S311 - places, not secrets
    for _ in range(50):
        first, second = sorted(draw.sample(range(20), 2))
        rows = [named(f"Room {number}") for number in range(20)]
        rows[first] = named('"Big')
        rows[second] = named('Big"')
        with pytest.raises(DropFormatError, match=f"starting on line {first + 2}, column 'name'"):
            parse_drop(drop(*rows), "a.csv")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (drop(), "has a header but no rows"),
        (drop(ROW).replace(b",price,", b",prise,"), "'prise' is not expected (did you mean 'pr"),
        (drop(ROW).replace(b",price,", b","), "column 'price' is missing"),
        (drop(ROW).replace(b",price,", b",price,extra,"), "column 'extra' is not expected"),
        (drop(ROW).replace(b",price,", b",price,price,"), "column 'price' stands there twice"),
        (drop(ROW).replace(b",", b";"), "separated by ';', not by a comma"),
        (drop(ROW).replace(b",", b"\t"), "separated by '\\t', not by a comma"),
        (drop(ROW, ROW + ",more"), "line 3: 17 values instead of 16; the last column is followed"),
        (drop(ROW, "1,Nice room"), "line 3: 2 values instead of 16; column 'host_id' has no value"),
        (drop(ROW, named('"Nice" room')), "starting on line 3: broken quoting"),
        (drop(ROW, named('"Nice room')), "starting on line 3: broken quoting"),
        (drop(ROW, ROW).replace(b"Ann", b"Ren\xe9e", 1), "line 2, column 'host_name': byte 0xe9"),
        (drop(ROW, named("é")).replace(b"\xc3\xa9", b"\xc3"), "line 3, column 'name': byte 0xc3"),
        (drop(ROW).decode().encode("utf-16"), "is not UTF-8"),
    ],
)
def test_a_broken_file_is_told_with_name_place_and_remedy(content: bytes, told: str) -> None:
    """Each error names the file, the place in it and what is wrong."""
    with pytest.raises(DropFormatError) as error:
        parse_drop(content, "data/2019-07-08.csv")
    assert str(error.value).startswith("data/2019-07-08.csv")
    assert told in str(error.value)
    assert len(str(error.value).splitlines()) == 1

"""Parsing the bytes of a drop."""

from __future__ import annotations

import pytest

from rental_pricing.errors import DropFormatError
from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.listings.drops import parse_drop

HEADER = ",".join(RAW_COLUMNS)
ROW = "1,Nice room,5,Ann,Queens,Sunnyside,40.74,-73.92,Private room,74,2,6,2019-05-26,0.13,1,5"


def drop(*lines: str, end: str = "\n") -> bytes:
    return (end.join([HEADER, *lines]) + end).encode()


def test_values_stay_texts_as_delivered() -> None:
    """Nothing is interpreted: blanks, zeros and empty values come through as they are."""
    frame = parse_drop(drop(ROW.replace("Nice room", "  007 ").replace("0.13", "")), "a.csv")
    assert frame.loc[0, "name"] == "  007 "
    assert frame.loc[0, "reviews_per_month"] == ""


def test_line_is_where_the_record_starts() -> None:
    """A title with line breaks moves the lines of the rows after it."""
    frame = parse_drop(drop(ROW.replace("Nice room", '"Nice\nroom"'), ROW), "a.csv")
    assert frame["line"].tolist() == [2, 4]
    assert frame.loc[0, "name"] == "Nice\nroom"


def test_blank_lines_are_passed_over() -> None:
    """A blank line is no row, but it counts as a line."""
    frame = parse_drop(drop(ROW, "", ROW), "a.csv")
    assert frame["line"].tolist() == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(end: str) -> None:
    """Files from any system are read."""
    assert len(parse_drop(drop(ROW, ROW, end=end), "a.csv")) == 2


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """Spreadsheets begin UTF-8 files with a mark."""
    assert len(parse_drop(b"\xef\xbb\xbf" + drop(ROW), "a.csv")) == 1


def test_columns_may_come_in_any_order() -> None:
    """The header names the columns; the result has them in the one order."""
    lines = [",".join(reversed(line.split(","))) for line in (HEADER, ROW)]
    frame = parse_drop("\n".join(lines).encode(), "a.csv")
    assert list(frame.columns) == [*RAW_COLUMNS, "line"]
    assert frame.loc[0, "price"] == "74"


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
        (drop(ROW, ROW.replace("Nice", '"Nice"')), "starting on line 3: broken quoting"),
        (drop(ROW, ROW.replace("Nice", '"Nice')), "starting on line 3: broken quoting"),
        (drop(ROW, ROW).replace(b"Ann", b"Ren\xe9e", 1), "line 2, column 'host_name': byte 0xe9"),
        (drop(ROW).decode().encode("utf-16"), "is not UTF-8"),
    ],
)
def test_a_broken_file_is_told_with_name_place_and_remedy(content: bytes, told: str) -> None:
    """Each error names the file, the place in it and what is wrong."""
    with pytest.raises(DropFormatError) as error:
        parse_drop(content, "data/2019-07-08.csv")
    assert str(error.value).startswith("data/2019-07-08.csv")
    assert told in str(error.value)

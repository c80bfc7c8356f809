"""Parsing the values of a column."""

from __future__ import annotations

import pandas as pd
import pytest

from rental_pricing.listings.parsing import parse_column

MARKERS = ("", "NA", "NaN", "null")


def parse(column: str, *texts: str) -> tuple[list[object], dict[int, str]]:
    raw = pd.Series(texts, dtype="str", name=column)
    values, wrong = parse_column(raw, MARKERS)
    return [None if pd.isna(value) else value for value in values], wrong.to_dict()


def test_texts_are_trimmed() -> None:
    """Blanks around are taken away, runs of white space inside become one blank."""
    assert parse("name", "  Sunny \n room ", "", "NA") == (["Sunny room", None, "NA"], {})


def test_ids_keep_every_digit() -> None:
    """Ids above 2**53 would be changed by a detour over floats."""
    ids = ["999999999999999999", "9223372036854775807", "7.0"]
    assert parse("id", *ids) == ([999999999999999999, 9223372036854775807, 7], {})


def test_missing_markers_count_for_numbers_in_any_case() -> None:
    """Empty, NA and null mean that there is no value."""
    assert parse("reviews_per_month", "", "na", "NULL", " 0.5 ") == ([None, None, None, 0.5], {})


def test_dates_are_read() -> None:
    """A date of the calendar in ISO form is a date."""
    values, wrong = parse("last_review", "2019-05-26", "")
    assert values == [pd.Timestamp("2019-05-26"), None]
    assert not wrong


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        ("price", "cheap", "'cheap' is not a finite number"),
        ("price", "$1,200", "'$1,200' is not a finite number"),
        ("price", "inf", "'inf' is not a finite number"),
        ("price", "-5", "'-5' is negative"),
        ("minimum_nights", "2.5", "'2.5' is not a whole number of at most 64 bits"),
        ("id", "9223372036854775808", "'9223372036854775808' is not a whole number of at most "),
        ("minimum_nights", "-1", "'-1' is negative"),
        ("latitude", "40,74", "'40,74' is not a finite number"),
        ("id", "abc", "'abc' is not a whole number of at most 64 bits"),
        ("last_review", "26/05/2019", "'26/05/2019' is not a date of the form YYYY-MM-DD"),
        ("last_review", "2019-02-30", "'2019-02-30' is not a date of the form YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_read_is_missing_and_told(column: str, text: str, told: str) -> None:
    """The value is set to missing, and what is wrong is kept by row."""
    values, wrong = parse(column, "", text)
    assert values == [None, None]
    assert list(wrong) == [1]
    assert wrong[1].startswith(told)


def test_longitudes_may_be_negative() -> None:
    """West is negative."""
    assert parse("longitude", "-73.9") == ([-73.9], {})

"""Spoilt values: the run is refused, or the row set aside, each with its place and reason.

Every case changes one value of a drop of 200 good rows. None may pass in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from week import DAY, as_csv, changed, good_rows, process_week, refusal

from rental_pricing.listings.columns import REQUIRED_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

GOOD = as_csv(good_rows())
LINE = 52
ROW = LINE - 2
FILE = f"{DAY}.csv"

UNREADABLE: dict[str, tuple[str, str, str]] = {
    "a word for a price": ("price", "cheap", "is not a finite number"),
    "a price with its currency": ("price", "$120", "is not a finite number"),
    "a price with a thousands separator": ("price", "1,200", "is not a finite number"),
    "a price below zero": ("price", "-50", "is negative"),
    "an infinite price": ("price", "inf", "is not a finite number"),
    "a price beyond all numbers": ("price", "1E400", "is not a finite number"),
    "a price with two points": ("price", "1.2.0", "is not a finite number"),
    "a price with an underscore": ("price", "1_20", "is not a finite number"),
    "a price as a fraction": ("price", "½", "is not a finite number"),
    "a price in Arabic digits": ("price", "١٢٠", "is not a finite number"),
    "an id in words": ("id", "abc", "is not a whole number of at most 64 bits"),
    "an id of 20 digits": ("id", "12345678901234567890", "is not a whole number"),
    "an id of 65 bits": ("id", "9223372036854775808", "is not a whole number"),
    "an id in hexadecimal digits": ("id", "0x1A", "is not a whole number"),
    "an id in scientific notation": ("id", "1.2E+07", "is not a whole number"),
    "an id below zero": ("id", "-7", "is negative"),
    "a host's id with letters": ("host_id", "u77", "is not a whole number"),
    "a latitude with a decimal comma": ("latitude", "40,74", "is not a finite number"),
    "a latitude in degrees and minutes": ("latitude", "40°44'", "is not a finite number"),
    "a longitude with its direction": ("longitude", "73.9W", "is not a finite number"),
    "half a night": ("minimum_nights", "2.5", "is not a whole number"),
    "nights below zero": ("minimum_nights", "-1", "is negative"),
    "nights with their unit": ("minimum_nights", "2 nights", "is not a whole number"),
    "reviews in words": ("number_of_reviews", "many", "is not a whole number"),
    "a rate in percent": ("reviews_per_month", "12%", "is not a finite number"),
    "a negative rate": ("reviews_per_month", "-0.1", "is negative"),
    "a date with slashes": ("last_review", "26/05/2023", "is not a date of the form YYYY-MM-DD"),
    "a date and a time": ("last_review", "2023-05-26 12:00", "is not a date"),
    "a date in seconds": ("last_review", "1685059200", "is not a date"),
    "the 30th of February": ("last_review", "2023-02-30", "is not a date"),
    "the year 0": ("last_review", "0000-01-01", "is not a date"),
    "days with their unit": ("availability_365", "365 days", "is not a whole number"),
    "a text of 100,000 characters for a number": ("price", "x" * 100_000, "…' is not a finite"),
}

SET_ASIDE: dict[str, tuple[dict[str, str], str, str]] = {
    **{
        f"no {name}": ({name: ""}, "missing_value", f"{name} is missing")
        for name in REQUIRED_COLUMNS
    },
    **{
        f"only blanks for {name}": ({name: " \t "}, "missing_value", f"{name} is missing")
        for name in REQUIRED_COLUMNS
    },
    **{
        f"NA for {name}": ({name: "N/A"}, "missing_value", f"{name} is missing")
        for name in ("id", "latitude", "longitude", "price")
    },
    "a review on the day after the delivery": (
        {"number_of_reviews": "1", "last_review": "2024-01-16"},
        "impossible_value",
        "last_review 2024-01-16 is after the delivery, 2024-01-15",
    ),
    **{
        f"the sentinel {day}": (
            {"number_of_reviews": "1", "last_review": day},
            "impossible_value",
            f"last_review {day} is {what}",
        )
        for day, what in (
            ("9999-12-31", "after the delivery"),
            ("0001-01-01", "before 2000-01-01"),
            ("1600-01-01", "before 2000-01-01"),
            ("1900-01-01", "before 2000-01-01"),
            ("1970-01-01", "before 2000-01-01"),
            ("1999-12-31", "before 2000-01-01"),
        )
    },
    "nights beyond all sense": (
        {"minimum_nights": "9223372036854775807"},
        "impossible_value",
        "minimum_nights 9223372036854775807 is more than 1500",
    ),
    "more nights than four years": (
        {"minimum_nights": "1501"},
        "impossible_value",
        "minimum_nights 1501 is more than 1500",
    ),
    "more days than a year has": (
        {"availability_365": "367"},
        "impossible_value",
        "availability_365 367 is more than 366",
    ),
    "availability 9999": ({"availability_365": "9999"}, "impossible_value", "is more than 366"),
    "more reviews than nights": (
        {"number_of_reviews": "20001"},
        "impossible_value",
        "number_of_reviews 20001 is more than 20000",
    ),
    "a hundred reviews a month": (
        {"reviews_per_month": "100.01", "number_of_reviews": "5"},
        "impossible_value",
        "reviews_per_month 100.01 is more than 100",
    ),
    "a rate without reviews": (
        {"number_of_reviews": "0", "reviews_per_month": "0.5", "last_review": ""},
        "impossible_value",
        "reviews_per_month 0.5 with number_of_reviews 0",
    ),
    "a last review without reviews": (
        {"number_of_reviews": "0", "reviews_per_month": "", "last_review": "2023-05-01"},
        "impossible_value",
        "last_review 2023-05-01 with number_of_reviews 0",
    ),
    "a host of all homes": (
        {"calculated_host_listings_count": "100001"},
        "impossible_value",
        "calculated_host_listings_count 100001 is more than 100000",
    ),
    "a room type that nobody knows": (
        {"room_type": "Castle"},
        "unknown_value",
        "room_type 'Castle' is not of the market",
    ),
    "a room type in capitals": ({"room_type": "PRIVATE ROOM"}, "unknown_value", "room_type"),
    "a borough of another city": (
        {"neighbourhood_group": "Mitte"},
        "unknown_value",
        "neighbourhood_group 'Mitte' is not of the market",
    ),
    "NA for a borough": ({"neighbourhood_group": "NA"}, "unknown_value", "'NA' is not"),
    "a latitude south of the city": ({"latitude": "40.49"}, "outside_city", "latitude 40.49"),
    "a latitude north of it": ({"latitude": "41.21"}, "outside_city", "latitude 41.21"),
    "a longitude west of it": ({"longitude": "-74.26"}, "outside_city", "longitude -74.26"),
    "a longitude east of it": ({"longitude": "-73.49"}, "outside_city", "longitude -73.49"),
    "a longitude without its sign": ({"longitude": "73.9"}, "outside_city", "longitude 73.9"),
    "0° north, 0° east": ({"latitude": "0", "longitude": "-0"}, "outside_city", "latitude 0 is"),
    "degrees as millionths": ({"latitude": "40740000"}, "outside_city", "latitude 40740000 is"),
    "a price of nothing": ({"price": "0"}, "price_out_of_range", "price 0 is not in 10 to 350"),
    "a price just below": ({"price": "9.99"}, "price_out_of_range", "price 9.99 is not in"),
    "a price just above": ({"price": "350.01"}, "price_out_of_range", "price 350.01 is not in"),
    "a price beyond all homes": ({"price": "1e300"}, "price_out_of_range", "price 1e+300"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_value_that_cannot_be_read_is_refused(tmp_path: Path, parameters: Any, case: str) -> None:
    """By default the run stops: file, line, column, value."""
    column, text, told = UNREADABLE[case]
    drop = as_csv(changed(good_rows(), ROW, **{column: text}))
    message = refusal(tmp_path, {DAY: drop}, parameters)
    assert f"{FILE}, line {LINE}, column {column!r}: '{text[:50]}" in message
    assert told in message


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_value_that_cannot_be_read_may_be_set_aside(
    tmp_path: Path, parameters: Any, case: str
) -> None:
    """Where the parameters say so, its row is rejected as malformed, and no other."""
    column, text, told = UNREADABLE[case]
    drop = as_csv(changed(good_rows(), ROW, **{column: text}))
    week = process_week(tmp_path, {DAY: drop}, parameters, malformed_rows="set_aside")
    [(day, line, reason, detail)] = week.reasons()
    assert (day, line, reason) == (DAY, LINE, "malformed_value")
    assert detail.startswith(f"{column}: '{text[:50]}")
    assert told in detail
    assert len(week.listings) == 199


@pytest.mark.parametrize("case", SET_ASIDE)
def test_a_row_that_is_no_listing_is_set_aside(tmp_path: Path, parameters: Any, case: str) -> None:
    """It is rejected with its reason, its value and its line, and no other row is."""
    values, reason, detail = SET_ASIDE[case]
    rows = changed(good_rows(), ROW, **values)
    week = process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    [(day, line, found, told)] = week.reasons()
    assert (day, line, found) == (DAY, LINE, reason)
    assert detail in told
    assert week.report["drops"][DAY]["rejected"] == {reason: 1}
    assert len(week.listings) == 199


def test_a_header_in_the_middle_is_refused(tmp_path: Path, parameters: Any) -> None:
    """Two files put together: the second header is no row."""
    text = refusal(tmp_path, {DAY: GOOD + GOOD}, parameters)
    assert f"{FILE}, line 202, column 'id': 'id' is not a whole number" in text


def test_a_column_of_texts_is_told_in_a_few_lines(tmp_path: Path, parameters: Any) -> None:
    """Ten examples and the counts, not 200 lines."""
    rows = [row | {"price": f"${row['price']}"} for row in good_rows()]
    text = refusal(tmp_path, {DAY: as_csv(rows)}, parameters)
    assert f"{FILE}, column 'price': 200" in text
    assert len(text.splitlines()) == 14

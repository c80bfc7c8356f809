"""Judging rows one by one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from rental_pricing.listings.columns import LINE, RAW_COLUMNS, REQUIRED_COLUMNS
from rental_pricing.listings.judging import judge_rows
from rental_pricing.listings.typed import type_drop

if TYPE_CHECKING:
    from collections.abc import Callable

DELIVERED_ON = dt.date(2024, 1, 15)
ROW = {
    "id": "1",
    "name": "Sunny room",
    "host_id": "5",
    "host_name": "Ann",
    "neighbourhood_group": "Queens",
    "neighbourhood": "Sunnyside",
    "latitude": "40.74",
    "longitude": "-73.92",
    "room_type": "Private room",
    "price": "74",
    "minimum_nights": "2",
    "number_of_reviews": "6",
    "last_review": "2023-05-26",
    "reviews_per_month": "0.13",
    "calculated_host_listings_count": "1",
    "availability_365": "5",
}


@pytest.fixture
def judge(parameters: dict[str, Any]) -> Callable[..., tuple[str | None, str | None]]:
    """Judge one row that is good but for the values given."""

    def reason_of(**values: str | None) -> tuple[str | None, str | None]:
        raw = pa.table({name: [(ROW | values)[name] or None] for name in RAW_COLUMNS})
        raw = raw.cast(pa.schema([(name, pa.string()) for name in RAW_COLUMNS]))
        drop = type_drop(raw.append_column(LINE, pa.array([2])), DELIVERED_ON, ("", "NA"))
        processing = parameters["data_processing"]
        reasons, details = judge_rows(drop, parameters["market"], processing.impossible)
        return reasons[0], details[0]

    return reason_of


LIMITS = [
    ("price", ["10", "10.0", "350"], ["9.999", "350.001", "0"], "price_out_of_range"),
    ("latitude", ["40.5", "41.2"], ["40.49999", "41.20001", "90", "-90"], "outside_city"),
    ("longitude", ["-74.25", "-73.5"], ["-74.25001", "-73.49999", "180"], "outside_city"),
    ("minimum_nights", ["0", "1500"], ["1501"], "impossible_value"),
    ("number_of_reviews", ["1", "20000"], ["20001"], "impossible_value"),
    ("reviews_per_month", ["0", "100"], ["100.001"], "impossible_value"),
    ("calculated_host_listings_count", ["0", "100000"], ["100001"], "impossible_value"),
    ("availability_365", ["0", "366"], ["367"], "impossible_value"),
    ("last_review", ["2000-01-01", "2024-01-15"], ["1999-12-31", "2024-01-16"], "impossible_value"),
]


@pytest.mark.parametrize(("column", "inside", "outside", "reason"), LIMITS)
def test_each_limit_itself_is_inside(
    judge: Any, column: str, inside: list[str], outside: list[str], reason: str
) -> None:
    """A value at the limit is a listing's, one beyond it has its reason and is told."""
    assert [judge(**{column: value}) for value in inside] == [(None, None)] * len(inside)
    for value in outside:
        found, detail = judge(**{column: value})
        assert found == reason
        assert detail.startswith(f"{column} {value.rstrip('.0') or value}"[:20])


@pytest.mark.parametrize(
    ("values", "detail"),
    [
        ({"reviews_per_month": "0.1", "last_review": ""}, "reviews_per_month 0.1 with number_of"),
        ({"reviews_per_month": "", "last_review": "2023-05-26"}, "last_review 2023-05-26 with num"),
        ({"reviews_per_month": "0", "last_review": ""}, None),
        ({"reviews_per_month": "", "last_review": ""}, None),
    ],
)
def test_what_was_never_reviewed_has_no_reviews(
    judge: Any, values: dict[str, str], detail: str | None
) -> None:
    """Neither a rate nor a day; a rate of zero says the same."""
    reason, told = judge(number_of_reviews="0", **values)
    assert reason == (detail and "impossible_value")
    assert (told or "").startswith(detail or "")


def test_unknown_counts_contradict_nothing(judge: Any) -> None:
    """Where the number of reviews is missing a rate may be there."""
    assert judge(number_of_reviews="") == (None, None)


@pytest.mark.parametrize(
    ("values", "reason", "detail"),
    [
        ({"price": "x", "id": ""}, "malformed_value", "price: 'x' is not a finite number"),
        (
            {"price": "x", "last_review": "y"},
            "malformed_value",
            "last_review: 'y' is not a date of the form YYYY-MM-DD",
        ),
        ({"price": "", "id": ""}, "missing_value", "id is missing"),
        ({"price": "", "latitude": "NA"}, "missing_value", "latitude is missing"),
        ({"price": "", "last_review": "2031-01-01"}, "missing_value", "price is missing"),
        (
            {"room_type": "Castle", "last_review": "2031-01-01"},
            "impossible_value",
            "last_review 2031-01-01 is after the delivery, 2024-01-15",
        ),
        (
            {"room_type": "Castle", "latitude": "0"},
            "unknown_value",
            "room_type 'Castle' is not of the market",
        ),
        (
            {"price": "0", "latitude": "0", "longitude": "0"},
            "outside_city",
            "latitude 0 is not in 40.5 to 41.2",
        ),
    ],
)
def test_the_first_reason_is_told(
    judge: Any, values: dict[str, str], reason: str, detail: str
) -> None:
    """What can't be read comes before what lacks, is impossible, unknown or out of bounds."""
    found, told = judge(**values)
    assert found == reason
    assert told.endswith(detail)


def test_all_that_cannot_be_read_is_told(judge: Any) -> None:
    """In the order of the columns."""
    assert judge(last_review="y", price="x", id="z")[1] == (
        "id: 'z' is not a whole number of at most 64 bits; price: 'x' is not a finite number; "
        "last_review: 'y' is not a date of the form YYYY-MM-DD"
    )


@pytest.mark.parametrize("column", sorted({*RAW_COLUMNS} - {*REQUIRED_COLUMNS}))
def test_what_is_not_required_may_be_missing(judge: Any, column: str) -> None:
    """Whether too much is missing is for the validation to say."""
    assert judge(**{column: ""}) == (None, None)


@pytest.mark.parametrize("column", ["room_type", "neighbourhood_group"])
def test_known_values_are_matched_without_blanks_around(judge: Any, column: str) -> None:
    """Blanks are trimmed; another spelling is another value."""
    assert judge(**{column: f"  {ROW[column].replace(' ', '  ')} "}) == (None, None)
    assert judge(**{column: ROW[column].lower()})[0] == "unknown_value"


def test_a_long_unknown_value_is_cut(judge: Any) -> None:
    """A detail must stay readable."""
    assert len(judge(room_type="x" * 10_000)[1]) < 120

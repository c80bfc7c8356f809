"""Where each delivered row of a listing went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from week import as_csv, good_row, process_week

from rental_pricing.listings.whereabouts import find_rows

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22")
WAS_FREE = " (was rejected, price_out_of_range: price 0 is not in 10 to 350)"
WAS_ODD = " (was rejected, malformed_value: price: 'x' is not a finite number)"


def told(folder: Path, parameters: Any, *rows: list[dict[str, str]]) -> list[str]:
    """Return what is told of listing 1 when it is delivered so, among others."""
    drops = {
        day: as_csv([good_row(2), *(good_row(1) | each for each in values), good_row(3)])
        for day, values in zip(DAYS, rows, strict=False)
    }
    week = process_week(folder, drops, parameters, malformed_rows="set_aside")
    return [str(found) for found in find_rows(1001, week.typed)]


def test_older_rows_are_superseded_by_the_listing(tmp_path: Path, parameters: Any) -> None:
    """Drop and line of both are told; a drop without it is not."""
    assert told(tmp_path, parameters, [{}], [], [{}]) == [
        "2024-01-01, line 3: superseded by 2024-01-15, line 3",
        "2024-01-15, line 3: became the listing",
    ]


def test_a_rejected_row_tells_why(tmp_path: Path, parameters: Any) -> None:
    """Also where it came again since."""
    assert told(tmp_path, parameters, [{"price": "0"}], [{}], [{"price": ""}]) == [
        "2024-01-01, line 3: superseded by 2024-01-08, line 3" + WAS_FREE,
        "2024-01-08, line 3: became the listing",
        "2024-01-15, line 3: rejected, missing_value: price is missing",
    ]


def test_a_listing_that_left_the_market_is_told_with_its_last_row(
    tmp_path: Path, parameters: Any
) -> None:
    """Its older rows gave way to the row that was rejected."""
    assert told(tmp_path, parameters, [{}], [{"price": "x"}], [{"latitude": "0"}]) == [
        "2024-01-01, line 3: superseded by 2024-01-15, line 3",
        "2024-01-08, line 3: superseded by 2024-01-15, line 3" + WAS_ODD,
        "2024-01-15, line 3: rejected, outside_city: latitude 0 is not in 40.5 to 41.2",
    ]


def test_a_twin_in_the_same_drop_is_told(tmp_path: Path, parameters: Any) -> None:
    """The row with more reviews won."""
    twins = [{"number_of_reviews": "9"}, {"number_of_reviews": "8"}, {"price": "x"}]
    assert told(tmp_path, parameters, twins) == [
        "2024-01-01, line 3: became the listing",
        "2024-01-01, line 4: superseded by 2024-01-01, line 3",
        "2024-01-01, line 5: rejected, malformed_value: price: 'x' is not a finite number",
    ]


def test_an_id_that_was_never_delivered_has_no_rows(tmp_path: Path, parameters: Any) -> None:
    """The caller says so."""
    week = process_week(tmp_path, {DAYS[0]: as_csv([good_row(2)])}, parameters)
    assert find_rows(1001, week.typed) == []


def test_each_row_is_told_as_the_account_counts_it(tmp_path: Path, parameters: Any) -> None:
    """What is told of single listings adds up to the report."""
    rows = [[{}, {"price": "0"}], [{"price": "x"}], [{"id": ""}, {}]]
    lines = told(tmp_path, parameters, *rows)
    for word, count in (("became", 1), (": superseded", 3), (": rejected", 0)):
        assert sum(word in line for line in lines) == count

"""Which drops are read."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.errors import DropWindowError
from rental_pricing.listings.window import DropWindow, choose_drops

FILES = ["2024-03-11.csv", "2024-01-15.csv", "2024-01-14.csv", "2024-03-04.csv.gz"]


@pytest.fixture
def choose(parameters: dict[str, Any]) -> Any:
    """Choose drops under the shipped parameters, but for those given."""

    def chosen(files: list[str], as_of: str | None = None, **changes: Any) -> DropWindow:
        block = parameters["data_processing"]
        return choose_drops(files, as_of, type(block)(**(block.model_dump() | changes)))

    return chosen


def test_a_drop_of_exactly_eight_weeks_is_read_one_day_more_is_not(choose: Any) -> None:
    """The window is closed; ages are counted from the newest drop."""
    window = choose(FILES)
    assert window.files == {
        "2024-01-15": "2024-01-15.csv",
        "2024-03-04": "2024-03-04.csv.gz",
        "2024-03-11": "2024-03-11.csv",
    }
    assert window.expired == ("2024-01-14",)
    assert window.as_of == "2024-03-11"


@pytest.mark.parametrize(
    ("as_of", "files", "expired"),
    [
        ("2024-03-12", ["2024-03-04", "2024-03-11"], ["2024-01-14", "2024-01-15"]),
        ("2024-03-10", ["2024-01-14", "2024-01-15", "2024-03-04"], []),
        ("2024-05-06", ["2024-03-11"], ["2024-01-14", "2024-01-15", "2024-03-04"]),
    ],
)
def test_as_of_is_what_ages_are_counted_from(
    choose: Any, as_of: str, files: list[str], expired: list[str]
) -> None:
    """A later drop is as if it were not there yet."""
    window = choose(FILES, as_of)
    assert (list(window.files), list(window.expired)) == (files, expired)
    assert window.as_of == as_of


@pytest.mark.parametrize(("weeks", "count"), [(1, 2), (7, 2), (8, 3), (9, 4)])
def test_the_age_is_a_parameter(choose: Any, weeks: int, count: int) -> None:
    """In weeks of seven days."""
    assert len(choose(FILES, max_age_weeks=weeks).files) == count


def test_excluded_drops_are_not_read_and_named(choose: Any) -> None:
    """Ages are then counted from the newest drop that is left."""
    window = choose(FILES, exclude_drops=["2024-03-11"])
    assert list(window.files) == ["2024-01-14", "2024-01-15", "2024-03-04"]
    assert window.excluded == ("2024-03-11",)
    assert window.as_of == "2024-03-04"


def test_an_expired_drop_that_is_excluded_is_told_once(choose: Any) -> None:
    """As excluded."""
    window = choose(FILES, exclude_drops=["2024-01-14"])
    assert (window.expired, window.excluded) == ((), ("2024-01-14",))


def test_excluding_what_comes_after_as_of_is_no_error(choose: Any) -> None:
    """A past week can be run again with the parameters of today."""
    assert choose(FILES, "2024-03-04", exclude_drops=["2024-03-11"]).excluded == ()


@pytest.mark.parametrize(
    ("as_of", "changes", "told"),
    [
        (None, {"exclude_drops": ["2024-03-05"]}, "has 2024-03-05, but there is no such drop"),
        (None, {"exclude_drops": [name[:10] for name in FILES]}, "exclude_drops has all of them"),
        ("2024-05-07", {}, "the newest one, of 2024-03-11, is older than 8 weeks, counted from"),
        ("2024-01-13", {}, "no drop up to 2024-01-13; the first one is of 2024-01-14. Choose"),
        ("2024-5-7", {}, "as_of=2024-5-7 is not a date; write it as YYYY-MM-DD"),
        ("x" * 1000, {}, "… is not a date"),
    ],
)
def test_a_window_without_drops_is_told(
    choose: Any, as_of: str | None, changes: dict[str, Any], told: str
) -> None:
    """The message says which parameter leaves nothing."""
    with pytest.raises(DropWindowError) as error:
        choose(FILES, as_of, **changes)
    assert told in str(error.value)
    assert len(str(error.value)) < 400


def test_the_order_of_files_does_not_matter(choose: Any) -> None:
    """Drops are read by date."""
    assert choose(FILES[::-1]) == choose(FILES)


@pytest.mark.parametrize("given", ["2024-01-15 2024-03-04", ["2024-01-15", "2024-03-04"]])
def test_dates_may_be_given_in_one_text(choose: Any, given: Any) -> None:
    """The command line knows no lists."""
    assert choose(FILES, exclude_drops=given).excluded == ("2024-01-15", "2024-03-04")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exclude_drops", ["2024-1-15"]),
        ("exclude_drops", "soon"),
        ("max_age_weeks", 0),
        ("max_age_weeks", 5001),
    ],
)
def test_wrong_values_are_refused_with_the_parameters(choose: Any, name: str, value: Any) -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match=name):
        choose(FILES, **{name: value})

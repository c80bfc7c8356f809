"""From drops to listings, with every row accounted for."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from week import DAY, as_csv, changed, good_row, good_rows, process_week

from rental_pricing.errors import NoListingsError, UserInputError
from rental_pricing.listings.columns import LISTING_DTYPES, TYPED_COLUMNS
from rental_pricing.listings.digest import content_digest
from rental_pricing.listings.schemas import Listings, RejectedListings

if TYPE_CHECKING:
    from pathlib import Path

EARLIER = "2024-01-08"


def test_listings_have_all_columns_typed_in_order(tmp_path: Path, parameters: Any) -> None:
    """The types are those that the schema and the documents name; sorted by id."""
    rows = [good_row(7), good_row(3) | {"name": ""}]
    week = process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    assert {name: str(dtype) for name, dtype in week.listings.dtypes.items()} == LISTING_DTYPES
    assert week.listings["id"].tolist() == [1003, 1007]
    assert week.listings["delivered_on"].unique().tolist() == [pd.Timestamp(DAY)]


def test_tables_satisfy_their_schemas(tmp_path: Path, parameters: Any) -> None:
    """Even where a rejected date is of the year 1."""
    rows = changed(good_rows(20), 3, last_review="0001-01-01", number_of_reviews="1")
    week = process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    Listings.validate(week.listings)
    RejectedListings.validate(week.rejected)
    RejectedListings.validate(week.rejected.iloc[:0])


def test_typed_drops_have_every_raw_row_in_the_order_of_the_file(
    tmp_path: Path, parameters: Any
) -> None:
    """With its line, and its reason where it is no listing."""
    rows = changed(good_rows(5), 2, price="0")
    week = process_week(tmp_path, {DAY: as_csv(rows[::-1])}, parameters)
    typed = week.typed[DAY]()
    assert tuple(typed.columns) == TYPED_COLUMNS
    assert typed["id"].tolist() == [1004, 1003, 1002, 1001, 1000]
    assert typed["line"].tolist() == [2, 3, 4, 5, 6]
    assert typed["reason"].fillna("").tolist() == ["", "", "price_out_of_range", "", ""]
    assert typed["detail"][2] == "price 0 is not in 10 to 350"


def test_the_hosts_name_is_in_no_dataset(tmp_path: Path, parameters: Any) -> None:
    """It is personal data; where it is missing is counted among accepted rows."""
    rows = [*good_rows(5), good_row(5) | {"host_name": ""}, good_row(6) | {"host_name": " "},
            good_row(7) | {"host_name": "", "price": "0"}]  # fmt: skip
    week = process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    for table in (week.listings, week.rejected, week.typed[DAY]()):
        assert "host_name" not in table
    assert b"Ann" not in (tmp_path / f"typed_drops/{DAY}.parquet").read_bytes()
    assert week.report["drops"][DAY]["missing_host_name"] == 2


def test_superseded_rows_are_counted_and_not_listed(tmp_path: Path, parameters: Any) -> None:
    """Rejected rows are listed in full, with drop, line, reason and detail."""
    drops = {
        EARLIER: as_csv([good_row(1), good_row(2) | {"price": "0"}, good_row(3) | {"price": "1"}]),
        f"{DAY}.csv.gz": gzip.compress(as_csv([good_row(1), good_row(2)])),
    }
    week = process_week(tmp_path, drops, parameters)
    assert week.reasons() == [
        (EARLIER, 4, "price_out_of_range", "price 1 is not in 10 to 350"),
    ]
    assert week.rejected["name"].tolist() == ["Sunny room 3"]
    assert week.report["drops"] == {
        EARLIER: {"file": f"{EARLIER}.csv", "rows": 3, "kept": 0, "superseded": 2,
                  "rejected": {"price_out_of_range": 1}, "repeated_ids": 0,
                  "missing_host_name": 0},
        DAY: {"file": f"{DAY}.csv.gz", "rows": 2, "kept": 2, "superseded": 0, "rejected": {},
              "repeated_ids": 0, "missing_host_name": 0},
    }  # fmt: skip
    assert week.report["total"] == {
        "rows": 5, "kept": 2, "superseded": 2, "rejected": {"price_out_of_range": 1},
    }  # fmt: skip


def test_the_report_says_what_was_read_and_of_which_market(tmp_path: Path, parameters: Any) -> None:
    """Expired and excluded drops by name, the source's note, the digest of the listings."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/SOURCE.md").write_text("Invented.\n", encoding="utf-8")
    content = as_csv(good_rows(10))
    drops = dict.fromkeys(["2023-11-13", "2023-11-20", EARLIER, DAY, "2024-01-22"], content)
    week = process_week(tmp_path, drops, parameters, as_of=DAY, exclude_drops=[EARLIER])
    told = {name: week.report[name] for name in week.report if name not in {"drops", "total"}}
    assert told == {
        "market": parameters["market"].identity,
        "source": "Invented.\n",
        "as_of": DAY,
        "expired": ["2023-11-13"],
        "excluded": [EARLIER],
        "listings_digest": content_digest(week.listings),
    }
    assert list(week.report["drops"]) == ["2023-11-20", DAY]


def test_repeated_ids_are_counted_among_accepted_rows(tmp_path: Path, parameters: Any) -> None:
    """Rows beyond the first of their id."""
    rows = [good_row(1)] * 3 + [good_row(2), good_row(2) | {"price": "0"}, good_row(3)]
    week = process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    assert week.report["drops"][DAY]["repeated_ids"] == 2
    assert week.report["drops"][DAY]["kept"] == 3 - (
        "1002" not in week.listings["id"].map(str).tolist()
    )


def test_values_that_cannot_be_read_are_told_over_all_drops(
    tmp_path: Path, parameters: Any
) -> None:
    """All of them at once, with the remedy."""
    drops = {
        EARLIER: as_csv([good_row(1) | {"price": "$80"}, good_row(2) | {"id": "x"}]),
        DAY: as_csv([good_row(3) | {"price": "-1"}]),
    }  # fmt: skip
    with pytest.raises(UserInputError) as error:
        process_week(tmp_path, drops, parameters)
    assert str(error.value).splitlines()[:4] == [
        "Values of the drops that can't be read: 3",
        f"  {EARLIER}.csv, line 2, column 'price': '$80' is not a finite number",
        f"  {EARLIER}.csv, line 3, column 'id': 'x' is not a whole number of at most 64 bits",
        f"  {DAY}.csv, line 2, column 'price': '-1' is negative",
    ]
    assert "--params data_processing.malformed_rows=set_aside" in str(error.value)


@pytest.mark.parametrize(("count", "lines"), [(10, 12), (11, 14)])
def test_ten_values_are_shown_and_more_are_counted(
    tmp_path: Path, parameters: Any, count: int, lines: int
) -> None:
    """A wall of lines would hide what is wrong."""
    rows = [good_row(number) | {"price": "x"} for number in range(count)]
    with pytest.raises(UserInputError) as error:
        process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    assert len(str(error.value).splitlines()) == lines
    assert (f"{DAY}.csv, column 'price': 11" in str(error.value)) is (count == 11)


def test_a_week_without_any_listing_is_refused(tmp_path: Path, parameters: Any) -> None:
    """Each reason with its number of rows and an example."""
    rows = [good_row(1) | {"price": "0"}, good_row(2) | {"price": ""}, good_row(3) | {"price": "1"}]
    with pytest.raises(UserInputError) as error:
        process_week(tmp_path, {DAY: as_csv(rows)}, parameters)
    assert str(error.value).splitlines()[:3] == [
        "None of the 3 delivered rows can be used:",
        f"  price_out_of_range: 2 rows, such as drop {DAY}, line 2: price 0 is not in 10 to 350",
        f"  missing_value: 1 rows, such as drop {DAY}, line 3: price is missing",
    ]


def test_a_week_whose_newest_rows_all_left_the_market_is_refused(
    tmp_path: Path, parameters: Any
) -> None:
    """Accepted rows of older drops don't count then."""
    drops = {EARLIER: as_csv([good_row(1)]), DAY: as_csv([good_row(1) | {"price": "0"}])}
    with pytest.raises(NoListingsError, match="None of the 1 delivered rows can be used"):
        process_week(tmp_path, drops, parameters)


def test_rejected_rows_do_not_pile_up_from_week_to_week(tmp_path: Path, parameters: Any) -> None:
    """A home that is out of range in each drop is rejected once."""
    days = [f"2024-01-{day:02}" for day in range(1, 29)]
    content = as_csv([*good_rows(5), good_row(5) | {"price": "0"}, good_row(6) | {"price": ""}])
    week = process_week(tmp_path, dict.fromkeys(days, content), parameters)
    assert week.report["total"]["rejected"] == {"missing_value": 1, "price_out_of_range": 1}
    assert week.report["total"]["superseded"] == 27 * 7


ODD = {
    "id": ["1001", "1002", "1003", "", "x"],
    "price": ["80", "90", "", "9", "x"],
    "latitude": ["40.74", "0"],
    "last_review": ["2023-05-01", "2031-01-01"],
    "room_type": ["Private room", "Castle"],
}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([EARLIER, DAY, "2024-01-22"]),
            st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in ODD.items()}),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_raw_row_is_kept_superseded_or_rejected(
    tmp_path_factory: Any, parameters: Any, rows: list[tuple[str, dict[str, str]]]
) -> None:
    """Whatever is delivered: the sums hold by drop, and each id is listed once."""
    drops: dict[str, list[dict[str, str]]] = {}
    for day, values in [*rows, (DAY, {})]:
        drops.setdefault(day, []).append(good_row(6) | values)
    contents = {day: as_csv(each) for day, each in drops.items()}
    folder = tmp_path_factory.mktemp("week")
    week = process_week(folder, contents, parameters, malformed_rows="set_aside")
    for day, account in week.report["drops"].items():
        parts = account["kept"] + account["superseded"] + sum(account["rejected"].values())
        assert parts == account["rows"] == len(drops[day])
    assert week.report["total"]["rows"] == len(rows) + 1
    assert week.listings["id"].is_unique
    assert len(week.rejected) == sum(week.report["total"]["rejected"].values())


def test_the_order_of_rows_does_not_change_the_listings(tmp_path: Path, parameters: Any) -> None:
    """Not even where rows tie."""
    rows = [good_row(1), good_row(1) | {"price": "99"}, good_row(1) | {"host_id": ""}, good_row(2)]
    digests = set()
    for name, order in (("a", rows), ("b", rows[::-1])):
        (tmp_path / name).mkdir()
        week = process_week(tmp_path / name, {DAY: as_csv(order)}, parameters)
        digests.add(week.report["listings_digest"])
        assert week.listings["price"].tolist() == [99, 62]
    assert len(digests) == 1

"""From raw rows to listings, with every row accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rental_pricing.errors import MalformedRowsError, NoListingsError
from rental_pricing.listings.columns import DELIVERED_ON, LINE, LISTING_DTYPES, RAW_COLUMNS
from rental_pricing.listings.parameters import ProcessingParameters
from rental_pricing.pipelines.data_processing.nodes import (
    report_processing,
    select_listings,
    type_listings,
)

if TYPE_CHECKING:
    from rental_pricing.listings.parameters import MarketParameters

FAIL = ProcessingParameters(malformed_rows="fail", missing_markers=("", "NA"))
SET_ASIDE = FAIL.model_copy(update={"malformed_rows": "set_aside"})
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
    "last_review": "2019-05-26",
    "reviews_per_month": "0.13",
    "calculated_host_listings_count": "1",
    "availability_365": "5",
}
GROUPS = ["Bronx", "Queens"]


def raw(*rows: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame([ROW | row for row in rows], columns=list(RAW_COLUMNS), dtype="str")
    return table.assign(**{LINE: range(2, len(rows) + 2)})


def type_drops(
    drops: dict[str, pd.DataFrame],
    market: MarketParameters,
    options: ProcessingParameters = SET_ASIDE,
) -> pd.DataFrame:
    return type_listings({name: frame.copy for name, frame in drops.items()}, market, options)


def process(
    drops: dict[str, pd.DataFrame], market: MarketParameters
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    typed = type_drops(drops, market)
    listings, rejected = select_listings(typed)
    return listings, rejected, report_processing(typed, listings, rejected)


@pytest.fixture(scope="module")
def market(parameters: dict[str, Any]) -> MarketParameters:
    chosen: MarketParameters = parameters["market"]
    return chosen


def reasons(rejected: pd.DataFrame) -> list[tuple[str, int, str, str]]:
    return [
        (f"{row.delivered_on:%Y-%m-%d}", row.line, row.reason, row.detail)
        for row in rejected.itertuples()
    ]


def test_listings_have_all_columns_typed_in_order(market: MarketParameters) -> None:
    """The types are those that the schema and the documents name."""
    listings, _, _ = process({"2024-01-08.csv": raw({}, {"id": "2", "name": ""})}, market)
    assert {name: str(dtype) for name, dtype in listings.dtypes.items()} == LISTING_DTYPES


def test_the_newest_drop_wins(market: MarketParameters) -> None:
    """A listing has the values of its newest drop; the older row is told superseded."""
    drops = {"2024-01-15.csv": raw({"price": "90"}), "2024-01-08.csv": raw({"price": "80"})}
    listings, rejected, _ = process(drops, market)
    assert listings["price"].tolist() == [90]
    assert reasons(rejected) == [
        ("2024-01-08", 2, "superseded", "replaced by a row of drop 2024-01-15")
    ]


def test_a_listing_that_left_the_price_range_is_not_kept_at_its_old_price(
    market: MarketParameters,
) -> None:
    """The newest row decides, even if an older one was in range."""
    drops = {
        "2024-01-08.csv": raw({"price": "80"}, {"id": "2"}),
        "2024-01-15.csv": raw({"price": "400"}),
    }
    listings, rejected, _ = process(drops, market)
    assert listings["id"].tolist() == [2]
    assert [reason for _, _, reason, _ in reasons(rejected)] == ["superseded", "price_out_of_range"]


def test_an_unusable_newest_row_does_not_hide_the_older_one(market: MarketParameters) -> None:
    """A row without a price says nothing about the listing."""
    drops = {"2024-01-08.csv": raw({"price": "80"}), "2024-01-15.csv": raw({"price": ""})}
    listings, rejected, _ = process(drops, market)
    assert listings["price"].tolist() == [80]
    assert reasons(rejected) == [("2024-01-15", 2, "missing_value", "price is missing")]


def test_the_row_with_more_reviews_wins_within_a_drop(market: MarketParameters) -> None:
    """Of two rows of one id in one drop, the later state is kept."""
    drop = raw({"number_of_reviews": "9", "price": "90"}, {"number_of_reviews": "6"})
    listings, _, _ = process({"2024-01-08.csv": drop}, market)
    assert listings["price"].tolist() == [90]


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ({"latitude": "40.49979"}, "outside_city", "latitude 40.49979 is not in 40.5 to 41.2"),
        ({"longitude": "-73.4"}, "outside_city", "longitude -73.4 is not in -74.25 to -73.5"),
        ({"price": "0"}, "price_out_of_range", "price 0 is not in 10 to 350"),
        ({"price": "10000"}, "price_out_of_range", "price 10000 is not in 10 to 350"),
        ({"id": ""}, "missing_value", "id is missing"),
        ({"price": "", "latitude": "NA"}, "missing_value", "latitude is missing"),
        ({"price": "$1,200"}, "malformed_value", "price: '$1,200' is not a finite number"),
        (
            {"price": "x", "last_review": "y"},
            "malformed_value",
            (
                "last_review: 'y' is not a date of the form YYYY-MM-DD; "
                "price: 'x' is not a finite number"
            ),
        ),
    ],
)
def test_rows_are_set_aside_with_their_reason(
    market: MarketParameters, row: dict[str, str], reason: str, detail: str
) -> None:
    """Drop, line, reason and the offending value are kept with the row."""
    drop = raw({"id": "2"}, row)
    _, rejected, _ = process({"2024-01-08.csv.gz": drop}, market)
    drop_name, line, found, told = reasons(rejected)[0]
    assert (drop_name, line, found) == ("2024-01-08", 3, reason)
    assert sorted(told.split("; ")) == sorted(detail.split("; "))


def test_the_limits_themselves_are_inside(market: MarketParameters) -> None:
    """10 and 350 USD are in the price range."""
    drop = raw({"price": "10"}, {"id": "2", "price": "350"})
    listings, _, _ = process({"2024-01-08.csv": drop}, market)
    assert listings["price"].tolist() == [10, 350]


def test_values_that_cannot_be_read_stop_the_run_with_file_line_and_column(
    market: MarketParameters,
) -> None:
    """All of them are told at once, with the remedy."""
    drops = {
        "2024-01-08.csv": raw({"price": "$80"}, {"last_review": "1.2.2019"}),
        "2024-01-15.csv": raw({"price": "-1"}),
    }
    with pytest.raises(MalformedRowsError) as error:
        type_drops(drops, market, FAIL)
    assert str(error.value).splitlines()[:4] == [
        "Values of the drops that can't be read: 3",
        "  2024-01-08.csv, line 2, column 'price': '$80' is not a finite number",
        (
            "  2024-01-08.csv, line 3, column 'last_review': '1.2.2019' is not a date of the form "
            "YYYY-MM-DD"
        ),
        "  2024-01-15.csv, line 2, column 'price': '-1' is negative",
    ]
    assert "malformed_rows=set_aside" in str(error.value)


def test_a_column_in_another_format_is_summed_up(market: MarketParameters) -> None:
    """A thousand wrong values make a short message with their number."""
    drop = raw(*({"id": str(number), "price": f"${number}"} for number in range(1000)))
    with pytest.raises(MalformedRowsError) as error:
        type_drops({"2024-01-08.csv": drop}, market, FAIL)
    assert len(str(error.value).splitlines()) < 20
    assert "2024-01-08.csv, column 'price': 1000" in str(error.value)


def test_nothing_left_is_an_error_with_the_reasons(market: MarketParameters) -> None:
    """The message counts the reasons and shows a row of each."""
    drop = raw({"price": "0"}, {"id": "2", "price": "1"}, {"id": "3", "latitude": "48.2"})
    with pytest.raises(NoListingsError) as error:
        process({"2024-01-08.csv": drop}, market)
    assert "None of the 3 delivered rows can be used" in str(error.value)
    assert "price_out_of_range: 2 rows, such as drop 2024-01-08, line 2: price 0" in str(
        error.value
    )
    assert "outside_city: 1 rows, such as drop 2024-01-08, line 4" in str(error.value)


def test_nothing_left_after_newer_rows_is_an_error_too(market: MarketParameters) -> None:
    """The only listing moved out of the price range in the newer drop."""
    drops = {"2024-01-08.csv": raw({}), "2024-01-15.csv": raw({"price": "400"})}
    with pytest.raises(NoListingsError, match="superseded: 1 rows, such as drop 2024-01-08"):
        process(drops, market)


def test_inputs_are_not_changed(market: MarketParameters) -> None:
    """Nodes leave what they are given as it was."""
    drop = raw({}, {"price": "0"}, {"id": "2", "price": "x"})
    before = drop.copy(deep=True)
    typed = type_listings({"2024-01-08.csv": lambda: drop}, market, SET_ASIDE)
    typed_before = typed.copy(deep=True)
    select_listings(typed)
    pd.testing.assert_frame_equal(drop, before)
    pd.testing.assert_frame_equal(typed, typed_before)


def test_the_report_counts_by_drop(market: MarketParameters) -> None:
    """Raw rows are kept, superseded or set aside by reason, in each drop and in all."""
    drops = {
        "2024-01-08.csv": raw({}, {"id": "2", "price": "0"}, {"id": "3", "price": ""}),
        "2024-01-15.csv": raw({}),
    }
    _, _, report = process(drops, market)
    assert report == {
        "drops": {
            "2024-01-08": {
                "rows": 3,
                "kept": 0,
                "superseded": 1,
                "rejected": {"missing_value": 1, "price_out_of_range": 1},
            },
            "2024-01-15": {"rows": 1, "kept": 1, "superseded": 0, "rejected": {}},
        },
        "total": {
            "rows": 4,
            "kept": 1,
            "superseded": 1,
            "rejected": {"missing_value": 1, "price_out_of_range": 1},
        },
    }


def test_a_lost_row_is_a_defect_that_stops_the_report(market: MarketParameters) -> None:
    """The sums are proven, not assumed."""
    typed = type_drops({"2024-01-08.csv": raw({}, {"id": "2"})}, market)
    listings, rejected = select_listings(typed)
    with pytest.raises(AssertionError, match="2 raw rows, but 1 are accounted for"):
        report_processing(typed, listings.head(1), rejected)


rows = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["1", "2", "3", "x", ""]),
        "price": st.sampled_from(["0", "10", "75", "75.5", "350", "351", "", "$5"]),
        "latitude": st.sampled_from(["40.7", "40.4", "", "north"]),
        "number_of_reviews": st.sampled_from(["0", "6", "7", ""]),
        "neighbourhood_group": st.sampled_from([*GROUPS, ""]),
        "name": st.sampled_from(["Sunny room", " Sunny  room", "", "Loft"]),
        "last_review": st.sampled_from(["2019-05-26", "", "26.5.2019"]),
    }
)
drops_of_rows = st.lists(st.lists(rows, min_size=1, max_size=8), min_size=1, max_size=3)
many = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


def named(drops: list[list[dict[str, str]]]) -> dict[str, pd.DataFrame]:
    return {f"2024-01-{day:02}.csv": raw(*drop) for day, drop in enumerate(drops, start=1)}


@given(drops=drops_of_rows)
@many
def test_every_raw_row_is_accounted_for(
    market: MarketParameters, drops: list[list[dict[str, str]]]
) -> None:
    """Raw = kept + superseded + set aside, row by row: each (drop, line) ends in one place."""
    anchor = raw({"id": "99"})
    files = {**named(drops), "2024-02-01.csv": anchor}
    listings, rejected, report = process(files, market)
    delivered = {(name[:10], line) for name, frame in files.items() for line in frame[LINE]}
    aside = [(f"{row.delivered_on:%Y-%m-%d}", row.line) for row in rejected.itertuples()]
    assert len(aside) == len(set(aside))
    assert set(aside) <= delivered
    assert len(listings) + len(aside) == len(delivered) == report["total"]["rows"]
    assert listings["id"].is_unique


@given(drops=drops_of_rows)
@many
def test_processing_its_own_result_changes_nothing(
    market: MarketParameters, drops: list[list[dict[str, str]]]
) -> None:
    """Clean listings, delivered again as a drop, come out as they are."""
    listings, _, _ = process({**named(drops), "2024-02-01.csv": raw({"id": "99"})}, market)
    text = listings[list(RAW_COLUMNS)].astype("object").where(listings.notna(), "")
    text["last_review"] = listings["last_review"].dt.strftime("%Y-%m-%d").fillna("")
    again = text.map(str).astype("str").assign(**{LINE: range(2, len(text) + 2)})
    twice, rejected, _ = process({"2024-02-01.csv": again}, market)
    pd.testing.assert_frame_equal(
        twice.drop(columns=DELIVERED_ON), listings.drop(columns=DELIVERED_ON)
    )
    assert rejected.empty


@given(drops=drops_of_rows, order=st.randoms(use_true_random=False))
@many
def test_the_order_of_rows_does_not_matter(
    market: MarketParameters, drops: list[list[dict[str, str]]], order: Any
) -> None:
    """Shuffled drops give the same listings and the same reasons."""
    anchor = {"2024-02-01.csv": raw({"id": "99"})}
    shuffled = [order.sample(drop, k=len(drop)) for drop in drops]
    listings, rejected, report = process({**named(drops), **anchor}, market)
    listings_, rejected_, report_ = process({**named(shuffled), **anchor}, market)
    pd.testing.assert_frame_equal(listings, listings_)
    assert report == report_
    columns = [name for name in rejected if name != LINE]
    pd.testing.assert_frame_equal(
        rejected[columns].sort_values(columns, ignore_index=True),
        rejected_[columns].sort_values(columns, ignore_index=True),
    )

"""Listings to price, as they come."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rental_pricing.inference.incoming import (
    REQUIRED,
    Incoming,
    IncomingFile,
    IncomingListingsError,
    choose_columns,
    empty,
    number_rows,
)
from rental_pricing.listings.columns import LINE

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel


def texts(ids: list[Any], **columns: list[Any]) -> pa.Table:
    """Make raw rows of a CSV file, one for each id, from line 2 on."""
    usual = {name: ["1"] * len(ids) for name in REQUIRED} | {"last_review": [None] * len(ids)}
    table = {"id": ids} | usual | {"id": ids} | columns
    arrays = {name: pa.array(values, pa.string()) for name, values in table.items()}
    return pa.table(arrays | {LINE: pa.array(range(2, len(ids) + 2))})


def file(*pieces: pa.Table, name: str = "a.csv", day: dt.date | None = None) -> IncomingFile:
    return IncomingFile(name, day, lambda: iter(pieces))


def test_texts_are_typed() -> None:
    """As in a drop: numbers, dates, missing values."""
    raw = texts(["7", " 8 "], latitude=["40.5", "1e1"], last_review=["2024-01-05", "N/A"])
    (chunk,) = Incoming([file(raw)])
    assert chunk["id"].tolist() == [7, 8]
    assert chunk["latitude"].tolist() == [40.5, 10.0]
    assert chunk["last_review"].tolist()[0] == pd.Timestamp("2024-01-05")
    assert chunk["last_review"].isna().tolist() == [False, True]
    assert LINE not in chunk


def test_a_value_that_cannot_be_read_is_left_for_the_note(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Its row is not priced, and says why; the others of that column are read alike."""
    given = lake_listings.head(3).drop(columns=["price", "delivered_on"]).astype("str")
    given = given.where(lake_listings.head(3)[list(given)].notna())
    table = pa.table({name: pa.array(given[name], pa.string()) for name in REQUIRED})
    column = REQUIRED.index("minimum_nights")
    wrong = table.set_column(column, "minimum_nights", pa.array(["2", "two", "1.0"]))
    (chunk,) = Incoming([file(wrong.append_column(LINE, pa.array([2, 3, 4])))])
    note = lake_model.estimate(chunk)["note"]
    assert note[1].startswith("not priced: minimum nights 'two' is not a whole number")
    assert note[[0, 2]].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["5", None, "x"], r"  a\.csv, line 3: id is missing\n  a\.csv, line 4: id 'x' is not a w"),
        (["5", "-5"], r"  a\.csv, line 3: id '-5' is negative"),
        (["5", *["NA"] * 14], r"line 3: id is missing\n(.*\n)*  \.\.\. \+4 more\nGive each"),
    ],
)
def test_ids_that_cannot_be_read_are_told(given: list[Any], told: str) -> None:
    """With file and line, some of many."""
    with pytest.raises(IncomingListingsError, match=told):
        list(Incoming([file(texts(given))]))


def test_ids_that_come_twice_are_told_with_all_their_places() -> None:
    """In one piece, in two, and in two files."""
    one = file(texts(["1", "2", "2"]), texts(["3"]))
    other = IncomingFile("b.parquet", None, lambda: iter([texts(["4", "3"])]), unit="row")
    with pytest.raises(IncomingListingsError, match=r"id 2: a\.csv, line 3; a\.csv, line 4\n"):
        list(Incoming([one]))
    first = file(texts(["1"]), texts(["3"]))
    with pytest.raises(IncomingListingsError, match=r"id 3: a\.csv, line 2; b\.parquet, row 3\n"):
        list(Incoming([first, other]))


def test_listings_can_be_gone_through_again() -> None:
    """Ids of the first time are not taken for repeated ones."""
    listings = Incoming([file(texts(["1"]))])
    assert [len(each) for each in listings] == [len(each) for each in listings] == [1]


@pytest.mark.parametrize(("rows", "given"), [(3, True), (2, True), (1, False), (0, False)])
def test_the_head_is_all_or_nothing(rows: int, *, given: bool) -> None:
    """Two listings are at most three, at most two, but not at most one."""
    head = Incoming([file(texts(["1"]), texts(["2"]))]).head(rows)
    assert (head is not None) == given
    if head is not None:
        assert head["id"].tolist() == [1, 2]


def test_the_head_reads_no_further_than_needed() -> None:
    """The rest of a large file is left alone."""

    def pieces() -> Any:
        yield texts(["1", "2"])
        pytest.fail("read on")

    assert Incoming([IncomingFile("a.csv", None, pieces)]).head(1) is None


def test_a_file_may_have_a_date_of_delivery() -> None:
    """It holds where the listings have none of their own."""
    day = dt.date(2024, 1, 8)
    (plain,) = Incoming([file(texts(["1"]))])
    (dated,) = Incoming([file(texts(["1"]), day=day)])
    (own,) = Incoming([file(texts(["1"], delivered_on=["2024-01-15"]), day=day)])
    assert "delivered_on" not in plain
    assert dated["delivered_on"].tolist() == [pd.Timestamp(day)]
    assert own["delivered_on"].tolist() == [pd.Timestamp("2024-01-15")]


def test_typed_ids_are_ids() -> None:
    """Whole numbers of Parquet, and what can't be one."""
    for kind in (pa.int32(), pa.uint64(), pa.float64(), pa.large_string()):
        raw = texts(["1"]).set_column(0, "id", pa.array([7]).cast(kind))
        (chunk,) = Incoming([file(raw)])
        assert chunk["id"].tolist() == [7]
    raw = texts(["1"]).set_column(0, "id", pa.array([[7]]))
    with pytest.raises(IncomingListingsError, match=r"a\.csv: column 'id' has values of type list"):
        list(Incoming([file(raw)]))


@pytest.mark.parametrize(
    ("column", "values", "belongs"),
    [
        ("latitude", [True], "numbers"),
        ("minimum_nights", [dt.date(2024, 1, 8)], "numbers"),
        ("name", [5], "texts"),
        ("last_review", [20240108], "dates"),
    ],
)
def test_columns_of_another_kind_are_told(column: str, values: list[Any], belongs: str) -> None:
    """With file and column: not one of its values could be used."""
    raw = texts(["1"])
    raw = raw.set_column(raw.column_names.index(column), column, pa.array(values))
    with pytest.raises(
        IncomingListingsError,
        match=rf"a\.csv: column '{column}' has values of type \w+.*, where {belongs} belong",
    ):
        list(Incoming([file(raw)]))


def test_columns_may_be_typed_in_many_ways(
    lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Categories, decimals, days, large texts, nothing at all: the same prices."""
    plain = lake_listings.head(6)[list(REQUIRED)].assign(reviews_per_month=np.nan)
    numbers = pa.array(range(6), pa.int64())
    table = pa.Table.from_pandas(plain, preserve_index=False)
    kinds = {
        "name": pa.large_string(),
        "neighbourhood": pa.string_view(),
        "last_review": pa.date32(),
        "minimum_nights": pa.decimal128(20, 1),
        "number_of_reviews": pa.int16(),
        "availability_365": pa.float32(),
    }
    for name, kind in kinds.items():
        values = table[name]
        if pa.types.is_dictionary(values.type):
            values = values.cast(pa.string())
        table = table.set_column(table.column_names.index(name), name, values.cast(kind))
    place = table.column_names.index("reviews_per_month")
    table = table.set_column(place, "reviews_per_month", pa.nulls(6))
    (chunk,) = Incoming([file(table.append_column(LINE, numbers))])
    pd.testing.assert_frame_equal(
        lake_model.estimate(chunk), lake_model.estimate(plain), check_exact=True
    )


def test_columns_are_chosen() -> None:
    """Those of the model, and the date where there is one; a price is not read."""
    assert choose_columns([*REQUIRED, "price", "host_id"], "a.csv") == list(REQUIRED)
    assert choose_columns([*REQUIRED, "delivered_on"], "a.csv") == [*REQUIRED, "delivered_on"]
    given = ["roomtype" if name == "room_type" else name for name in REQUIRED]
    with pytest.raises(
        IncomingListingsError,
        match=r"a\.csv, line 1: .*room_type are missing \(did you mean 'roomtype'",
    ):
        choose_columns(given, "a.csv")
    with pytest.raises(IncomingListingsError, match="'id' stands there twice"):
        choose_columns([*REQUIRED, "id"], "a.csv")


def test_rows_are_numbered_all_through() -> None:
    """From 1."""
    batches = [pa.table({"id": ids}) for ids in ([5, 6], [], [7])]
    assert [each[LINE].to_pylist() for each in number_rows(batches)] == [[1, 2], [], [3]]


def test_no_listings_can_be_estimated(lake_model: PriceModel) -> None:
    """Their columns are there."""
    assert len(lake_model.estimate(empty())) == 0
    assert empty()["id"].dtype == np.dtype("int64")

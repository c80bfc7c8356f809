"""Listings as people give them: in any type, with values that can't be read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.model.conforming import SignatureError, conform
from rental_pricing.model.price_model import model_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.model.price_model import PriceModel

    Offer = Callable[..., pd.DataFrame]

SIGNATURE = model_signature()
DAY = np.datetime64("2023-11-05", "ms")


def read(listings: pd.DataFrame, column: str) -> tuple[list[Any], list[str]]:
    columns, notes = conform(listings, SIGNATURE)
    return columns[column].tolist(), notes.texts()


UNREADABLE = [
    ("minimum_nights", -5, "minimum nights -5 is negative"),
    ("minimum_nights", "-5", "minimum nights '-5' is negative"),
    ("minimum_nights", 2.5, "minimum nights 2.5 is not a whole number"),
    ("minimum_nights", "2.5", "minimum nights '2.5' is not a whole number of at most 64 bits"),
    ("minimum_nights", 1e400, "minimum nights inf is not a finite number"),
    ("minimum_nights", 10**400, "minimum nights inf is not a finite number"),
    ("minimum_nights", 2**63, "minimum nights 9.223372036854776e+18 is not a whole number"),
    ("minimum_nights", "two", "minimum nights 'two' is not a whole number of at most 64 bits"),
    ("minimum_nights", dt.timedelta(days=2), "minimum nights '2 days, 0:00:00' is no number"),
    ("minimum_nights", np.timedelta64(2, "D"), "minimum nights '2 days' is no number"),
    ("minimum_nights", [2], "minimum nights '[2]' is no number"),
    ("minimum_nights", 2 + 0j, "minimum nights '(2+0j)' is no number"),
    ("number_of_reviews", -0.5, "number of reviews -0.5 is negative"),
    ("latitude", float("inf"), "latitude inf is not a finite number"),
    ("latitude", 1e308, "the place "),
    ("latitude", "-inf", "latitude '-inf' is not a finite number"),
    ("latitude", "1e400", "latitude '1e400' is not a finite number"),
    ("latitude", "40,58", "latitude '40,58' is not a finite number"),
    ("latitude", "40.58°", "latitude '40.58°' is not a finite number"),
    ("latitude", True, "latitude 'True' is no number"),
    ("reviews_per_month", -1, "reviews per month -1 is negative"),
    ("availability_365", "x" * 999, "days available in a year '"),
    ("last_review", "05/11/2023", "last review '05/11/2023' is not a date of the form YYYY-MM-DD"),
    ("last_review", "2023-11-5", "last review '2023-11-5' is not a date of the form YYYY-MM-DD"),
    ("last_review", "2023-02-30", "last review '2023-02-30' is not a date of the form YYYY-MM-DD"),
    ("last_review", 20231105, "last review '20231105' is no date"),
    ("delivered_on", "yesterday", "delivery date 'yesterday' is not a date of the form YYYY-MM-DD"),
    ("room_type", 5, "room type '5' is no text"),
    ("room_type", b"Private room", "room type \"b'Private room'\" is no text"),
    ("last_review", "\ud83d", r"last review '\ud83d' is not a date of the form YYYY-MM-DD"),
    ("name", {"text": "y" * 999}, "title \"{'text': 'yyyyy"),
]


@pytest.mark.parametrize(("column", "value", "note"), UNREADABLE)
def test_what_cannot_be_read_is_told_for_its_row(
    lake_model: PriceModel, offer: Offer, column: str, value: object, note: str
) -> None:
    """The row is not priced and says why, in a short note; the next row is priced."""
    values = pd.Series([value, offer().get(column, pd.Series([None]))[0]], dtype="object")
    listings = pd.concat([offer(), offer()], ignore_index=True).assign(**{column: values})
    found = lake_model.estimate(listings)
    assert found["typical_price"].isna().tolist() == [True, False]
    assert found["note"][0].startswith(f"not priced: {note}")
    assert len(found["note"][0]) < 140
    assert found["note"][1] == ""


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([3, None], dtype="Int64"),
        pd.Series([3, np.nan], dtype="float32"),
        pd.Series(["3", ""], dtype="str"),
        pd.Series([" 3.0 ", "n/a"], dtype="object"),
        pd.Series(["+3", None], dtype="category"),
        pd.Series([3, None], dtype="category"),
        pd.Series([Decimal(3), pd.NA], dtype="object"),
        pd.Series([np.int8(3), np.nan], dtype="object"),
        pd.Series([3, None], dtype="int64[pyarrow]"),
        pd.Series(["3", None], dtype="string[pyarrow]"),
    ],
    ids=lambda values: f"{values.dtype}",
)
def test_numbers_may_come_in_any_type(offer: Offer, values: pd.Series) -> None:
    """Typed or as text; a missing one is NaN."""
    listings = pd.concat([offer(), offer()], ignore_index=True).assign(minimum_nights=values)
    found, notes = read(listings, "minimum_nights")
    assert (found[0], np.isnan(found[1]), notes) == (3.0, True, ["", ""])


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["2023-11-05", None], dtype="str"),
        pd.Series([" 2023-11-05 ", "NA"], dtype="object"),
        pd.Series(["2023-11-05", None], dtype="category"),
        pd.Series([pd.Timestamp("2023-11-05"), pd.NaT]),
        pd.Series([pd.Timestamp("2023-11-05 23:59"), pd.NaT]),
        pd.Series([pd.Timestamp("2023-11-05 00:30", tz="Asia/Tokyo"), pd.NaT]),
        pd.Series([pd.Timestamp("2023-11-05", tz="UTC"), None], dtype="object"),
        pd.Series([dt.date(2023, 11, 5), None], dtype="object"),
        pd.Series([np.datetime64("2023-11-05T10:00"), None], dtype="object"),
        pd.Series([dt.date(2023, 11, 5), None], dtype="date32[pyarrow]"),
        pd.Series([pd.Timestamp("2023-11-05 01:00"), None], dtype="timestamp[ns][pyarrow]"),
    ],
    ids=lambda values: f"{values.dtype}",
)
def test_dates_may_come_in_any_type(offer: Offer, values: pd.Series) -> None:
    """Text or typed, with or without a time and a zone: the day counts, as it is written."""
    listings = pd.concat([offer(), offer()], ignore_index=True).assign(last_review=values)
    columns, notes = conform(listings, SIGNATURE)
    assert columns["last_review"][0] == DAY
    assert np.isnat(columns["last_review"][1])
    assert notes.texts() == ["", ""]


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string", "string[pyarrow]"])
def test_texts_may_come_in_any_type(offer: Offer, dtype: str) -> None:
    """Trimmed and with single blanks; a missing or empty one is None."""
    values = pd.Series([" Entire\t home/apt", None, " "], dtype=dtype)
    listings = pd.concat([offer()] * 3, ignore_index=True).assign(room_type=values)
    assert read(listings, "room_type") == (["Entire home/apt", None, None], [""] * 3)


@pytest.mark.parametrize("column", SIGNATURE)
def test_a_column_without_any_value_may_have_any_type(offer: Offer, column: str) -> None:
    """A column of nothing but None is float64 or object to pandas, whatever it should hold."""
    for dtype in ("float64", "object", "datetime64[ns]", "boolean"):
        listings = offer().assign(**{column: pd.Series([None], dtype=dtype)})
        found, notes = read(listings, column)
        assert pd.isna(found[0])
        assert notes == [""]


@pytest.mark.parametrize(
    ("column", "values", "needed"),
    [
        ("latitude", pd.Series([True]), "bool where the model needs numbers"),
        ("latitude", pd.Series([1j]), "complex128 where the model needs numbers"),
        ("minimum_nights", pd.Series([pd.Timestamp(0)]), r"datetime64\[.*\] .* needs numbers"),
        ("minimum_nights", pd.Series([pd.Timedelta(0)]), "timedelta64.* needs numbers"),
        ("room_type", pd.Series([1]), "int64 where the model needs texts"),
        ("name", pd.Series([1.5]), "float64 where the model needs texts"),
        ("last_review", pd.Series([20231105]), "int64 where the model needs dates"),
        ("delivered_on", pd.Series([1.7e9]), "float64 where the model needs dates"),
    ],
)
def test_a_column_that_cannot_hold_such_values_is_an_error(
    offer: Offer, column: str, values: pd.Series, needed: str
) -> None:
    """The message names the column, its type and what is needed."""
    with pytest.raises(SignatureError, match=f"'{column}' .* has values of type {needed}"):
        conform(offer().assign(**{column: values}), SIGNATURE)


def test_absent_columns_are_told(offer: Offer) -> None:
    """All of them, what may be meant, and what the model needs."""
    given = offer().rename(columns={"latitude": "lattitude"}).drop(columns="room_type")
    with pytest.raises(SignatureError) as told:
        conform(given, SIGNATURE)
    assert str(told.value).startswith(
        "The listings to estimate lack the columns latitude, room_type "
        "(did you mean 'lattitude'?); the model needs name, neighbourhood_group,"
    )


def test_a_column_that_is_there_twice_is_told(offer: Offer) -> None:
    """Which of them counts would be a guess; a further column may be there twice."""
    with pytest.raises(SignatureError, match="have the column name more than once"):
        conform(pd.concat([offer(), offer()[["name"]]], axis=1), SIGNATURE)
    further = pd.DataFrame([[1, 2]], columns=["extra", "extra"])
    assert conform(pd.concat([offer(), further], axis=1), SIGNATURE)[1].texts() == [""]


@pytest.mark.parametrize("given", [[], {"latitude": 40.0}, None])
def test_anything_but_a_table_is_told(given: Any) -> None:
    """A listing by itself has to be put into a table."""
    with pytest.raises(SignatureError, match="must be a pandas DataFrame, not "):
        conform(given, SIGNATURE)


def test_a_delivery_date_may_be_left_out(offer: Offer) -> None:
    """It is then unknown here; the model knows what to assume."""
    columns, _ = conform(offer(), SIGNATURE)
    assert np.isnat(columns["delivered_on"]).all()
    assert list(columns) == list(SIGNATURE)


def test_half_a_character_is_no_harm(lake_model: PriceModel, offer: Offer) -> None:
    """Half a surrogate pair, as cut titles have it, can be in no file: it is spelt out."""
    cut = offer().assign(name=pd.Series(["cut \ud83d"], dtype="object"))
    assert read(cut, "name") == ([r"cut \ud83d"], [""])
    assert lake_model.estimate(cut).loc[0, "note"] == ""

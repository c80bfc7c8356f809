"""What is told of listings that are priced."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rental_pricing.inference.incoming import REQUIRED, Incoming, IncomingFile
from rental_pricing.inference.pricing import explained, priced, similar
from rental_pricing.listings.columns import LINE

if TYPE_CHECKING:
    from rental_pricing.inference.streams import TableStream
    from rental_pricing.model.price_model import PriceModel

GROUPS = {"place": ("latitude", "longitude", "neighbourhood", "neighbourhood_group")}
GROUPS |= {name: (name,) for name in REQUIRED if name not in {"id", *GROUPS["place"]}}
GROUPS = {
    "place": GROUPS["place"],
    "other": (*(name for name in GROUPS if name != "place"), "delivered_on"),
}


def incoming(listings: pd.DataFrame, *sizes: int, day: dt.date | None = None) -> Incoming:
    """Give listings in pieces of these sizes."""
    ends = np.cumsum([0, *sizes])
    pieces = [listings[start:end] for start, end in pairwise(ends)]
    tables = [
        pa.Table.from_pandas(each, preserve_index=False).append_column(
            LINE, pa.array(range(len(each)), pa.int64())
        )
        for each in pieces
    ]
    return Incoming([IncomingFile("a.parquet", day, lambda: iter(tables))])


def table(stream: TableStream) -> pd.DataFrame:
    return pa.Table.from_batches(
        [batch for piece in stream for batch in piece.to_batches()], stream.schema
    ).to_pandas()


@pytest.fixture
def undated(lake_listings: pd.DataFrame) -> pd.DataFrame:
    return lake_listings[list(REQUIRED)]


def test_prices_are_the_models(lake_model: PriceModel, undated: pd.DataFrame) -> None:
    """Bit for bit, in the order of the listings, with id and model."""
    found = table(priced(incoming(undated, 240), lake_model))
    expected = lake_model.estimate(undated)
    columns = ["typical_price", "price_low", "price_high", "note"]
    pd.testing.assert_frame_equal(found[columns], expected[columns], check_exact=True)
    assert found["id"].tolist() == undated["id"].tolist()
    assert set(found["model"]) == {lake_model.identity}
    assert found["model_version"].isna().all()
    assert set(found["model_data"]) == {pd.Timestamp("2024-01-15")}
    named = dataclasses.replace(lake_model, version="price_model:v3")
    assert set(table(priced(incoming(undated, 5), named))["model_version"]) == {"price_model:v3"}


@pytest.mark.parametrize("seed", range(5))
def test_pieces_and_order_change_no_bit(
    lake_model: PriceModel, undated: pd.DataFrame, seed: int
) -> None:
    """Any cut of any order: the same prices, and the same similar listings."""
    draw = np.random.default_rng(seed)
    shuffled = undated.iloc[draw.permutation(240)]
    cuts = np.sort(draw.integers(0, 240, 6))
    cut = incoming(shuffled, *np.diff([0, *cuts, 240]).tolist())
    whole = incoming(undated, 240)
    for make, keys in (
        (lambda rows: priced(rows, lake_model), ["id"]),
        (lambda rows: similar(rows, lake_model, 3), ["id", "rank"]),
    ):
        one, other = (table(make(rows)).sort_values(keys, ignore_index=True)
                      for rows in (cut, whole))  # fmt: skip
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize(
    ("day", "weeks"),
    [("2024-01-29", 2.0), ("2024-01-18", 0.4), ("2024-01-15", 0.0), ("2024-01-08", 0.0)],
)
def test_the_age_of_the_models_data_is_counted_to_the_delivery(
    lake_model: PriceModel, undated: pd.DataFrame, day: str, weeks: float
) -> None:
    """Its newest drop is of 2024-01-15; without a date of delivery the age is unknown."""
    rows = incoming(undated, 5, day=dt.date.fromisoformat(day))
    assert set(table(priced(rows, lake_model))["model_age_weeks"]) == {weeks}
    assert table(priced(incoming(undated, 5), lake_model))["model_age_weeks"].isna().all()


def test_similar_listings_are_a_long_table(lake_model: PriceModel, undated: pd.DataFrame) -> None:
    """Rows for each id, in the order of the listings; 0 reads nothing."""
    found = table(similar(incoming(undated, 100, 140), lake_model, 2))
    assert found["id"].tolist() == undated["id"].repeat(2).tolist()
    assert found["rank"].tolist() == [1, 2] * 240
    assert not (found["id"] == found["similar_id"]).any()
    unread = Incoming([IncomingFile("a.csv", None, lambda: pytest.fail("read"))])
    assert len(table(similar(unread, lake_model, 0))) == 0


def test_explanations_add_up(lake_model: PriceModel, undated: pd.DataFrame) -> None:
    """A column for each group; without listings there are no rows."""
    found = table(explained(undated.head(5), lake_model, GROUPS))
    assert list(found) == ["id", "typical_price", "typical_listing", *GROUPS, "note"]
    total = found[["typical_listing", *GROUPS]].sum(axis=1)
    np.testing.assert_allclose(total, found["typical_price"], rtol=0, atol=1e-11)
    assert table(explained(undated.head(0), lake_model, GROUPS)).shape == (0, 6)

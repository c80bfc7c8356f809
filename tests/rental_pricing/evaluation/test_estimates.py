"""Estimates beside true prices."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pandera.errors
import pytest

from rental_pricing.evaluation.estimates import beside_prices, made_by
from rental_pricing.evaluation.schemas import Estimates


def listings(hosts: list[int | None], prices: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": range(len(hosts)),
            "host_id": pd.array(hosts, dtype="Int64"),
            "neighbourhood_group": pd.Categorical(["Bronx"] * len(hosts), ["Bronx", "Queens"]),
            "room_type": pd.Categorical(["Private room"] * len(hosts)),
            "latitude": 40.7,
            "longitude": -73.9,
            "price": prices,
        }
    )


LEARNT = listings([1, 2, None], [50.0, 60.0, 100.0])
JUDGED = listings([2, 3, None], [55.0, 65.0, 75.0])
PRICES = pd.DataFrame(
    {"typical_price": [50.0, 60, 70], "price_low": 40.0, "price_high": 90.0, "note": ""}
)
BESIDE = beside_prices(JUDGED, PRICES, LEARNT)


def test_the_table_is_as_the_catalog_wants_it() -> None:
    """In the order and with the types of its schema; notes are not part of it."""
    assert Estimates.validate(BESIDE).equals(BESIDE)


def test_a_host_is_known_if_the_model_has_learnt_from_one_of_its_listings() -> None:
    """A missing host is no known one, though training lacks some, too."""
    assert BESIDE["known_host"].tolist() == [True, False, False]


def test_the_baseline_learns_from_what_the_model_learnt_from() -> None:
    """Not from the listings that are judged."""
    assert BESIDE["baseline_price"].tolist() == [60, 60, 60]


def test_listings_that_were_not_priced_may_stand_in_it() -> None:
    """Missing prices are no broken schema; a lower end above the upper one is."""
    Estimates.validate(BESIDE.assign(typical_price=None, price_low=None).astype(BESIDE.dtypes))
    with pytest.raises(pandera.errors.SchemaError, match="price_low"):
        Estimates.validate(BESIDE.assign(price_low=91.0))


def test_estimates_say_which_model_made_them() -> None:
    """And of which split they are; the table that was given stays as it was."""
    model = SimpleNamespace(
        identity="0123",
        provenance={"split": {"seed": 1}, "currency": "USD"},
        interval=SimpleNamespace(coverage=0.8),
    )
    made = made_by(model, BESIDE, "test")  # type: ignore[arg-type]
    assert made.attrs == {
        "model": "0123",
        "split": {"seed": 1, "part": "test"},
        "currency": "USD",
        "coverage": 0.8,
    }
    assert BESIDE.attrs == {}

"""A price model of a few trees for a made-up city: fitted once, in well under a second."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.listings.columns import LISTING_DTYPES, MODEL_COLUMNS
from rental_pricing.listings.parameters import ImpossibleParameters, MarketParameters
from rental_pricing.model.knowledge import Knowledge
from rental_pricing.model.parameters import TrainingParameters
from rental_pricing.model.price_model import PriceModel, model_signature, typical_listings
from rental_pricing.model.similar import KnownListings
from rental_pricing.model.training import fit_calibrated
from rental_pricing.model.versions import library_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@pytest.fixture(scope="session")
def lake_city() -> MarketParameters:
    """A market of 33 km by 34 km, with all its listings in the south."""
    return MarketParameters(
        name="Lake City",
        currency="USD",
        boroughs=("Downtown", "Uptown"),
        room_types=("Entire home/apt", "Private room"),
        latitude={"min": 40.5, "max": 40.8},
        longitude={"min": -74.1, "max": -73.7},
        price={"min": 10, "max": 350},
    )


@pytest.fixture(scope="session")
def lake_listings() -> pd.DataFrame:
    """240 listings on 6 km by 6 km, delivered on 2024-01-08 and a week later."""
    rows = 240
    draw = np.random.default_rng(1)
    entire, bedrooms = draw.random(rows) < 0.55, draw.integers(1, 4, rows)
    north, east = draw.random(rows), draw.random(rows)
    reviewed = draw.random(rows) < 0.8
    style = draw.choice(["Sunny", "Quiet", "Modern", "Tiny"], rows)
    last = pd.Series(pd.Timestamp("2024-01-08") - pd.to_timedelta(draw.integers(0, 500, rows), "D"))
    columns: Mapping[str, object] = {
        "id": np.arange(rows) + 1,
        "name": [f"{s} {b}BR near the lake" for s, b in zip(style, bedrooms, strict=True)],
        "host_id": np.arange(rows) + 1,
        "host_name": "Host",
        "neighbourhood_group": np.where(north > 0.5, "Uptown", "Downtown"),
        "neighbourhood": [f"Quarter {int(4 * one)}" for one in north],
        "latitude": 40.55 + 0.054 * north,
        "longitude": -74.0 + 0.071 * east,
        "room_type": np.where(entire, "Entire home/apt", "Private room"),
        "price": 50 + 60.0 * entire + 25 * bedrooms + 40 * north + draw.normal(0, 8, rows),
        "minimum_nights": draw.integers(1, 31, rows),
        "number_of_reviews": np.where(reviewed, draw.integers(1, 90, rows), 0),
        "last_review": last.where(reviewed),
        "reviews_per_month": np.where(reviewed, draw.random(rows).round(2) + 0.01, np.nan),
        "calculated_host_listings_count": draw.integers(1, 5, rows),
        "availability_365": draw.integers(0, 366, rows),
        "delivered_on": np.where(
            np.arange(rows) % 2, pd.Timestamp("2024-01-08"), pd.Timestamp("2024-01-15")
        ),
    }
    return pd.DataFrame({name: columns[name] for name in LISTING_DTYPES}).astype(LISTING_DTYPES)


@pytest.fixture(scope="session")
def sober_limits() -> ImpossibleParameters:
    """Limits beyond which a value is an error."""
    return ImpossibleParameters(
        earliest_year=2008,
        max_minimum_nights=1000,
        max_number_of_reviews=2000,
        max_reviews_per_month=90,
        max_calculated_host_listings_count=1000,
        max_availability_365=366,
    )


@pytest.fixture(scope="session")
def few_trees() -> TrainingParameters:
    """Parameters of a model that is fitted at once."""
    return TrainingParameters(
        estimator="gradient_boosting",
        estimators={"gradient_boosting": {"max_iter": 10, "min_samples_leaf": 5}},
        features={"location_bumps": 10},
        seed=1,
        interval={"coverage": 0.8, "trees": 10},
    )


@pytest.fixture(scope="session")
def lake_model(
    lake_city: MarketParameters,
    lake_listings: pd.DataFrame,
    few_trees: TrainingParameters,
    sober_limits: ImpossibleParameters,
) -> PriceModel:
    """A model of Lake City."""
    return _model(lake_city, lake_listings, few_trees, sober_limits)


SMALL_NETWORK: dict[str, Any] = {"hidden": [8, 4], "waves": 3, "title_min_listings": 5}


@pytest.fixture(scope="session")
def lake_network(
    lake_city: MarketParameters,
    lake_listings: pd.DataFrame,
    few_trees: TrainingParameters,
    sober_limits: ImpossibleParameters,
) -> PriceModel:
    """A neural network for Lake City whose weights are drawn: no PyTorch is needed for it."""
    parameters = few_trees.model_copy(
        update={"estimator": "neural_network", "estimators": {"neural_network": SMALL_NETWORK}}
    )
    with pytest.MonkeyPatch.context() as monkeypatch:
        _learn_by_lot(monkeypatch)
        return _model(lake_city, lake_listings, parameters, sober_limits)


def _learn_by_lot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit networks without PyTorch: their weights are drawn, and learn nothing."""

    def learn(*given: Any) -> Any:
        *_, architecture, _, seed = given
        draw = np.random.default_rng(seed)
        weights = {
            name: (draw.normal(size=shape) / 4).astype("float32").astype("float64")
            for name, shape in architecture.shapes.items()
        }
        return SimpleNamespace(weights=weights, epochs=3, best_epoch=2, error=0.5)

    module: Any = ModuleType("learning")
    module.learn, module.where_learnt = learn, lambda _: "drawn by lot"
    monkeypatch.setitem(sys.modules, "rental_pricing.model.network.learning", module)
    monkeypatch.setattr("rental_pricing.model.network.regressor.require_trainer", lambda _: None)


def _model(
    lake_city: MarketParameters,
    lake_listings: pd.DataFrame,
    parameters: TrainingParameters,
    sober_limits: ImpossibleParameters,
) -> PriceModel:
    price_range = (lake_city.price.min, lake_city.price.max)
    fitted = fit_calibrated(
        lake_listings[:180], lake_listings[180:], price_range=price_range, parameters=parameters
    )
    return PriceModel(
        pipeline=fitted.pipeline,
        interval=fitted.intervals,
        signature=model_signature(),
        price_range=price_range,
        provenance={"market": "Lake City", "seed": 1},
        versions=library_versions(),
        example=tuple(typical_listings(lake_listings, MODEL_COLUMNS)),
        knowledge=Knowledge.learn(lake_listings, lake_city, sober_limits),
        known=KnownListings.learn(lake_listings),
        profile={"rows": len(lake_listings)},
    )


@pytest.fixture(scope="session")
def offer() -> Callable[..., pd.DataFrame]:
    """Describe one good listing as people would, with changes."""

    def make(**changes: object) -> pd.DataFrame:
        listing = {
            "name": "Sunny 2BR near the lake",
            "neighbourhood_group": "Uptown",
            "neighbourhood": "Quarter 2",
            "latitude": 40.58,
            "longitude": -73.96,
            "room_type": "Entire home/apt",
            "minimum_nights": 3,
            "number_of_reviews": 12,
            "last_review": "2023-11-05",
            "reviews_per_month": 0.5,
            "calculated_host_listings_count": 1,
            "availability_365": 120,
        }
        return pd.DataFrame([listing | changes])

    return make

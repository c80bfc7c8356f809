"""A small week of listings, and a small model of it, made by function calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.listings.columns import LISTING_DTYPES
from rental_pricing.listings.digest import content_digest
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.model.price_model import PriceModel
from rental_pricing.pipelines.modeling import nodes
from rental_pricing.quality.parameters import QualityParameters

ROWS = 500


def make_listings(seed: int = 1, *, noise: float = 8.0) -> pd.DataFrame:
    """Make listings whose price depends on borough, room type and bedrooms."""
    draw = np.random.default_rng(seed)
    entire, north = draw.random(ROWS) < 0.5, draw.random(ROWS)
    bedrooms = draw.integers(1, 4, ROWS)
    reviews = draw.integers(0, 40, ROWS)
    last = pd.Timestamp("2024-01-01") - pd.to_timedelta(draw.integers(0, 300, ROWS), unit="D")
    price = 30 + 50 * entire + 30 * bedrooms + 40 * (north > 0.5) + draw.normal(0, noise, ROWS)
    columns = {
        "id": np.arange(ROWS) + 1000,
        "name": [f"Quiet {number} bedroom home" for number in bedrooms],
        "host_id": draw.integers(1, 2 * ROWS, ROWS),
        "host_name": "Host",
        "neighbourhood_group": np.where(north > 0.5, "Bronx", "Brooklyn"),
        "neighbourhood": [f"Quarter {int(8 * one)}" for one in north],
        "latitude": 40.6 + 0.2 * north,
        "longitude": -74 + 0.2 * draw.random(ROWS),
        "room_type": np.where(entire, "Entire home/apt", "Private room"),
        "price": price.round(),
        "minimum_nights": draw.integers(1, 9, ROWS),
        "number_of_reviews": reviews,
        "last_review": pd.Series(last).where(reviews > 0),
        "reviews_per_month": np.where(reviews > 0, 0.1 * reviews, np.nan),
        "calculated_host_listings_count": draw.integers(1, 4, ROWS),
        "availability_365": draw.integers(0, 366, ROWS),
        "delivered_on": pd.Timestamp("2024-01-08"),
    }
    return pd.DataFrame({name: columns[name] for name in LISTING_DTYPES}).astype(LISTING_DTYPES)


@dataclass(frozen=True)
class Week:
    """What is on disk and in the configuration when ``modeling`` begins."""

    listings: pd.DataFrame
    market: MarketParameters
    processing: ProcessingParameters
    quality: QualityParameters
    modeling: ModelingParameters
    passed: bool = True
    source: str | None = "From the company."

    @property
    def validation_report(self) -> dict[str, Any]:
        """As ``data_validation`` leaves it."""
        checks = [
            {"name": "rows", "drop": None, "column": None, "rule": "rows", "value": 1,
             "threshold": 2, "status": "passed" if self.passed else "failed", "examples": []}
        ]  # fmt: skip
        return {
            "passed": self.passed,
            "market": self.market.identity,
            "digest": content_digest(self.listings),
            "rows": len(self.listings),
            "drops": ["2024-01-08"],
            "checks": checks,
        }

    @property
    def processing_report(self) -> dict[str, Any]:
        """As ``data_processing`` leaves it."""
        account = {"rows": ROWS + 3, "kept": ROWS, "superseded": 1, "rejected": {"outside_city": 2}}
        return {
            "market": self.market.identity,
            "as_of": "2024-01-08",
            "source": self.source,
            "listings_digest": content_digest(self.listings),
            "drops": {"2024-01-08": {"file": "2024-01-08.csv", **account}},
            "total": account,
            "expired": ["2023-01-02"],
            "excluded": [],
        }

    def changed(self, **changes: Any) -> Week:
        """Return the week with something else."""
        return replace(self, **changes)

    def with_listings(self, seed: int, **drawn: float) -> Week:
        """Return the week with other listings."""
        return replace(self, listings=make_listings(seed, **drawn))

    def with_modeling(self, **changes: Any) -> Week:
        """Return the week with other parameters of the modeling."""
        return replace(self, modeling=ModelingParameters(**self.modeling.model_dump() | changes))

    def with_market(self, **changes: Any) -> Week:
        """Return the week with another market in the configuration."""
        return replace(self, market=MarketParameters(**self.market.model_dump() | changes))

    def split(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Run the first node."""
        return nodes.split_listings(
            self.listings, self.validation_report, self.market, self.modeling
        )

    def train(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        processing: dict[str, Any] | None = None,
    ) -> tuple[PriceModel, pd.DataFrame]:
        """Run the second node."""
        return nodes.train_price_model(
            train,
            validation,
            processing or self.processing_report,
            self.validation_report,
            self.market,
            self.processing,
            self.quality,
            self.modeling,
        )

    def make(self) -> Made:
        """Run the nodes up to the estimates."""
        parts = self.split()
        model, validation_estimates = self.train(*parts[:2])
        test_estimates = nodes.estimate_test_listings(model, *parts)
        return Made(*parts, model, validation_estimates, test_estimates)


@dataclass(frozen=True)
class Made:
    """What the nodes made of a week."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    model: PriceModel
    validation_estimates: pd.DataFrame
    test_estimates: pd.DataFrame


@pytest.fixture(scope="session")
def week(parameters: dict[str, Any]) -> Week:
    """A week of 500 listings, with parameters that make a small model of it."""
    given = parameters["modeling"].model_dump()
    given["estimators"]["gradient_boosting"] |= {"max_iter": 15, "min_samples_leaf": 10}
    given["features"] |= {"location_bumps": 5, "folds": 2}
    given["kernel"] |= {"landmarks": 20}
    given["interval"] |= {"folds": 2, "trees": 5}
    given["split"] |= {"min_rows": 20}
    given["explain"] |= {"max_rows": 50}
    modeling = ModelingParameters(**given)
    blocks = ("market", "data_processing", "data_validation")
    return Week(make_listings(), *(parameters[name] for name in blocks), modeling)


@pytest.fixture(scope="session")
def made(week: Week) -> Made:
    """All that the nodes make of that week; for reading only."""
    return week.make()

"""A service of Lake City in this process, whose store is a shelf that tests put models on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from serving_tools import plain_listing, wait_for
from starlette.testclient import TestClient

from rental_pricing.serving.app import create_app
from rental_pricing.serving.models import ServedModel, Stored
from rental_pricing.serving.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rental_pricing.model.price_model import PriceModel

GROUPS = {
    "place": ("neighbourhood_group", "neighbourhood", "latitude", "longitude"),
    "home": ("room_type", "name", "minimum_nights", "availability_365"),
    "reviews": ("number_of_reviews", "last_review", "reviews_per_month", "delivered_on"),
    "host": ("calculated_host_listings_count",),
}


class Shelf:
    """A store of models in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self.models: dict[str, PriceModel | Exception] = {}
        self.prod: str | None = None
        self.problem: Exception | None = None

    def put(self, version: str, model: PriceModel | Exception) -> None:
        """Put a model into production; or what happens when it is loaded."""
        self.models[version] = model
        self.prod = version

    def in_production(self) -> Stored | None:
        """As :class:`rental_pricing.serving.reload.Source`."""
        if self.problem is not None:
            raise self.problem
        return None if self.prod is None else self.stored(self.prod)

    def stored(self, version: str) -> Stored:
        """Describe a version."""
        return Stored("price_model", version, f"digest-of-{version}")

    def load(self, stored: Stored) -> ServedModel:
        """As :class:`rental_pricing.serving.reload.Source`."""
        found = self.models[stored.version]
        if isinstance(found, Exception):
            raise found
        model = dataclasses.replace(found, version=str(stored))
        return ServedModel(model, stored, metrics={"test_mae": 30.0}, inputs={"listings": "v1"})


@pytest.fixture
def shelf(lake_model: PriceModel) -> Shelf:
    """A store with one model in production."""
    store = Shelf()
    store.put("v1", lake_model)
    return store


@pytest.fixture
def dearer(lake_model: PriceModel) -> PriceModel:
    """A model that prices nothing below 200."""
    return dataclasses.replace(lake_model, price_range=(200.0, 350.0))


@pytest.fixture
def make_client(shelf: Shelf, parameters: dict[str, Any]) -> Iterator[Callable[..., TestClient]]:
    """Start services; a client of each, that does not stumble over a 500."""
    clients = []

    def make(
        *, ready: bool = True, key: str | None = None, shadow: str | None = None, **limits: Any
    ) -> TestClient:
        challenger = shelf.load(shelf.stored(shadow)) if shadow else None
        fast = parameters["serving"].model_copy(update={"poll_seconds": 0.01} | limits)
        service = Service(shelf, fast, GROUPS, key=key, challenger=challenger)
        client = TestClient(create_app(service), raise_server_exceptions=False)
        client.__enter__()
        clients.append(client)
        if ready:
            wait_for(lambda: service.holder.served is not None)
        return client

    yield make
    for client in clients:
        client.__exit__()


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """A client of a service that is ready."""
    return make_client()


@pytest.fixture(scope="session")
def as_json(lake_listings: pd.DataFrame) -> list[dict[str, Any]]:
    """The listings of Lake City as clients send them, with and without what may be missing."""
    return [plain_listing(row) for row in lake_listings.to_dict(orient="records")]

"""Which model is in production, as the project's own store tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from served import Market
from weekly_market import tracking

import kedro_wandb
from kedro_wandb.errors import StoreUnavailableError
from rental_pricing.serving.server import _is_loopback
from rental_pricing.serving.store import ModelStore, NoSuchModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rental_pricing.model.price_model import PriceModel


@pytest.fixture
def market(project: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """A project without any model, tracked in the local store."""
    monkeypatch.chdir(project.path)
    with tracking(WANDB_MODE="offline"):
        yield Market(project.path)


def open_store(market: Market) -> ModelStore:
    """Open the store as the command does."""
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(market.path)
    with KedroSession.create(market.path) as session:
        return ModelStore(session.load_context())


def test_production_is_followed_and_versions_have_names(
    market: Market, lake_model: PriceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody at first; then a version, by number, alias and digest; loaded by its digest."""
    store = open_store(market)
    assert store.in_production() is None
    with pytest.raises(NoSuchModelError, match="price_model"):
        store.named("price_model:v0")
    market.release(lake_model)
    stored = store.in_production()
    assert stored is not None
    assert str(stored) == "price_model:v0"
    for name in ("v0", "prod", stored.digest):
        assert store.named(f"price_model:{name}") == stored
    with pytest.raises(NoSuchModelError, match=r"no price_model:v9. The newest are: v0"):
        store.named("price_model:v9")
    served = store.load(stored)
    assert served.model.identity == lake_model.identity
    assert served.model.version == "price_model:v0"
    assert served.metrics is None

    def away(name: str) -> Any:
        msg = f"{name} can't be asked for"
        raise StoreUnavailableError(msg)

    # What is only told must not keep a model from being used.
    monkeypatch.setattr(kedro_wandb.reading.queries, "list_versions", lambda *_: away("it"))
    assert store.load(stored).model.identity == lake_model.identity


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("box", False)],  # noqa: S104
)
def test_addresses_of_this_machine_alone_need_no_key(host: str, *, own: bool) -> None:
    """For others a warning is logged where no key is set."""
    assert _is_loopback(host) is own

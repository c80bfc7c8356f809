"""A model of one synthetic week, and the delivery of the next: made once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from watched import FIRST, World, learnt
from week import process_folder

if TYPE_CHECKING:
    from week import Week

    from rental_pricing.model.price_model import PriceModel

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def second_week(tmp_path_factory: pytest.TempPathFactory, parameters: dict[str, Any]) -> Week:
    """The committed drops, processed."""
    raw = tmp_path_factory.mktemp("second") / "raw"
    raw.symlink_to(ROOT / "data/01_raw/listings")
    return process_folder(raw, parameters)


@pytest.fixture(scope="session")
def first_model(second_week: Week, parameters: dict[str, Any]) -> PriceModel:
    """A linear model of the first of the two drops."""
    return learnt(FIRST, second_week.typed[FIRST], parameters, "linear")


@pytest.fixture(scope="session")
def world(second_week: Week, first_model: PriceModel, parameters: dict[str, Any]) -> World:
    """The second week, as delivered."""
    return World(second_week.typed, first_model, parameters)


@pytest.fixture(scope="session")
def quiet(world: World) -> dict[str, Any]:
    """The report of the second week, as delivered."""
    return world.report()

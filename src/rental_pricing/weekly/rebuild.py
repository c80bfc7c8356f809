"""A past week once more, from its drops to its model, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.runner import SequentialRunner

from rental_pricing.market_folders import REBUILD
from rental_pricing.weekly.fingerprint import Fingerprint

if TYPE_CHECKING:
    from kedro.io import CatalogProtocol

    from rental_pricing.asked import Asked

PIPELINES = ("data_processing", "data_validation", "modeling")

COMPARED = ("listings", "validation_report", "price_model")
"""Datasets whose content is looked for among the versions in the store."""

_MODE = "WANDB_MODE"


@dataclass(frozen=True)
class Rebuild:
    """A past week that can be made once more.

    Attributes:
        folder: Where, relative to the project.
        params: Of its session.
    """

    folder: str
    params: Mapping[str, Any]


def plan_rebuild(asked: Asked, catalog: CatalogProtocol[Any, Any], day: str) -> Rebuild:
    """Look whether a past week can be made once more; nothing is written.

    Args:
        asked: Where the week is worked.
        catalog: Of the market as it is: where its drops are, and what it compares with.
        day: YYYY-MM-DD.

    Raises:
        UserInputError: It is no day, or there was no drop yet.
    """
    params = {"as_of": day, REBUILD: day, **_places(asked, catalog)}
    with asked.session(**params) as session:
        rebuilt = session.load_context()
        Fingerprint.take(rebuilt, rebuilt.catalog)
    return Rebuild(rebuilt.config_loader.market.folder, params)


def rebuild_week(asked: Asked, rebuild: Rebuild) -> dict[str, Path]:
    """Process, validate and train as of a past day; nothing is tracked and no alias moves.

    Args:
        asked: Where the week is worked.
        rebuild: As from :func:`plan_rebuild`.

    Returns:
        Where each dataset of :data:`COMPARED` is.

    Raises:
        UserInputError: As the pipelines raise it.
    """
    with _untracked(), asked.session(**rebuild.params) as session:
        session.run(pipeline_names=list(PIPELINES), runner=SequentialRunner())
        catalog = session.load_context().catalog
        return {name: _path(catalog.get(name)) for name in COMPARED}


def _places(asked: Asked, catalog: CatalogProtocol[Any, Any]) -> dict[str, str]:
    """Return the market's own places, where they were not given: the folder is another now."""
    drops: Any = catalog.get("weekly_listings")
    places = {"drops": str(drops._describe()["path"])}  # noqa: SLF001 - Kedro's name for it
    reference: Any = catalog.get("reference_profile")
    if reference.exists():
        places["reference"] = str(_path(reference))
    return {name: place for name, place in places.items() if name not in asked.params}


def _path(dataset: Any) -> Path:
    return Path(dataset._describe()["filepath"])  # noqa: SLF001 - as above


@contextlib.contextmanager
def _untracked() -> Iterator[None]:
    before = os.environ.get(_MODE)
    os.environ[_MODE] = "disabled"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_MODE]
        else:
            os.environ[_MODE] = before

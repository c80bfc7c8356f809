"""A past week once more, from its drops to its model, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.runner import SequentialRunner

from rental_pricing.market_folders import REBUILD

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext

    from rental_pricing.weekly.week import Week

PIPELINES = ("data_processing", "data_validation", "modeling")

COMPARED = ("listings", "validation_report", "price_model")
"""Datasets whose content is looked for among the versions in the store."""

_MODE = "WANDB_MODE"


def rebuild_week(week: Week, context: KedroContext, day: str) -> dict[str, Path]:
    """Process, validate and train as of a past day; nothing is tracked and no alias moves.

    Args:
        week: What was asked for.
        context: Of the market as it is: where its drops are, and what it compares with.
        day: YYYY-MM-DD.

    Returns:
        Where each dataset of :data:`COMPARED` is.

    Raises:
        UserInputError: As the pipelines raise it.
    """
    params = {"as_of": day, REBUILD: day, **_places(week, context)}
    with _untracked(), week.session(**params) as session:
        session.run(pipeline_names=list(PIPELINES), runner=SequentialRunner())
        catalog = session.load_context().catalog
        return {name: _path(catalog.get(name)) for name in COMPARED}


def _places(week: Week, context: KedroContext) -> dict[str, str]:
    """Return the market's own places, where they were not given: the folder is another now."""
    drops: Any = context.catalog.get("weekly_listings")
    places = {"drops": str(drops._describe()["path"])}  # noqa: SLF001 - Kedro's name for it
    reference: Any = context.catalog.get("reference_profile")
    if reference.exists():
        places["reference"] = str(_path(reference))
    return {name: place for name, place in places.items() if name not in week.params}


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

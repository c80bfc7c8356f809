"""Datasets of the catalog that are told of a run before it starts."""

from __future__ import annotations

from typing import Any

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from kedro_wandb.errors import ArtifactNotFoundError, ConfigurationError


def is_no_data(name: str, catalog: DataCatalog) -> bool:
    """Tell whether a dataset is about the run itself, so that there is nothing to log."""
    return name in catalog and hasattr(catalog.get(name), "tell_run")


def tell_run(
    pipeline: Pipeline, catalog: DataCatalog, experiment: str, problem: str | None = None
) -> None:
    """Let the nodes of a run know how it is tracked.

    Args:
        pipeline: What is run.
        catalog: The run's.
        experiment: W&B's group of the run.
        problem: Why it is not tracked after all.
    """
    for name in sorted(pipeline.inputs()):
        if is_no_data(name, catalog):
            told: Any = catalog.get(name)
            told.tell_run(experiment, problem)


def pin_untracked(pipeline: Pipeline, catalog: DataCatalog, *, strict: bool) -> None:
    """Resolve the versions that an untracked run reads from the store, as a tracked one does.

    Args:
        pipeline: What is run.
        catalog: The run's.
        strict: Whether a version that is missing stops the run.

    Raises:
        ConfigurationError: Naming the dataset, and what there is instead.
    """
    for name in sorted(pipeline.inputs()):
        dataset: Any = catalog.get(name) if name in catalog else None
        if not hasattr(dataset, "pin"):
            continue
        try:
            dataset.pin()
        except ArtifactNotFoundError as error:
            if strict:
                msg = f"The dataset {name!r} can't be loaded. {error}"
                raise ConfigurationError(msg) from error

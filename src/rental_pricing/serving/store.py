"""The project's store: which model is in production, and models by their version.

The one module of the service that knows of Kedro's catalog and of the tracking.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

import kedro_wandb
from kedro_wandb.errors import ArtifactNotFoundError, TrackingError
from rental_pricing.errors import UserInputError, cut
from rental_pricing.model.price_model import PriceModel
from rental_pricing.serving.models import ServedModel, Stored

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext

    from kedro_wandb.stores.base import Version

logger = logging.getLogger(__name__)

MODEL, ALIAS, METRICS = "production_model", "production_version", "model_metrics"
"""Entries of the catalog: the model, who holds its alias, and the measures of any model."""


class NoSuchModelError(UserInputError):
    """A version that is named is not in the store, or can't be used."""


class ModelStore:
    """Models as the catalog of a project describes them."""

    def __init__(self, context: KedroContext) -> None:
        """Look at the catalog of a session; nothing is asked yet.

        Args:
            context: Of a session, as which the store is tracked.
        """
        entries = context.config_loader["catalog"]
        self._entry: dict[str, Any] = entries[MODEL]
        self._alias: Any = AbstractDataset.from_config(ALIAS, entries[ALIAS])

    @property
    def name(self) -> str:
        """The artifact that holds models."""
        return str(self._alias.artifact)

    def in_production(self) -> Stored | None:
        """Return the version that is in production now, if there is one.

        Raises:
            DatasetError: The store can't be asked.
        """
        holder = self._alias.load()
        if holder is None:
            return None
        return Stored(holder.name, holder.version, holder.digest, holder.metadata)

    def named(self, reference: str) -> Stored:
        """Return a version by its number, alias or digest.

        Args:
            reference: Such as ``price_model:v3``.

        Raises:
            NoSuchModelError: There is none, or the store can't be asked.
        """
        name, _, version = reference.partition(":")
        if name != self.name or not version:
            msg = f"{cut(reference)!r} is no model; name a version such as {self.name}:v3."
            raise NoSuchModelError(msg)
        try:
            versions = kedro_wandb.versions(name)
        except TrackingError as error:
            raise NoSuchModelError(str(error)) from error
        for each in versions:
            if version in (each.label, each.digest, *each.aliases):
                return Stored(each.name, each.label, each.digest, each.metadata)
        known = ", ".join(each.label for each in versions[:10])
        msg = f"There is no {name}:{cut(version)}. The newest are: {known}."
        raise NoSuchModelError(msg)

    def load(self, stored: Stored) -> ServedModel:
        """Load a version, with what the store knows of it.

        Raises:
            DatasetError: It can't be loaded.
        """
        # By its digest: what is loaded is what was asked for, wherever the alias is by now.
        dataset: Any = AbstractDataset.from_config(
            MODEL, dict(self._entry), load_version=stored.digest
        )
        model: PriceModel = dataset.load()
        return ServedModel(
            model, stored, self._metrics(stored, model.identity), self._inputs(stored)
        )

    def _metrics(self, stored: Stored, identity: str) -> dict[str, float] | None:
        """Return the measures that were made in the run that made a model."""
        run = stored.metadata.get("kedro_run_id")
        for each in _versions(METRICS):
            if run is not None and each.metadata.get("kedro_run_id") == run:
                found = _measures(each)
                return found if found.pop("model", None) == identity else None
        return None

    def _inputs(self, stored: Stored) -> dict[str, str]:
        """Return what a model was made from, by versions where the store has them."""
        inputs: Mapping[str, str] = stored.metadata.get("inputs") or {}
        return {
            name: next(
                (f"{name}:{each.label}" for each in _versions(name) if each.digest == digest),
                f"{name}:{digest}",
            )
            for name, digest in inputs.items()
        }


def _measures(version: Version) -> dict[str, Any]:
    """Return what a version of the measures says; nothing where it can't be read."""
    try:
        (file,) = kedro_wandb.fetch(f"{version.name}:{version.digest}").glob("*.json")
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (TrackingError, OSError, ValueError) as error:
        logger.warning("%s:%s can't be read: %s", version.name, version.label, error)
        return {}
    return found


def _versions(name: str) -> list[Version]:
    """Return an artifact's versions, none where it can't be asked for: told, but not needed."""
    try:
        return kedro_wandb.versions(name)
    except ArtifactNotFoundError:
        return []
    except TrackingError as error:
        logger.warning("What is known of %s can't be told: %s", name, error)
        return []

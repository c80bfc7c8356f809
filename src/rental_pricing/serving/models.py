"""The model that answers, with what is told of it; another one takes its place at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from rental_pricing.model.price_model import PriceModel
from rental_pricing.serving.places import places_of


@dataclass(frozen=True)
class Stored:
    """A version in a store.

    Attributes:
        name: Of the artifact.
        version: Such as ``v3``.
        digest: Of its content.
        metadata: As logged with it.
    """

    name: str
    version: str
    digest: str
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        """Return ``name:v3``."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True)
class ServedModel:
    """A model and the version that it is. All of an answer comes from one of these.

    Attributes:
        model: The model.
        stored: What the store calls it.
        metrics: Measured when it was trained; ``None`` where that is not known.
        inputs: Versions that it was made from, by dataset.
        loaded: When it was loaded.
    """

    model: PriceModel
    stored: Stored
    metrics: Mapping[str, float] | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    loaded: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def newest_delivery(self) -> str:
        """Day of the newest listings that it knows, YYYY-MM-DD."""
        return self.model.knowledge.newest_delivery

    @property
    def age_days(self) -> int:
        """How old they are."""
        return (datetime.now(UTC).date() - date.fromisoformat(self.newest_delivery)).days

    @cached_property
    def currency(self) -> str:
        """Of all prices."""
        return str(self.model.provenance.get("currency", "USD"))

    @cached_property
    def identity(self) -> str:
        """Of the model."""
        return self.model.identity

    @cached_property
    def places(self) -> bytes:
        """What a map of the market is drawn from, as JSON."""
        return json.dumps(places_of(self.model)).encode()

    def summary(self) -> dict[str, Any]:
        """Return which model it is, for each answer."""
        return {
            "version": self.stored.version,
            "identity": self.identity,
            "newest_delivery": self.newest_delivery,
            "age_days": self.age_days,
        }

    def described(self) -> dict[str, Any]:
        """Return all that is told of it."""
        model, metadata = self.model, self.stored.metadata
        provenance = model.provenance
        return {
            **self.summary(),
            "artifact": self.stored.name,
            "alias": "prod",
            "digest": self.stored.digest,
            "loaded": self.loaded.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "market": model.knowledge.market,
            "currency": self.currency,
            "price_range": list(model.price_range),
            "interval": {"coverage": _coverage(provenance)},
            "metrics": None if self.metrics is None else dict(self.metrics),
            "trained_on": {
                "listings": len(model.known),
                "newest_delivery": self.newest_delivery,
                "drops": list((provenance.get("processing") or {}).get("drops") or ()),
                "estimator": provenance.get("estimator"),
                "versions": dict(model.versions),
            },
            "lineage": {
                "inputs": dict(self.inputs),
                "kedro_run_id": metadata.get("kedro_run_id"),
                "git_commit": metadata.get("git_commit"),
            },
        }


def _coverage(provenance: Mapping[str, Any]) -> float | None:
    interval = (provenance.get("parameters") or {}).get("interval") or {}
    found = interval.get("coverage")
    return float(found) if isinstance(found, int | float) else None


class Holder:
    """The model in use. A request takes it once, so that an answer is of one version."""

    def __init__(self, served: ServedModel | None = None) -> None:
        """Begin with a model, or without one."""
        self._served = served

    @property
    def served(self) -> ServedModel | None:
        """The model in use now."""
        return self._served

    def replace(self, served: ServedModel) -> None:
        """Use another from now on; requests that have taken the former go on with it."""
        self._served = served

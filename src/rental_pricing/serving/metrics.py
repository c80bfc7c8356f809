"""What the service counts, for Prometheus."""

from __future__ import annotations

import time
from collections import Counter as Counted

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from rental_pricing.model.notes import Refusal
from rental_pricing.serving.models import Holder

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_DIFFERENCES = (-0.5, -0.2, -0.1, -0.05, -0.02, -0.01, 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


class Metrics:
    """Counters of one service, in a registry of their own."""

    def __init__(self, holder: Holder) -> None:
        """Begin at zero.

        Args:
            holder: The model in use, whose version and age are told.
        """
        self._holder = holder
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "rental_pricing_requests",
            "Requests, by route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "rental_pricing_request_seconds",
            "Time until an answer was complete.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.priced = Counter(
            "rental_pricing_priced_listings", "Listings that were priced.", registry=registry
        )
        self.unpriced = Counter(
            "rental_pricing_unpriced_listings",
            "Listings that were not priced, by the kind of reason.",
            ["reason"],
            registry=registry,
        )
        self.reloads = Counter(
            "rental_pricing_model_reloads",
            "Models that were put into use (loaded), or could not be (failed).",
            ["outcome"],
            registry=registry,
        )
        self.failed_asks = Counter(
            "rental_pricing_store_failures",
            "Times that the store could not be asked what is in production.",
            registry=registry,
        )
        self.asked = Gauge(
            "rental_pricing_store_last_answer_timestamp_seconds",
            "When the store last told what is in production.",
            registry=registry,
        )
        self._model = Gauge(
            "rental_pricing_model",
            "1 for the model in use.",
            ["version", "identity"],
            registry=registry,
        )
        self._age = Gauge(
            "rental_pricing_model_age_days",
            "Age of the newest listings that the model knows.",
            registry=registry,
        )
        self.shadow_listings = Counter(
            "rental_pricing_shadow_listings",
            "Listings that the challenger was asked for, by which of the two priced them.",
            ["version", "priced_by"],
            registry=registry,
        )
        self.shadow_difference = Histogram(
            "rental_pricing_shadow_difference",
            "Challenger's price less the answered one, as a share of that.",
            ["version"],
            buckets=_DIFFERENCES,
            registry=registry,
        )
        self.shadow_lost = Counter(
            "rental_pricing_shadow_lost_requests",
            "Requests that were not compared: left_out for want of time, or failed.",
            ["why"],
            registry=registry,
        )
        self.asked.set(0)
        for outcome in ("loaded", "failed"):
            self.reloads.labels(outcome)
        for why in ("left_out", "failed"):
            self.shadow_lost.labels(why)

    def count_listings(self, rows: int, refusals: list[Refusal]) -> None:
        """Count what became of listings.

        Args:
            rows: All of them.
            refusals: The kinds of reasons of those that were not priced.
        """
        self.priced.inc(rows - len(refusals))
        for kind, count in Counted(refusals).items():
            self.unpriced.labels(kind).inc(count)

    def store_answered(self) -> None:
        """Note that the store has told what is in production."""
        self.asked.set(time.time())

    def exposed(self) -> bytes:
        """Return all of it as Prometheus reads it."""
        served = self._holder.served
        self._model.clear()
        if served is not None:
            self._model.labels(served.stored.version, served.identity).set(1)
            self._age.set(served.age_days)
        return generate_latest(self.registry)

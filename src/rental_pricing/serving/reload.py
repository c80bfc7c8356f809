"""Follow the store: when another model is in production, it is the one that answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from rental_pricing.errors import cut
from rental_pricing.serving.metrics import Metrics
from rental_pricing.serving.models import Holder, ServedModel, Stored

logger = logging.getLogger(__name__)


class Source(Protocol):
    """Where models come from; see :class:`rental_pricing.serving.store.ModelStore`."""

    def in_production(self) -> Stored | None:
        """Return the version that is in production now."""

    def load(self, stored: Stored) -> ServedModel:
        """Load a version."""


class Follower:
    """Asks the store again and again, and puts what is in production into use.

    Whatever fails, the present model stays in use; each new failure is told once in the log.
    """

    def __init__(
        self,
        source: Source,
        holder: Holder,
        metrics: Metrics,
        try_out: Callable[[ServedModel], None],
    ) -> None:
        """Ask nothing yet.

        Args:
            source: Where models come from.
            holder: Gets the models.
            metrics: Where it is counted.
            try_out: Lets a model answer before it is put into use; raises if it can't.
        """
        self._source, self._holder = source, holder
        self._metrics, self._try_out = metrics, try_out
        self._told: str | None = None
        self._ended = threading.Event()

    def start(self, every: float) -> None:
        """Look every so many seconds, from now on, in a thread that nobody waits for."""
        # A daemon: the end of the service must not wait for a server that gives no answer.
        threading.Thread(target=self._follow, args=(every,), name="follower", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def _follow(self, every: float) -> None:
        while not self._ended.is_set():
            self.look()
            self._ended.wait(every)

    def look(self) -> None:
        """Look once which model is in production, and use it."""
        try:
            stored = self._source.in_production()
        except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on
            self._metrics.failed_asks.inc()
            self._tell("The store can't be asked what is in production", error)
            return
        self._metrics.store_answered()
        served = self._holder.served
        if stored is None:
            gone = "; the last one stays in use" if served else ": kedro run, or kedro release"
            self._say_once(f"No model is in production{gone}.")
            return
        if served is not None and served.stored.digest == stored.digest:
            self._told = None
            return
        self._use(stored)

    def _use(self, stored: Stored) -> None:
        try:
            served = self._source.load(stored)
            self._try_out(served)
        except Exception as error:  # noqa: BLE001 - libraries raise anything on what is not theirs
            self._metrics.reloads.labels("failed").inc()
            kept = self._holder.served
            stays = f"; {kept.stored} stays in use" if kept else ""
            self._tell(f"{stored} can't be used{stays}", error)
            return
        former = self._holder.served
        self._holder.replace(served)
        self._metrics.reloads.labels("loaded").inc()
        self._told = None
        instead = f" instead of {former.stored}" if former else ""
        logger.info(
            "%s is in use%s: model %s, listings up to %s.",
            stored,
            instead,
            served.identity,
            served.newest_delivery,
        )

    def _tell(self, what: str, error: Exception) -> None:
        self._say_once(f"{what}: {cut(f'{type(error).__name__}: {error}', 300)}")

    def _say_once(self, text: str) -> None:
        if text != self._told:
            logger.warning("%s", text)
            self._told = text

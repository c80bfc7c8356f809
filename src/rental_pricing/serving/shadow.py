"""A challenger that is asked what was answered already: how else would it have priced?"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import statistics
import threading
import time
from dataclasses import dataclass

import pandas as pd

from rental_pricing.model.price_model import PRICES
from rental_pricing.serving.metrics import Metrics
from rental_pricing.serving.models import ServedModel

logger = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True)
class Answered:
    """A request that was answered.

    Attributes:
        request_id: Of the request.
        version: Of the model that has answered.
        listings: What was asked.
        prices: Typical prices that were answered, NaN where a listing was not priced.
    """

    request_id: str
    version: str
    listings: pd.DataFrame
    prices: list[float]


class Shadow:
    """Prices what was answered once more, in a thread of its own, and compares.

    Nobody waits for it: where it falls behind, requests are left out, and counted.
    """

    def __init__(self, challenger: ServedModel, metrics: Metrics, most_waiting: int) -> None:
        """Begin with nothing to do.

        Args:
            challenger: The model that is compared.
            metrics: Where it is counted.
            most_waiting: Requests that may wait.
        """
        self.challenger, self._metrics = challenger, metrics
        self._waiting: queue.Queue[Answered | None] = queue.Queue(most_waiting)
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, answered: Answered) -> None:
        """Take a request, if there is room for it; never waits."""
        try:
            self._waiting.put_nowait(answered)
        except queue.Full:
            self._metrics.shadow_lost.labels("left_out").inc()

    def close(self) -> None:
        """End soon: what waits is compared, as far as five seconds go.

        A challenger that hangs is left alone: its thread ends with the process.
        """
        deadline = time.monotonic() + _PATIENCE
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=_PATIENCE)
        self._thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while (answered := self._waiting.get()) is not None:
            try:
                self._compare(answered)
            except Exception:
                self._metrics.shadow_lost.labels("failed").inc()
                logger.exception("%s failed on %s.", self.challenger.stored, answered.request_id)

    def _compare(self, answered: Answered) -> None:
        table = self.challenger.model.estimate(answered.listings)
        version, told = self.challenger.stored.version, self._metrics.shadow_listings
        shares = []
        for price, other in zip(answered.prices, table[PRICES[0]].tolist(), strict=True):
            both = (not math.isnan(price), not math.isnan(other))
            told.labels(version, _PRICED_BY[both]).inc()
            if all(both):
                shares.append(other / price - 1)
                self._metrics.shadow_difference.labels(version).observe(shares[-1])
        logger.info(
            "shadow %s %s instead of %s: %d listings, %s",
            answered.request_id,
            self.challenger.stored,
            answered.version,
            len(answered.prices),
            _told(shares),
        )


_PRICED_BY = {
    (True, True): "both",
    (True, False): "production",
    (False, True): "challenger",
    (False, False): "neither",
}


def _told(shares: list[float]) -> str:
    if not shares:
        return "none priced by both"
    middle, largest = statistics.median(shares), max(shares, key=abs)
    return f"{len(shares)} priced by both, {middle:+.2%} in the middle, {largest:+.2%} at most"

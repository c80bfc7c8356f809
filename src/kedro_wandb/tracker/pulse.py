"""Signs of life: how Kedro's process, while it waits, sees that the tracker is at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from kedro_wandb.protocol.line import Message

EVERY = 0.5
"""Seconds between two signs."""

QUIET = 10.0
"""Seconds that any work may go on without moving a byte, unless it was allowed more."""


class Pulse:
    """Tells, twice a second, what is being done, and how long nothing may be heard of it.

    It speaks only while somebody waits, so that the line back never fills up with old
    signs; and it falls silent when the work takes longer than it was allowed to.

    Args:
        say: Sends a message to Kedro's process.
        every: Seconds between two signs.
    """

    def __init__(self, say: Callable[[Message], object], every: float = EVERY) -> None:
        self._say, self._every = say, every
        self._waited_for = threading.Event()
        self._lock = threading.Lock()
        self._what, self._size, self._at = "", 0, 0
        self._moved = 0
        self._until = time.monotonic() + QUIET
        threading.Thread(target=self._beat, name="kedro-wandb-pulse", daemon=True).start()

    def begin(self, what: str, size: int = 0, seconds: float = QUIET) -> None:
        """Take note of what is done next.

        Args:
            what: For people, such as the name of an artifact.
            size: Bytes that there are to move; 0 if unknown.
            seconds: How long it may go on without moving a byte.
        """
        with self._lock:
            self._what, self._size, self._at = what, size, 0
            self._moved += 1  # that the work before it has ended is progress
            self._until = time.monotonic() + seconds

    def moved(self, size: int) -> None:
        """Take note of bytes that were moved; 0 is a sign of life of somebody who waits."""
        with self._lock:
            self._moved += size
            self._at += size
            self._until = max(self._until, time.monotonic() + QUIET)

    def start(self) -> None:
        """Speak from now on: somebody waits."""
        self._waited_for.set()

    def stop(self) -> None:
        """Speak no more: there is an answer."""
        self._waited_for.clear()

    def sign(self) -> Message | None:
        """Return what there is to say now; ``None`` if the work takes too long."""
        with self._lock:
            left = self._until - time.monotonic()
            if left <= 0:
                return None
            return {
                "op": "wait",
                "seconds": left,
                "moved": self._moved,
                "what": self._what,
                "done": self._at,
                "size": self._size,
            }

    def _beat(self) -> None:
        while True:
            self._waited_for.wait()
            sign = self.sign()
            if sign is not None:
                self._say(sign)
            time.sleep(self._every)

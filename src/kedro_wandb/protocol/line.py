"""Lines of JSON between Kedro's process and its tracker."""

from __future__ import annotations

import json
import os
import selectors
import time
from typing import Any

Message = dict[str, Any]

_CHUNK = 1 << 16


class TrackerGoneError(Exception):
    """The other process has ended or does not answer any more."""


class Line:
    """Kedro's end: sends without ever blocking, and waits for an answer for a bounded time.

    There is no thread behind it, so that a process which has one can be forked by runners.
    What the pipe does not take at once is kept and sent with the next message.
    """

    def __init__(self, to: int, back: int) -> None:
        """Take over two descriptors.

        Args:
            to: Write end of the pipe to the tracker.
            back: Read end of the pipe from it.
        """
        self._to, self._back = to, back
        self._unsent, self._unread = bytearray(), bytearray()
        for descriptor in (to, back):
            os.set_blocking(descriptor, False)

    def send(self, message: Message, wait: float = 0.0) -> None:
        """Send a message, now or with the next one.

        Args:
            message: What to send.
            wait: Seconds to wait for room, if it is the last one.

        Raises:
            TrackerGoneError: There is nobody to read it.
        """
        self._unsent += json.dumps(message).encode() + b"\n"
        self._flush()
        deadline = time.monotonic() + wait
        while self._unsent and (left := deadline - time.monotonic()) > 0:
            if self._back in self._ready(left):
                self._read()
            self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._to, self._unsent)]
        except BlockingIOError:
            return
        except OSError as error:
            raise TrackerGoneError(str(error)) from error

    def receive(self, deadline: float) -> Message | None:
        """Return the next message from the tracker.

        Args:
            deadline: By the monotonic clock.

        Returns:
            ``None`` if none came in time.

        Raises:
            TrackerGoneError: None will ever come.
        """
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            ready = self._ready(left)
            if self._to in ready:
                self._flush()
            if self._back in ready:
                self._read()
        line, _, rest = bytes(self._unread).partition(b"\n")
        self._unread = bytearray(rest)
        message: Message = json.loads(line)
        return message

    def _ready(self, seconds: float) -> set[int]:
        """Wait for a descriptor that can be read or, if there is something to send, written."""
        with selectors.DefaultSelector() as selector:  # select() knows none above 1023
            selector.register(self._back, selectors.EVENT_READ)
            if self._unsent:
                selector.register(self._to, selectors.EVENT_WRITE)
            return {key.fd for key, _ in selector.select(seconds)}

    def _read(self) -> None:
        try:
            chunk = os.read(self._back, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            raise TrackerGoneError(str(error)) from error
        if not chunk:
            msg = "it has ended"
            raise TrackerGoneError(msg)
        self._unread += chunk

    def close(self) -> None:
        """Give back both descriptors: the tracker then ends."""
        for descriptor in (self._to, self._back):
            os.close(descriptor)

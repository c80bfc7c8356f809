"""How much is taken from a client, and how long anyone waits."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import IO, TypeVar

from starlette.requests import Request

from rental_pricing.serving.problems import ProblemError, Wrong

T = TypeVar("T")

MEGABYTE = 10**6

_DISCARDED = 64 * MEGABYTE
"""Of a body that is too large so much is read all the same: a client that is still sending
would see a broken connection instead of the answer."""


class Pricing:
    """Threads in which models price, so that the service can listen meanwhile."""

    def __init__(self, threads: int, seconds: float) -> None:
        """Start with idle threads.

        Args:
            threads: How many.
            seconds: Longest time that a piece of work may take, its turn included.
        """
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pricing")
        self._seconds = seconds

    async def run(self, work: Callable[[], T]) -> T:
        """Do a piece of work in a thread.

        Raises:
            ProblemError: It takes too long. If it waits for its turn, it is never begun.
        """
        context = contextvars.copy_context()
        job = self._threads.submit(context.run, work)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(job)
        except TimeoutError:
            msg = f"It would take more than {self._seconds:g} seconds. Ask for less, or later."
            raise ProblemError(
                HTTPStatus.GATEWAY_TIMEOUT, msg, headers={"Retry-After": "5"}
            ) from None

    def close(self) -> None:
        """End the threads, when what is under way is done."""
        self._threads.shutdown(cancel_futures=True)


async def read_body(request: Request, most: float, seconds: float) -> bytes:
    """Return the body of a request.

    Args:
        request: The request.
        most: Bytes that it may have.
        seconds: Longest time for it to arrive.

    Raises:
        ProblemError: It is larger, or slower.
    """
    parts: list[bytes] = []
    await _receive(request, parts.append, most, seconds)
    return b"".join(parts)


async def spool_body(request: Request, file: IO[bytes], most: float, seconds: float) -> None:
    """Write the body of a request to a file; as :func:`read_body`."""
    await _receive(request, file.write, most, seconds)
    file.seek(0)


async def _receive(
    request: Request, keep: Callable[[bytes], object], most: float, seconds: float
) -> None:
    size = 0
    async with _in_time(seconds):
        async for part in request.stream():
            size += len(part)
            if size <= most:
                keep(part)
            elif size > most + _DISCARDED:
                break
    if size > most:
        raise too_large(most)


def too_large(most: float) -> ProblemError:
    """Return the problem of too many bytes."""
    rule = f"at most {most / MEGABYTE:g} MB"
    msg = f"The body must have {rule}."
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, msg, [Wrong("", "more than that", rule)]
    )


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        msg = f"The body must arrive within {seconds:g} seconds."
        raise ProblemError(
            HTTPStatus.REQUEST_TIMEOUT, msg, headers={"Connection": "close"}
        ) from None

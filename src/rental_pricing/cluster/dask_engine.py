"""Works on a Dask cluster: Dask decides where, moves results, and does again what was lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import dask
from distributed import Client, Future, KilledWorker

from rental_pricing.engine.engine import Held
from rental_pricing.engine.pieces import HeldPiece, InMemory
from rental_pricing.errors import UserInputError

_WAITING = 2  # tasks for each thread of the cluster: one that is worked on, one that is ready


class ClusterError(UserInputError):
    """There is no cluster that could do the work, or it could not do it."""


@dataclass(frozen=True)
class _There:
    """A result that stays on the cluster."""

    future: Future[Any]

    def __call__(self) -> Any:
        with _clear_errors():
            return self.future.result()


class DaskEngine:
    """Works on a cluster.

    Args:
        client: Connected with the cluster.
    """

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def width(self) -> int:
        """How many things are worked on at a time."""
        threads: int = sum(self.client.nthreads().values())
        return max(1, threads)

    def map(
        self, function: Callable[..., Any], things: Iterable[Any], *shared: Any
    ) -> Iterator[Any]:
        """Yield ``function(thing, *shared)`` for each thing, in order."""
        sent = [self._submit(_itself, each) for each in shared]
        most = _WAITING * self.width
        waiting: deque[Future[Any]] = deque()
        try:
            for thing in things:
                waiting.append(self._submit(function, self._where(thing), *sent))
                if len(waiting) >= most:
                    yield _There(waiting.popleft())()
            while waiting:
                yield _There(waiting.popleft())()
        finally:
            self.client.cancel(list(waiting))

    def regroup(
        self,
        split: Callable[[Any], Sequence[Any]],
        things: Iterable[Any],
        joins: Sequence[Callable[[Sequence[Any]], Any]],
    ) -> list[Held]:
        """Split each thing into parts, and join those that belong together."""
        splits = [self._submit(split, self._where(thing)) for thing in things]
        return [
            _There(self._submit(join, [self._submit(itemgetter(number), one) for one in splits]))
            for number, join in enumerate(joins)
        ]

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        # A model that all tasks share is larger than Dask would like a task to be.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
            return self.client.submit(function, *arguments, pure=False)

    def _where(self, thing: Any) -> Any:
        """Let a task have what is on the cluster without a detour."""
        if isinstance(thing, HeldPiece) and isinstance(thing.held, _There):
            return self._submit(_as_piece, thing.held.future, thing.part)
        return thing.future if isinstance(thing, _There) else thing


def _itself(shared: Any) -> Any:
    return shared


def _as_piece(value: Any, part: str) -> InMemory:
    return InMemory(getattr(value, part))


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except KilledWorker as error:
        msg = (
            "The cluster's workers died again and again at the same work, which mostly means "
            "that their memory is too small: give them more (engine.memory_limit, or "
            "--memory-limit of `dask worker`), and look into their logs."
        )
        raise ClusterError(msg) from error

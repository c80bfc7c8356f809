"""The interface of an engine, and the one that needs nothing: this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Held(Protocol):
    """A result that stays where it was made until it is asked for."""

    def __call__(self) -> Any:
        """Return it."""


class Engine(Protocol):
    """Works on things with functions; both can be pickled, and a function may be called twice.

    An engine decides where and when, never what: results come in the order of the things.
    """

    @property
    def width(self) -> int:
        """How many things are worked on at a time."""

    @property
    def client(self) -> Any:
        """Dask's client, for libraries with a Dask backend; ``None`` where there is none."""

    def map(
        self, function: Callable[..., Any], things: Iterable[Any], *shared: Any
    ) -> Iterator[Any]:
        """Yield ``function(thing, *shared)`` for each thing.

        Only a few results wait at a time, so that the whole never has to be in memory.

        Args:
            function: What is done with each thing.
            things: Where one is :class:`Held`, the function gets what it holds; where it is a
                :class:`rental_pricing.engine.pieces.HeldPiece`, what loads it there.
            shared: Further arguments, which are sent once to where the work is done.
        """

    def regroup(
        self,
        split: Callable[[Any], Sequence[Any]],
        things: Iterable[Any],
        joins: Sequence[Callable[[Sequence[Any]], Any]],
    ) -> list[Held]:
        """Split each thing into parts, and join those that belong together.

        Args:
            split: From a thing to its parts, one for each group, in the order of ``joins``.
            things: What is split; at least one.
            joins: For each group, from the parts of all things to its result.

        Returns:
            The result of each group.
        """


@dataclass(frozen=True)
class _Here:
    value: Any

    def __call__(self) -> Any:
        return self.value


class OneProcess:
    """Works in this process, on one thing after the other."""

    @property
    def width(self) -> int:
        """One."""
        return 1

    @property
    def client(self) -> Any:
        """None."""
        return None

    def map(
        self, function: Callable[..., Any], things: Iterable[Any], *shared: Any
    ) -> Iterator[Any]:
        """Yield ``function(thing, *shared)`` for each thing."""
        for thing in things:
            yield function(thing.value if isinstance(thing, _Here) else thing, *shared)

    def regroup(
        self,
        split: Callable[[Any], Sequence[Any]],
        things: Iterable[Any],
        joins: Sequence[Callable[[Sequence[Any]], Any]],
    ) -> list[Held]:
        """Split each thing into parts, and join those that belong together."""
        parts: list[Any] = list(zip(*map(split, things), strict=True))
        held: list[Held] = []
        for number, join in enumerate(joins):
            held.append(_Here(join(parts[number])))
            parts[number] = None  # all parts together are as large as all results
        return held


ONE_PROCESS: Engine = OneProcess()

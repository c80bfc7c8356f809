"""Paired measuring: everything that is compared runs in turns, round by round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_turns(calls: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Call everything once a round, each round in another order.

    Returns:
        What each call returned, by its name, in the order of the rounds.
    """
    names, found = list(calls), {name: list[T]() for name in calls}
    for number in range(rounds):
        for name in turned(names, number):
            found[name].append(calls[name]())
    return found


def turned(names: Sequence[str], number: int) -> list[str]:
    """Return names in the order of a round: turned by its number, and back to front in odd ones."""
    begin = number % len(names)
    order = [*names[begin:], *names[:begin]]
    return order if number % 2 == 0 else order[::-1]


def median_ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the median of the rounds' ratios.

    Raises:
        ValueError: There is not one of these for each of those.
    """
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def spread(these: Sequence[float], those: Sequence[float]) -> str:
    """Return the lowest and the highest of the rounds' ratios, as text."""
    ratios = [this / that for this, that in zip(these, those, strict=True)]
    return f"{min(ratios):.2f} to {max(ratios):.2f}"

"""Differences between two profiles: median prices, read from histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rental_pricing.quality.check import Outcome
from rental_pricing.quality.histograms import median

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rental_pricing.quality.parameters import DriftParameters
    from rental_pricing.quality.profile import Profile


def overall(now: Profile, then: Profile, limit: float) -> Outcome:
    """Compare the median price of all."""
    one, other = (median(p.numeric["price"].counts, p.numeric["price"].edges) for p in (now, then))
    if one is None or other is None:
        return Outcome.not_run("a median lies outside the bins", limit)
    return Outcome.at_most(abs(one / other - 1), limit, (f"{one:.0f}, before {other:.0f}",))


def by_cell(now: Profile, then: Profile, parameters: DriftParameters) -> Outcome:
    """Compare the median price in each borough and room type that has rows enough.

    It sees prices, room types or boroughs that were mixed among listings, which leaves
    each column by itself as it was.
    """
    limit = parameters.max_cell_median_change
    changes = sorted(_changes(now, then, parameters.min_cell_rows), reverse=True)
    if not changes:
        reason = f"no borough and room type has {parameters.min_cell_rows} rows on both sides"
        return Outcome.not_run(reason, limit)
    return Outcome.at_most(changes[0][0], limit, tuple(told for _, told in changes))


def _changes(now: Profile, then: Profile, least: int) -> Iterator[tuple[float, str]]:
    edges = now.numeric["price"].edges
    for borough, rooms in now.price_by_cell.items():
        for room, counts in rooms.items():
            before = then.price_by_cell.get(borough, {}).get(room, [])
            if min(sum(counts), sum(before)) < least:
                continue
            one, other = median(counts, edges), median(before, edges)
            if one is not None and other is not None:
                yield abs(one / other - 1), f"{borough}, {room}: {one:.0f}, before {other:.0f}"

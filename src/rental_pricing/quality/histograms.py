"""Histograms with fixed bins: made, added up, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rental_pricing.quality.parameters import Bins


def bin_edges(bins: Bins) -> np.ndarray:
    """Return the ``count + 1`` edges of the bins, ascending, in the column's unit."""
    if bins.scale == "log":
        edges = np.geomspace(bins.start, bins.stop, bins.count + 1)
    elif bins.scale == "log1p":
        edges = np.expm1(np.linspace(np.log1p(bins.start), np.log1p(bins.stop), bins.count + 1))
    else:
        edges = np.linspace(bins.start, bins.stop, bins.count + 1)
    return edges.round(6)


def outside_share(counts: Sequence[int]) -> float:
    """Return the share of values in the two outer bins, 0 to 1."""
    return (counts[0] + counts[-1]) / max(sum(counts), 1)


def median(counts: Sequence[int], edges: Sequence[float]) -> float | None:
    """Return the median, as if values were spread evenly within their bin.

    Returns:
        The median in the column's unit; ``None`` if there are no values or the median
        lies outside the bins.
    """
    total = sum(counts)
    cumulated = np.cumsum(counts)
    place = int(np.searchsorted(cumulated, total / 2))
    if not total or not 0 < place < len(counts) - 1:
        return None
    below = cumulated[place - 1]
    low, high = edges[place - 1], edges[place]
    return float(low + (high - low) * (total / 2 - below) / counts[place])

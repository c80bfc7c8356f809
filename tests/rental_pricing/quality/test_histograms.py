"""Histograms with fixed bins."""

from __future__ import annotations

import pytest

from rental_pricing.quality.histograms import bin_edges, median, outside_share
from rental_pricing.quality.parameters import Bins


@pytest.mark.parametrize(
    ("bins", "edges"),
    [
        (Bins(start=0, stop=3, count=3), [0, 1, 2, 3]),
        (Bins(start=1, stop=1000, count=3, scale="log"), [1, 10, 100, 1000]),
        (Bins(start=0, stop=999, count=3, scale="log1p"), [0, 9, 99, 999]),
    ],
)
def test_edges_are_evenly_spaced_on_their_scale(bins: Bins, edges: list[float]) -> None:
    """Linear, as logarithms, or as logarithms of one more."""
    assert bin_edges(bins).tolist() == pytest.approx(edges)


def test_the_share_outside_counts_both_outer_bins() -> None:
    """Below the first edge, and from the last edge on."""
    assert outside_share([1, 5, 2, 2]) == 0.3
    assert outside_share([0, 0]) == 0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 2, 2, 0], 10),
        ([0, 4, 0, 0], 5),
        ([0, 1, 3, 0], 10 + 10 / 3),
        ([0, 2, 3, 0], 10 + 5 / 3),
        ([1, 1, 2, 0], 10),
    ],
)
def test_the_median_is_read_from_the_bins(counts: list[int], expected: float) -> None:
    """Values are taken as spread evenly within their bin."""
    assert median(counts, [0, 10, 20]) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [[0, 0, 0, 0], [3, 1, 0, 0], [0, 1, 0, 3]])
def test_a_median_outside_the_bins_is_not_known(counts: list[int]) -> None:
    """Nothing is guessed beyond the edges, nor where there are no values."""
    assert median(counts, [0, 10, 20]) is None

"""Mergeable summaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.quality.parameters import Bins
from rental_pricing.quality.profile import bin_edges, merge_profiles, profile_frame

BINS = {"price": Bins(start=0, stop=100, count=4)}


def listings(prices: list[float | None], boroughs: list[str] | None = None) -> pd.DataFrame:
    names = boroughs or ["Queens"] * len(prices)
    return pd.DataFrame(
        {
            "neighbourhood_group": pd.Categorical(names),
            "price": pd.array(prices, dtype="Float64"),
        }
    )


def test_every_value_falls_in_one_bin() -> None:
    """Values below the first edge and from the last edge on have bins of their own."""
    profile = profile_frame(listings([-1, 0, 24.9, 25, 99, 100, 500, None]), BINS)
    assert profile["numeric"]["price"]["counts"] == [1, 2, 1, 0, 1, 2]
    assert profile["missing"]["price"] == 1
    assert profile["rows"] == 8


def test_logarithmic_edges_are_evenly_spaced_as_logarithms() -> None:
    """Bins of a logarithmic scale grow by a factor."""
    edges = bin_edges(Bins(start=1, stop=1000, count=3, scale="log"))
    assert edges.tolist() == [1, 10, 100, 1000]


@given(
    st.lists(st.one_of(st.none(), st.floats(-50, 200))),
    st.lists(st.one_of(st.none(), st.floats(-50, 200))),
)
def test_profiles_add_up(one: list[float | None], other: list[float | None]) -> None:
    """The profile of two data sets together is the sum of their profiles."""
    together = profile_frame(listings(one + other), BINS)
    assert merge_profiles(profile_frame(listings(one), BINS), profile_frame(listings(other), BINS))\
        == together  # fmt: skip


def test_profiles_with_other_bins_are_not_added() -> None:
    """Counts of different bins mean different things."""
    other: dict[str, Any] = {"price": Bins(start=0, stop=100, count=5)}
    with pytest.raises(ValueError, match="other columns or bins"):
        merge_profiles(profile_frame(listings([1]), BINS), profile_frame(listings([1]), other))


def test_categories_without_listings_are_not_counted() -> None:
    """A category that pandas knows of but no listing has does not show up."""
    frame = listings([1.0, 2.0], ["Bronx", "Queens"]).iloc[:1]
    profile = profile_frame(frame, BINS)
    assert profile["categories"]["neighbourhood_group"] == {"Bronx": 1}
    assert np.sum(profile["numeric"]["price"]["counts"]) == 1

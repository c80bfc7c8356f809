"""Ids that come again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rental_pricing.inference.seen import SeenIds


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), max_size=12))
def test_an_id_that_was_seen_is_known_again(batches: list[list[int]]) -> None:
    """In an earlier batch or before in the same one, as a plain set tells."""
    seen, known = SeenIds(), set()
    for batch in batches:
        expected = []
        for each in batch:
            expected.append(each in known)
            known.add(each)
        assert seen.repeated(np.array(batch, dtype="int64")).tolist() == expected


def test_few_arrays_are_kept() -> None:
    """A thousand batches are about ten arrays, which are searched one by one."""
    seen = SeenIds()
    for start in range(1000):
        assert not seen.repeated(np.array([start, -start - 1])).any()
    assert len(seen._runs) <= 10

"""Choosing and collecting rows piece by piece is as doing it at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from week import as_csv, good_rows, process_week

from rental_pricing.listings import selection
from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.digest import content_digest
from rental_pricing.listings.selection import KEPT, choose_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rental_pricing.listings.selection import LoadDrop

DAYS = ("2024-01-08", "2024-01-15", "2024-01-22")


@dataclass(frozen=True)
class Cut:
    """A typed drop that is loaded in pieces, as one of a large file is."""

    load: LoadDrop
    rows: slice = field(default_factory=lambda: slice(None))
    ends: tuple[int, ...] = ()

    def __call__(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Load it, or the part that it is."""
        whole = self.load(columns)
        part = whole[self.rows].reset_index(drop=True)
        part.attrs = whole.attrs
        return part

    @property
    def pieces(self) -> list[Cut]:
        """Its parts."""
        ends = [0, *self.ends]
        return [Cut(self.load, slice(start, end))
                for start, end in pairwise(ends)]  # fmt: skip


@pytest.fixture(scope="module")
def typed(
    tmp_path_factory: pytest.TempPathFactory, parameters: dict[str, Any]
) -> Mapping[str, LoadDrop]:
    """Three drops with ids that come again, in a drop too, and rows of all kinds."""
    drops = {}
    for number, day in enumerate(DAYS):
        rows = good_rows(30)
        for place, row in enumerate(rows):
            row["id"] = str(1000 + number * 8 + place)
        rows[3]["price"], rows[4]["room_type"], rows[5]["latitude"] = "9000", "Castle", ""
        rows += [dict(rows[7], number_of_reviews="90"), dict(rows[8]), dict(rows[9], id="")]
        drops[day] = as_csv(rows)
    folder: Path = tmp_path_factory.mktemp("week")
    return process_week(folder, drops, parameters, malformed_rows="set_aside").typed


@settings(max_examples=6)
@given(st.data())
def test_wherever_drops_are_cut_and_ids_are_parted(typed: Any, data: st.DataObject) -> None:
    """Fates, listings, rejected rows, accounts and digest are the same."""
    expected = collect_rows(typed, choose_rows(typed))
    count = len(typed[DAYS[0]]())
    drops = {
        day: Cut(
            load, ends=(*sorted(data.draw(st.sets(st.integers(1, count - 1), max_size=3))), count)
        )
        for day, load in typed.items()
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(selection, "_ROWS", data.draw(st.sampled_from([7, 20, 1000])))
        fates = choose_rows(drops)
    for day, whole in choose_rows(typed).items():
        np.testing.assert_array_equal(fates[day], whole)
    found = collect_rows(drops, fates, rows=data.draw(st.integers(1, 60)))
    pd.testing.assert_frame_equal(found.listings.whole(), expected.listings.whole())
    pd.testing.assert_frame_equal(found.rejected.whole(), expected.rejected.whole())
    assert (found.account, found.digest) == (expected.account, expected.digest)


def test_pieces_of_listings_are_as_long_as_asked_and_in_order(typed: Any) -> None:
    """The last one is shorter; ids rise through all of them."""
    fates = choose_rows(typed)
    kept = sum(int((each == KEPT).sum()) for each in fates.values())
    found = collect_rows(typed, fates, rows=10)
    lengths = [len(piece) for piece in found.listings]
    assert lengths == [*[10] * (kept // 10), kept % 10]
    assert found.listings.whole()["id"].is_monotonic_increasing
    assert found.digest == content_digest(found.listings.whole())

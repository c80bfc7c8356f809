"""Fingerprints of tables."""

from __future__ import annotations

import pandas as pd
import pytest

from rental_pricing.listings.digest import frame_digest

TABLE = pd.DataFrame(
    {"id": [1, 2], "name": ["a", None], "kind": pd.Categorical(["x", "y"]), "n": [1.5, None]}
)


def test_equal_tables_have_equal_digests() -> None:
    """A copy with another index is the same data."""
    assert frame_digest(TABLE.set_axis([7, 8])) == frame_digest(TABLE)


@pytest.mark.parametrize(
    "other",
    [
        TABLE.assign(n=[1.5, 2.0]),
        TABLE.assign(name=["a", "b"]),
        TABLE.iloc[::-1],
        TABLE[["name", "id", "kind", "n"]],
        TABLE.rename(columns={"n": "m"}),
        TABLE.astype({"id": "float64"}),
        TABLE.iloc[:1],
    ],
)
def test_any_difference_changes_the_digest(other: pd.DataFrame) -> None:
    """Values, missing values, order, names, types and rows all count."""
    assert frame_digest(other) != frame_digest(TABLE)


def test_the_digest_survives_parquet(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The listings on disk have the digest of those that were saved."""
    file = tmp_path_factory.mktemp("digest") / "table.parquet"
    TABLE.to_parquet(file)
    assert frame_digest(pd.read_parquet(file)) == frame_digest(TABLE)

"""Fingerprints of tables."""

from __future__ import annotations

import pandas as pd
import pytest

from rental_pricing.listings.digest import ContentDigest, content_digest

TABLE = pd.DataFrame(
    {
        "id": [1, 2, 3],
        "name": ["a", None, "c"],
        "kind": pd.Categorical(["x", "y", "x"]),
        "n": [1.5, None, -2.0],
        "nights": pd.array([1, None, 2**63 - 1], dtype="Int64"),
        "day": pd.to_datetime(["2024-01-08", None, "0001-01-01"]).astype("datetime64[ms]"),
    }
)


def test_the_digest_is_of_this_data_on_every_machine() -> None:
    """No library's version and no byte order is in it."""
    assert content_digest(TABLE) == "268696ca6bc71da31b27f02175b0bd8e"


@pytest.mark.parametrize(
    "same",
    [
        TABLE.set_axis([7, 8, 9]),
        TABLE.iloc[::-1],
        TABLE[TABLE.columns[::-1]],
        TABLE.astype({"kind": "str", "name": "category"}),
        TABLE.astype({"id": "Int64", "name": "object"}),
        TABLE.astype({"day": "datetime64[s]"}),
        TABLE.replace({"n": {0.0: -0.0}}),
    ],
)
def test_the_same_data_has_the_same_digest(same: pd.DataFrame) -> None:
    """Order, index and the way in which texts, numbers and dates are held do not count."""
    assert content_digest(same) == content_digest(TABLE)


def test_zero_has_no_sign() -> None:
    """What compares equal is equal."""
    zeros = pd.DataFrame({"n": [0.0]}), pd.DataFrame({"n": [-0.0]})
    assert content_digest(zeros[0]) == content_digest(zeros[1])


@pytest.mark.parametrize(
    "other",
    [
        TABLE.assign(n=[1.5, 2.0, -2.0]),
        TABLE.assign(n=[None, 1.5, -2.0]),
        TABLE.assign(n=[1.5, None, 2.0]),
        TABLE.assign(name=["a", "b", "c"]),
        TABLE.assign(name=["a", "", "c"]),
        TABLE.assign(nights=pd.array([1, 0, 2**63 - 1], dtype="Int64")),
        TABLE.assign(id=[1, 3, 2]),
        TABLE.assign(day=TABLE["day"].iloc[[1, 0, 2]].to_numpy()),
        TABLE.rename(columns={"n": "m"}),
        TABLE.astype({"id": "float64"}),
        TABLE.astype({"id": "str"}),
        TABLE.rename(columns={"name": "kind", "kind": "name"}),
        TABLE.iloc[:2],
        TABLE.iloc[[0, 1, 2, 2]],
        TABLE.drop(columns="n"),
        TABLE.iloc[:0],
    ],
)
def test_any_difference_changes_the_digest(other: pd.DataFrame) -> None:
    """Values, missing values, which values share a row, names, kinds and rows all count."""
    assert content_digest(other) != content_digest(TABLE)


def test_equal_rows_do_not_cancel_out() -> None:
    """Twice the same row is neither none nor one."""
    found = {content_digest(TABLE.iloc[[0] * count]) for count in range(5)}
    assert len(found) == 5


def test_digests_of_parts_add_up() -> None:
    """In any order; so that a part can be digested where it lies."""
    first, second = ContentDigest.of(TABLE.iloc[:1]), ContentDigest.of(TABLE.iloc[1:])
    assert first + second == second + first == ContentDigest.of(TABLE)
    assert str(first + second) == content_digest(TABLE)


def test_parts_with_other_columns_do_not_add_up() -> None:
    """A sum over other columns would mean nothing."""
    with pytest.raises(ValueError, match="columns differ"):
        ContentDigest.of(TABLE) + ContentDigest.of(TABLE.drop(columns="n"))


def test_the_digest_survives_parquet(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The listings on disk have the digest of those that were saved."""
    file = tmp_path_factory.mktemp("digest") / "table.parquet"
    TABLE.to_parquet(file)
    assert content_digest(pd.read_parquet(file)) == content_digest(TABLE)

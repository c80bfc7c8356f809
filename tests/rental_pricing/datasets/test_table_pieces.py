"""Tables that are kept in pieces."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from kedro.io.core import DatasetError
from pyarrow import parquet

from rental_pricing.datasets import table_pieces
from rental_pricing.datasets.files import ParquetDataset
from rental_pricing.datasets.table_pieces import TablePiecesDataset
from rental_pricing.engine.pieces import InMemory, Pieces
from rental_pricing.errors import UserInputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dataset(tmp_path: Path) -> TablePiecesDataset:
    return TablePiecesDataset(filepath=str(tmp_path / "table.parquet"))


def cut(table: pd.DataFrame, *ends: int) -> Pieces:
    """Return a table in pieces that have their own categories, as those of a cluster do."""
    pieces = []
    for start, end in zip([0, *ends], [*ends, len(table)], strict=True):
        piece = table[start:end].reset_index(drop=True)
        coded = piece.select_dtypes("category").columns
        pieces.append(piece.assign(**{n: piece[n].cat.remove_unused_categories() for n in coded}))
    return Pieces([InMemory(piece) for piece in pieces])


def test_a_small_table_is_written_as_pandas_writes_it(
    dataset: TablePiecesDataset, tmp_path: Path, lake_listings: pd.DataFrame
) -> None:
    """Whether it comes whole or in pieces."""
    other = tmp_path / "other.parquet"
    ParquetDataset(filepath=str(other)).save(lake_listings)
    for data in (lake_listings, cut(lake_listings, 50, 120)):
        dataset.save(data)
        assert (tmp_path / "table.parquet").read_bytes() == other.read_bytes()


@pytest.mark.parametrize("ends", [(), (100,), (37, 90, 200)])
def test_a_large_table_is_read_as_it_was(
    dataset: TablePiecesDataset,
    lake_listings: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    ends: tuple[int, ...],
) -> None:
    """Values and types, categories too; by pieces, in the order of the table."""
    monkeypatch.setattr(table_pieces, "ROWS", 100)
    dataset.save(cut(lake_listings, *ends))
    pd.testing.assert_frame_equal(dataset.load().whole(), lake_listings)
    ids = [load(columns=["id"])["id"].tolist() for load in dataset.load().loads]
    assert list(chain.from_iterable(ids)) == lake_listings["id"].tolist()
    assert parquet.read_metadata(dataset._path).num_row_groups == len(ids)


def test_what_cannot_be_made_leaves_the_old_table(
    dataset: TablePiecesDataset, lake_listings: pd.DataFrame
) -> None:
    """Said in the words of who makes it."""
    dataset.save(lake_listings)

    def fail(**_: Any) -> pd.DataFrame:
        raise UserInputError("no rows.")  # noqa: EM101, TRY003 - in a test

    with pytest.raises(DatasetError, match=r"no rows\."):
        dataset.save(Pieces([InMemory(lake_listings), fail]))
    assert len(dataset.load().whole()) == len(lake_listings)

"""Datasets as kedro-mlflow can log them: it asks their paths for ``as_posix()``."""

from __future__ import annotations

from typing import Any

from rental_pricing.datasets.table_pieces import TablePiecesDataset


class PosixText(str):
    """A path that is text, and can be asked as a ``pathlib`` one."""

    __slots__ = ()

    def as_posix(self) -> str:
        """Return the path."""
        return str(self)


class TablePieces(TablePiecesDataset):
    """The same dataset, with such a path."""

    def __init__(self, *, filepath: str, **more: Any) -> None:
        """Make it as usual."""
        super().__init__(filepath=filepath, **more)
        self._filepath = PosixText(self._filepath)

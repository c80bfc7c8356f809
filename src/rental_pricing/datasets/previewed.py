"""Kedro's datasets with previews that kedro-viz can show.

kedro-viz 12.5 answers with an error for a table with missing dates, and knows no preview
of text files. Everything but the preview is as in kedro-datasets.
"""

from __future__ import annotations

import pandas as pd
from kedro_datasets._typing import TablePreview
from kedro_datasets.pandas import CSVDataset, ParquetDataset
from kedro_datasets.text import TextDataset


class PreviewedParquetDataset(ParquetDataset):
    """Parquet whose preview shows dates as text and missing values as empty."""

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows, ready for JSON."""
        return _presentable(super().preview(nrows))


class PreviewedCSVDataset(CSVDataset):
    """CSV whose preview shows dates as text and missing values as empty."""

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows, ready for JSON."""
        return _presentable(super().preview(nrows))


class TextPreview(str):
    """Text that kedro-viz shows as such; it goes by the name of this type."""

    __slots__ = ()


class PreviewedTextDataset(TextDataset):
    """Text with a preview."""

    def preview(self) -> TextPreview:
        """Return the whole text."""
        return TextPreview(self.load())


def _presentable(preview: TablePreview) -> TablePreview:
    table = pd.DataFrame(preview["data"], columns=preview["columns"])
    return TablePreview(table.apply(_as_shown).to_dict(orient="split"))


def _as_shown(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype("object").where(column.notna(), None)

"""kedro-datasets' own datasets, saved whole or not at all, with previews for kedro-viz.

kedro-viz 12.5 answers with an error for a table with missing dates, and knows no preview
of text files. Text is UTF-8 whatever the machine's locale. Everything else is as in
kedro-datasets.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import kedro_datasets.json
import kedro_datasets.text
import pandas as pd
from kedro.io.core import get_filepath_str
from kedro_datasets._typing import HTMLPreview, PlotlyPreview, TablePreview

from rental_pricing.datasets.whole import replaced_file
from rental_pricing.importing import without

with without("kedro_datasets.pandas.sql_dataset"):  # it would import SQLAlchemy, where there is one
    import kedro_datasets.pandas

if TYPE_CHECKING:
    from collections.abc import Callable

    from plotly.graph_objects import Figure

_UTF8 = MappingProxyType(
    {
        "open_args_save": {"mode": "w", "encoding": "utf-8"},
        "open_args_load": {"mode": "r", "encoding": "utf-8"},
    }
)


class ParquetDataset(kedro_datasets.pandas.ParquetDataset):
    """A table in Parquet; ``attrs`` of the frame are kept.

    Example of a catalog entry:

    .. code-block:: yaml

        listings:
          type: rental_pricing.datasets.files.ParquetDataset
          filepath: ${market_folder:}/03_primary/listings.parquet
    """

    def save(self, data: pd.DataFrame) -> None:
        """Write the table whole.

        Raises:
            DatasetError: It can't be written; what was there stays.
        """
        _save_whole(self, kedro_datasets.pandas.ParquetDataset.save, data)

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows, ready for JSON: dates as text, missing values as null."""
        with self._fs.open(get_filepath_str(self._get_load_path(), self._protocol)) as file:
            return first_rows(file, nrows)


class CSVDataset(kedro_datasets.pandas.CSVDataset):
    """A table in CSV, in UTF-8.

    Example of a catalog entry:

    .. code-block:: yaml

        metrics_by_segment:
          type: rental_pricing.datasets.files.CSVDataset
          filepath: ${market_folder:}/08_reporting/metrics_by_segment.csv
    """

    DEFAULT_FS_ARGS: ClassVar[dict[str, Any]] = dict(_UTF8)

    def save(self, data: pd.DataFrame) -> None:
        """Write the table whole.

        Raises:
            DatasetError: It can't be written; what was there stays.
        """
        _save_whole(self, kedro_datasets.pandas.CSVDataset.save, data)

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows, ready for JSON: dates as text, missing values as null."""
        table = super().preview(nrows)
        return presentable(pd.DataFrame(table["data"], columns=table["columns"]))


class JSONDataset(kedro_datasets.json.JSONDataset):
    """JSON, in UTF-8.

    Example of a catalog entry:

    .. code-block:: yaml

        model_metrics:
          type: rental_pricing.datasets.files.JSONDataset
          filepath: ${market_folder:}/08_reporting/model_metrics.json
    """

    DEFAULT_FS_ARGS: ClassVar[dict[str, Any]] = dict(_UTF8)

    def save(self, data: Any) -> None:
        """Write the content whole.

        Raises:
            DatasetError: It can't be written; what was there stays.
        """
        _save_whole(self, kedro_datasets.json.JSONDataset.save, data)


class TextPreview(str):
    """Text that kedro-viz shows as such; it goes by the name of this type."""

    __slots__ = ()


class TextDataset(kedro_datasets.text.TextDataset):
    """Text, in UTF-8.

    Example of a catalog entry:

    .. code-block:: yaml

        model_card:
          type: rental_pricing.datasets.files.TextDataset
          filepath: ${market_folder:}/08_reporting/model_card.md
    """

    DEFAULT_FS_ARGS: ClassVar[dict[str, Any]] = dict(_UTF8)

    def save(self, data: str) -> None:
        """Write the text whole.

        Raises:
            DatasetError: It can't be written; what was there stays.
        """
        _save_whole(self, kedro_datasets.text.TextDataset.save, data)

    def preview(self) -> TextPreview:
        """Return the whole text."""
        return TextPreview(self.load())


class MarkdownDataset(TextDataset):
    """A page in Markdown, in UTF-8, which kedro-viz shows as a reader wants it.

    Example of a catalog entry:

    .. code-block:: yaml

        release_note:
          type: rental_pricing.datasets.files.MarkdownDataset
          filepath: ${market_folder:}/08_reporting/release_note.md
    """

    def preview(self) -> HTMLPreview:
        """Return the page in HTML."""
        return page(self.load())


class FigureDataset(JSONDataset):
    """An interactive figure in Plotly's JSON; equal figures are equal bytes.

    Unlike kedro-datasets' it takes plain data, so that whoever draws need not import Plotly.
    It loads as a ``plotly.graph_objects.Figure``, which notebooks show.

    Example of a catalog entry:

    .. code-block:: yaml

        validation_plot:
          type: rental_pricing.datasets.files.FigureDataset
          filepath: ${market_folder:}/08_reporting/validation_plot.json
    """

    DEFAULT_SAVE_ARGS: ClassVar[dict[str, Any]] = {
        "separators": (",", ":"),
        "ensure_ascii": False,
        "allow_nan": False,  # no JSON, and nothing that could be drawn
    }

    def load(self) -> Figure:
        """Return the figure as Plotly has it.

        Raises:
            DatasetError: It is not there, or no figure.
        """
        import plotly.graph_objects as go  # noqa: PLC0415 - who draws does without it

        return go.Figure(self.read())

    def save(self, data: Mapping[str, Any] | Figure) -> None:
        """Write the figure whole.

        Args:
            data: ``data`` and ``layout``, or Plotly's object.

        Raises:
            DatasetError: It can't be written; what was there stays.
        """
        plain = data if isinstance(data, Mapping) else json.loads(data.to_json())
        _save_whole(self, kedro_datasets.json.JSONDataset.save, plain)

    def read(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        with self._fs.open(get_filepath_str(self._get_load_path(), self._protocol)) as file:
            found: dict[str, Any] = json.load(file)
            return found

    def preview(self) -> PlotlyPreview:
        """Return the figure for kedro-viz."""
        return PlotlyPreview(self.read())


def _save_whole(dataset: Any, save: Callable[..., None], data: Any) -> None:
    """Save by a copy of the dataset that writes beside the file; nothing shared is changed.

    Kedro wraps ``save``; ``__wrapped__`` is the plain one, so that a save is logged once.
    """
    save = getattr(save, "__wrapped__", save)
    if dataset._protocol != "file":  # noqa: SLF001 - of kedro-datasets' classes
        save(dataset, data)
        return
    place = Path(dataset._get_save_path())  # noqa: SLF001 - as above
    with replaced_file(place) as beside:
        copied = copy.copy(dataset)
        copied._filepath, copied._version = PurePosixPath(beside), None  # noqa: SLF001 - as above
        save(copied, data)


def first_rows(file: Any, nrows: int) -> TablePreview:
    """Return the first rows of a Parquet file for kedro-viz.

    Args:
        file: Its path, or the open file.
        nrows: How many.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - kedro-viz alone asks for it

    table = pq.ParquetFile(file)
    head = next(table.iter_batches(batch_size=nrows), None)
    frame = table.schema_arrow.empty_table() if head is None else head
    return presentable(frame.to_pandas())


def page(markdown: str) -> HTMLPreview:
    """Return a page in Markdown for kedro-viz; tags in its text are shown as they are written."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - kedro-viz alone asks for it

    pages = MarkdownIt("commonmark", {"html": False}).enable("table")
    return HTMLPreview(pages.render(markdown))


def presentable(table: pd.DataFrame) -> TablePreview:
    """Return a table for kedro-viz: dates as text, missing values as null."""
    return TablePreview(table.apply(_as_shown).to_dict(orient="split"))


def _as_shown(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    return column.astype("object").where(column.notna(), None)

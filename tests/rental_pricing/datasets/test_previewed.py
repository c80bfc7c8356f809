"""Previews that kedro-viz can show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from rental_pricing.datasets.previewed import (
    PreviewedCSVDataset,
    PreviewedParquetDataset,
    PreviewedTextDataset,
)

if TYPE_CHECKING:
    from pathlib import Path

TABLE = pd.DataFrame(
    {
        "id": [1, 2],
        "last_review": pd.to_datetime(["2019-05-26", None]),
        "nights": pd.array([None, 3], dtype="Int64"),
        "price": [70.5, None],
        "room_type": pd.Categorical(["Private room", None]),
    }
)


@pytest.mark.parametrize("kind", [PreviewedParquetDataset, PreviewedCSVDataset])
def test_dates_and_missing_values_can_be_shown(tmp_path: Path, kind: type) -> None:
    """The preview is plain JSON: dates as text, missing values as null."""
    arguments = {"load_args": {"parse_dates": ["last_review"]}} if "CSV" in kind.__name__ else {}
    saving = {"save_args": {"index": False}} if "CSV" in kind.__name__ else {}
    dataset = kind(filepath=str(tmp_path / "table"), **arguments, **saving)
    dataset.save(TABLE)
    shown = json.loads(json.dumps(dataset.preview(nrows=2), allow_nan=False))
    assert shown["columns"] == list(TABLE)
    assert shown["data"] == [
        [1, "2019-05-26", None, 70.5, "Private room"],
        [2, None, 3, None, None],
    ]


def test_text_is_shown_as_it_is(tmp_path: Path) -> None:
    """kedro-viz chooses its view by the name of the type."""
    dataset = PreviewedTextDataset(filepath=str(tmp_path / "card.md"))
    dataset.save("# Card")
    assert dataset.preview() == "# Card"
    assert type(dataset.preview()).__name__ == "TextPreview"

"""kedro-datasets' own, saved whole, in UTF-8, with previews that kedro-viz can show."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import pandas as pd
import plotly.graph_objects as go
import pytest
from kedro.io.core import DatasetError, Version

from rental_pricing.datasets.files import (
    CSVDataset,
    FigureDataset,
    JSONDataset,
    MarkdownDataset,
    ParquetDataset,
    TextDataset,
)

TABLE = pd.DataFrame(
    {
        "id": [1, 2],
        "last_review": pd.to_datetime(["2019-05-26", None]),
        "nights": pd.array([None, 3], dtype="Int64"),
        "price": [70.5, None],
        "room_type": pd.Categorical(["Private room", None]),
    }
)
SMALL = pd.DataFrame({"name": ["Café ☕"], "price": [70]})


def figure(height: float = 2.0) -> dict[str, Any]:
    """A small figure of one line."""
    line = {"type": "scatter", "x": [0, 1], "y": [0, height], "name": "Café ☕"}
    return {"data": [line], "layout": {"template": {}}}


CASES: dict[type, tuple[Any, Any]] = {
    ParquetDataset: (SMALL, SMALL.assign(price=80)),
    CSVDataset: (SMALL, SMALL.assign(price=80)),
    JSONDataset: ({"café": 1}, {"café": 2}),
    TextDataset: ("# Café ☕\n", "# Café, new\n"),
    FigureDataset: (figure(2), figure(3)),
}
READABLE = [kind for kind in CASES if kind is not FigureDataset]


@pytest.mark.parametrize("kind", READABLE)
def test_what_was_saved_is_loaded(tmp_path: Path, kind: type) -> None:
    """A save replaces the content, and leaves nothing beside it."""
    dataset = kind(filepath=str(tmp_path / "content"))
    for content in CASES[kind]:
        dataset.save(content)
        loaded = dataset.load()
        assert loaded.equals(content) if kind in {ParquetDataset, CSVDataset} else loaded == content
    assert [each.name for each in tmp_path.iterdir()] == ["content"]


@pytest.mark.parametrize("kind", CASES)
def test_a_save_that_fails_leaves_what_was_there(
    tmp_path: Path, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk at the last moment: the old bytes stay, nothing stands beside them."""
    place = tmp_path / "content.png"
    old, new = CASES[kind]
    kind(filepath=str(place)).save(old)
    before = place.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DatasetError, match="No space left"):
        kind(filepath=str(place)).save(new)
    assert place.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["content.png"]


@pytest.mark.parametrize("kind", CASES)
def test_saving_changes_nothing_of_the_dataset(tmp_path: Path, kind: type) -> None:
    """Threads of a runner may read it meanwhile: it has its own path all the time."""
    dataset = kind(filepath=str(tmp_path / "content.png"))
    before = dict(vars(dataset))
    dataset.save(CASES[kind][0])
    assert dict(vars(dataset)) == before


def test_saves_in_many_threads_each_end_whole(tmp_path: Path) -> None:
    """One dataset, eight threads: the content is one of theirs."""
    dataset = JSONDataset(filepath=str(tmp_path / "content.json"))
    contents = [{"from": number, "padding": "x" * 10_000} for number in range(8)]
    threads = [threading.Thread(target=dataset.save, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert dataset.load() in contents
    assert [each.name for each in tmp_path.iterdir()] == ["content.json"]


@pytest.mark.parametrize("kind", READABLE)
def test_versions_are_saved_as_kedro_names_them(tmp_path: Path, kind: type) -> None:
    """``versioned: true`` works as with Kedro's own datasets."""
    dataset = kind(filepath=str(tmp_path / "content"), version=Version(None, "2024-01-08"))
    dataset.save(CASES[kind][0])
    assert (tmp_path / "content/2024-01-08/content").is_file()
    assert dataset.exists()


@pytest.mark.parametrize("kind", CASES)
def test_other_filesystems_are_written_directly(kind: type) -> None:
    """Object stores put an object whole by themselves."""
    content = CASES[kind][0]
    kind(filepath=f"memory:///{kind.__name__}/content.png").save(content)
    assert fsspec.filesystem("memory").ls(f"/{kind.__name__}", detail=False) == [
        f"/{kind.__name__}/content.png"
    ]


@pytest.mark.parametrize("kind", ["CSV", "Text", "JSON"])
def test_text_is_utf_8_in_any_locale(tmp_path: Path, kind: str) -> None:
    """In a locale of ASCII alone, accents and coffee cups are saved and loaded."""
    program = (
        "import sys, pandas as pd\n"
        f"from rental_pricing.datasets.files import {kind}Dataset as Dataset\n"
        "arguments = {'save_args': {'ensure_ascii': False}} if 'JSON' in Dataset.__name__ else {}\n"
        f"dataset = Dataset(filepath={str(tmp_path / 'content')!r}, **arguments)\n"
        "text = 'Caf\\u00e9 \\u2615'\n"
        "content = pd.DataFrame({'name': [text]}) if 'CSV' in Dataset.__name__ else text\n"
        "dataset.save(content)\n"
        "loaded = dataset.load()\n"
        "assert text == (loaded if isinstance(loaded, str) else loaded.loc[0, 'name'])\n"
        "assert sys.getfilesystemencoding() != 'utf-8'\n"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | ascii_only,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Café ☕" in (tmp_path / "content").read_text(encoding="utf-8")


def test_what_is_known_of_a_table_stays_with_it(tmp_path: Path) -> None:
    """``frame.attrs`` survives Parquet, nested and with text."""
    attrs = {"split": {"digest": "0f", "seed": 42, "test_share": 0.2, "part": "train"}}
    table = SMALL.copy()
    table.attrs.update(attrs)
    dataset = ParquetDataset(filepath=str(tmp_path / "table.parquet"))
    dataset.save(table)
    assert dataset.load().attrs == attrs


@pytest.mark.parametrize("kind", [ParquetDataset, CSVDataset])
def test_dates_and_missing_values_can_be_shown(tmp_path: Path, kind: type) -> None:
    """The preview is plain JSON: dates as text, missing values as null."""
    arguments = {"load_args": {"parse_dates": ["last_review"]}} if kind is CSVDataset else {}
    dataset = kind(filepath=str(tmp_path / "table"), **arguments)
    dataset.save(TABLE)
    shown = json.loads(json.dumps(dataset.preview(nrows=2), allow_nan=False))
    assert shown["columns"] == list(TABLE)
    assert shown["data"] == [
        [1, "2019-05-26", None, 70.5, "Private room"],
        [2, None, 3, None, None],
    ]


@pytest.mark.parametrize("kind", [ParquetDataset, CSVDataset])
@pytest.mark.parametrize(("rows", "shown"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_a_preview_has_the_first_rows(tmp_path: Path, kind: type, rows: int, shown: int) -> None:
    """As many as are there and were asked for; an empty table has its columns."""
    dataset = kind(filepath=str(tmp_path / "table"))
    dataset.save(TABLE if rows else TABLE.head(0))
    preview = dataset.preview(nrows=max(rows, 1))
    assert len(preview["data"]) == shown
    assert list(preview["columns"]) == list(TABLE)


def test_text_is_shown_as_it_is(tmp_path: Path) -> None:
    """kedro-viz chooses its view by the name of the type."""
    dataset = TextDataset(filepath=str(tmp_path / "card.md"))
    dataset.save("# Card")
    assert dataset.preview() == "# Card"
    assert type(dataset.preview()).__name__ == "TextPreview"


def test_a_page_is_shown_as_a_reader_wants_it(tmp_path: Path) -> None:
    """Its title and tables, and no tag that it quotes."""
    dataset = MarkdownDataset(filepath=str(tmp_path / "card.md"))
    dataset.save("# Card\n\n| a | b |\n| --- | --: |\n| <script>x()</script> | 1 |\n")
    shown = dataset.preview()
    assert inspect.signature(dataset.preview).return_annotation == "HTMLPreview"
    assert "<h1>Card</h1>" in shown
    assert "<td>&lt;script&gt;x()&lt;/script&gt;</td>" in shown


def test_a_figure_is_plain_data_and_loads_as_plotly_s(tmp_path: Path) -> None:
    """kedro-viz draws what is in the file; Plotly's own object can be saved too."""
    dataset = FigureDataset(filepath=str(tmp_path / "line_plot.json"))
    dataset.save(figure())
    assert inspect.signature(dataset.preview).return_annotation == "PlotlyPreview"
    assert dataset.preview() == figure()
    loaded = dataset.load()
    assert isinstance(loaded, go.Figure)
    assert loaded.data[0].y == (0, 2.0)
    dataset.save(loaded)
    assert dataset.preview()["data"] == figure()["data"]


def test_equal_figures_are_equal_bytes(tmp_path: Path) -> None:
    """A figure that did not change is no new version for the tracking."""
    for name in ("a.json", "b.json"):
        FigureDataset(filepath=str(tmp_path / name)).save(figure())
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert "Café ☕".encode() in (tmp_path / "a.json").read_bytes()


def test_a_figure_of_what_is_no_number_is_refused(tmp_path: Path) -> None:
    """NaN is no JSON: a browser would show nothing, and say so nowhere."""
    dataset = FigureDataset(filepath=str(tmp_path / "line_plot.json"))
    dataset.save(figure())
    with pytest.raises(DatasetError, match="not JSON compliant"):
        dataset.save(figure(float("nan")))
    assert dataset.preview() == figure()


def test_whoever_draws_imports_no_library_for_it() -> None:
    """Neither the catalog's classes nor the figures cost an import of Plotly."""
    modules = "datasets.files", "reporting.model_figures", "pipelines.data_validation"
    names = ", ".join(f"rental_pricing.{name}" for name in modules)
    program = f"import sys, {names}; assert not {{'plotly', 'matplotlib'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_catalog_names_the_path(tmp_path: Path) -> None:
    """What a dataset describes of itself is its own place, after a save too."""
    dataset = ParquetDataset(filepath=str(tmp_path / "table.parquet"))
    dataset.save(SMALL)
    assert dataset._describe()["filepath"] == PurePosixPath(tmp_path / "table.parquet")

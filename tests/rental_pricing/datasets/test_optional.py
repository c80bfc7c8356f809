"""Files that may be absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kedro.io.core import DatasetError

from rental_pricing.datasets.optional import OptionalJSONDataset, OptionalTextDataset

if TYPE_CHECKING:
    from pathlib import Path

KINDS = [(OptionalJSONDataset, '{"rows": 3}', {"rows": 3}), (OptionalTextDataset, "Hi", "Hi")]


@pytest.mark.parametrize(("kind", "text", "content"), KINDS)
def test_an_absent_file_is_none(tmp_path: Path, kind: type, text: str, content: object) -> None:
    """No file means no content, not an error; once it is there it is read."""
    dataset = kind(filepath=str(tmp_path / "x"))
    assert dataset.load() is None
    (tmp_path / "x").write_text(text, encoding="utf-8")
    assert dataset.load() == content


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """A mistyped path is told, not taken for "no reference yet"."""
    path = str(tmp_path / "refrence.json")
    with pytest.raises(DatasetError, match=r"There is no file .*refrence\.json"):
        OptionalJSONDataset(filepath=path, named=path).load()


@pytest.mark.parametrize(("kind", "text", "content"), KINDS)
def test_it_is_never_written(tmp_path: Path, kind: type, text: str, content: object) -> None:
    """The file is somebody else's."""
    del text
    with pytest.raises(DatasetError, match="read-only"):
        kind(filepath=str(tmp_path / "x")).save(content)
    assert not list(tmp_path.iterdir())

"""Files that may be absent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from kedro.io.core import DatasetError

from rental_pricing.datasets.optional import OptionalFileError, OptionalJSONDataset

if TYPE_CHECKING:
    from pathlib import Path

TEXT, CONTENT = '{"rows": 3}', {"rows": 3}


def test_an_absent_file_is_none(tmp_path: Path) -> None:
    """No file means no content, not an error; once it is there it is read."""
    dataset = OptionalJSONDataset(filepath=str(tmp_path / "x"))
    assert dataset.load() is None
    dataset.check()
    (tmp_path / "x").write_text(TEXT, encoding="utf-8")
    assert dataset.load() == CONTENT


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    """Some editors put one before UTF-8."""
    (tmp_path / "x").write_text(TEXT, encoding="utf-8-sig")
    assert OptionalJSONDataset(filepath=str(tmp_path / "x")).load() == CONTENT


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    """A mistyped path is told, not taken for "no reference yet"."""
    path = str(tmp_path / "refrence.json")
    with pytest.raises(OptionalFileError, match=r"There is no file .*refrence\.json"):
        OptionalJSONDataset(filepath=path, named=path).load()


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    """At the start of a run already, by the same message as on loading."""
    (tmp_path / "reference.json").write_bytes("Listings of\nthe Caf\u00e9\n".encode("latin-1"))
    dataset = OptionalJSONDataset(filepath=str(tmp_path / "reference.json"))
    for use in (dataset.load, dataset.check):
        with pytest.raises(OptionalFileError, match=r"is not UTF-8, see line 2\. Save"):
            use()


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    """It is not taken for absence."""
    (tmp_path / "reference.json").mkdir()
    with pytest.raises(OptionalFileError, match=r"reference\.json is a folder"):
        OptionalJSONDataset(filepath=str(tmp_path / "reference.json")).check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_missing_permission_is_told(tmp_path: Path) -> None:
    """By the system's own words, without a class name."""
    (tmp_path / "x").touch(mode=0o000)
    with pytest.raises(OptionalFileError, match=r"x can't be read: Permission denied"):
        OptionalJSONDataset(filepath=str(tmp_path / "x")).check()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"rows": 3,\n}', r"is no JSON: .*, line 2, column 1\. Name the file"),
        ("", "is no JSON: Expecting value, line 1, column 1"),
        ("[1, 2]", r"holds '\[1, 2\]', where names and values"),
        ('"' + "x" * 1000 + '"', r'holds \'"x{40,60} …\''),
    ],
)
def test_what_is_no_json_object_is_told(tmp_path: Path, text: str, told: str) -> None:
    """Another file named by mistake: with its line, its content cut."""
    (tmp_path / "profile.json").write_text(text, encoding="utf-8")
    with pytest.raises(OptionalFileError, match=told):
        OptionalJSONDataset(filepath=str(tmp_path / "profile.json")).check()


def test_it_is_never_written(tmp_path: Path) -> None:
    """The file is somebody else's."""
    with pytest.raises(DatasetError, match="read-only"):
        OptionalJSONDataset(filepath=str(tmp_path / "x")).save(CONTENT)
    assert not list(tmp_path.iterdir())

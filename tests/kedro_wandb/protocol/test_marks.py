"""Which files did a run write?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kedro_wandb.errors import FileChangedError, NothingToLogError
from kedro_wandb.protocol.marks import marks, written
from kedro_wandb.protocol.plan import DatasetPlan, Kind
from kedro_wandb.tracker.files import sources_read, sources_written


def fill(folder: Path, **files: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)


def plan(where: Path, kind: Kind = "path") -> DatasetPlan:
    suffix = ".csv" if kind == "partitions" else ""
    return DatasetPlan(dataset="rows", artifact="rows", kind=kind, where=str(where),
                       suffix=suffix, marks=marks(where))  # fmt: skip


def names(sources: object) -> list[str]:
    return [source.name for source in sources]  # type: ignore[attr-defined]


def test_files_written_again_with_the_same_content_count(tmp_path: Path) -> None:
    """A run that writes what was there before has written it all the same."""
    fill(tmp_path, a="1", b="2")
    before = marks(tmp_path)
    os.utime(tmp_path / "a.csv", ns=(1, 1))
    assert written(before, marks(tmp_path)) == ["a.csv"]


def test_hidden_files_do_not_count(tmp_path: Path) -> None:
    """Such as .gitkeep and the leavings of editors."""
    fill(tmp_path, a="1")
    (tmp_path / ".gitkeep").touch()
    fill(tmp_path / ".cache", b="2")
    assert list(marks(tmp_path)) == ["a.csv"]


def test_what_is_absent_has_no_marks(tmp_path: Path) -> None:
    """An output that no run has written yet."""
    assert marks(tmp_path / "nowhere") == {}


def test_an_output_that_was_not_written_is_no_output(tmp_path: Path) -> None:
    """The file of an earlier run is not taken for this one's."""
    fill(tmp_path, a="1")
    with pytest.raises(NothingToLogError, match="not written by this run"):
        sources_written(plan(tmp_path / "a.csv"))


def test_an_output_that_was_seen_to_be_saved_is_one(tmp_path: Path) -> None:
    """Even if its mark is the same, as on file systems with coarse times."""
    fill(tmp_path, a="1")
    assert names(sources_written(plan(tmp_path / "a.csv"), saved=())) == ["a.csv"]


def test_of_a_folder_all_files_are_logged_and_of_partitions_the_written_ones(
    tmp_path: Path,
) -> None:
    """A folder, such as a model's, is one thing; partitions are many."""
    fill(tmp_path, a="1", b="2")
    folder, parts = plan(tmp_path), plan(tmp_path, "partitions")
    fill(tmp_path, b="22")
    assert names(sources_written(folder)) == ["a.csv", "b.csv"]
    assert names(sources_written(parts)) == ["b.csv"]
    assert names(sources_written(parts, saved=["a"])) == ["a.csv", "b.csv"]


def test_an_input_is_what_it_was_when_the_run_began(tmp_path: Path) -> None:
    """A file that came later was not read, one that changed is of no certain content."""
    fill(tmp_path, a="1", b="2")
    parts = plan(tmp_path, "partitions")
    fill(tmp_path, c="3")
    assert names(sources_read(parts)) == ["a.csv", "b.csv"]
    assert names(sources_read(parts, read=["b"])) == ["b.csv"]
    fill(tmp_path, b="changed")
    assert names(sources_read(parts, read=["a"])) == ["a.csv"]
    with pytest.raises(FileChangedError, match=r"b\.csv changed while the run was reading it"):
        sources_read(parts)


def test_an_input_without_a_file_is_told(tmp_path: Path) -> None:
    """As an optional one."""
    with pytest.raises(NothingToLogError, match="there is no file"):
        sources_read(plan(tmp_path / "nowhere.csv"))

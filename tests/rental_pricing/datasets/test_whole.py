"""Files and folders are saved whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rental_pricing.datasets.whole import (
    mend_folder,
    replaced_file,
    replaced_folder,
    write_file,
)

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path) -> list[str]:
    """All names in a folder, hidden ones too."""
    return sorted(each.name for each in folder.iterdir())


def killed_in(block: str, place: Path) -> None:
    """Let another process die in the middle of a ``with`` block for a place."""
    program = (
        "import os, signal\nfrom pathlib import Path\n"
        "from rental_pricing.datasets import whole\n"
        f"with whole.{block}({str(place)!r}) as beside:\n"
        "    if beside.is_dir():\n        (beside / 'half').write_text('new')\n"
        "    else:\n        beside.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL


def test_a_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    """Content arrives, and nothing else is left in the folder."""
    write_file(tmp_path / "a/b/report.json", b"{}")
    assert (tmp_path / "a/b/report.json").read_bytes() == b"{}"
    assert names(tmp_path / "a/b") == ["report.json"]


def test_a_file_is_the_old_one_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """Half-written content stands beside it, under a hidden name."""
    place = tmp_path / "report.json"
    write_file(place, b"old")
    with replaced_file(place) as beside:
        beside.write_bytes(b"ne")
        assert place.read_bytes() == b"old"
        assert beside.parent == tmp_path
        assert beside.name.startswith(".")
        beside.write_bytes(b"new")
    assert place.read_bytes() == b"new"
    assert names(tmp_path) == ["report.json"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    """A full disk or Ctrl-C: nothing is changed, nothing is left behind."""
    place = tmp_path / "report.json"
    write_file(place, b"old")
    with pytest.raises(error), replaced_file(place):
        raise error
    assert place.read_bytes() == b"old"
    assert names(tmp_path) == ["report.json"]


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    """Who hid a report from others finds it hidden next week."""
    place = tmp_path / "report.json"
    write_file(place, b"old")
    place.chmod(0o600)
    write_file(place, b"new")
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_link_is_followed(tmp_path: Path) -> None:
    """A file on another disk stays there, and the link stays a link."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "report.json").symlink_to(tmp_path / "disk/report.json")
    write_file(tmp_path / "report.json", b"new")
    assert (tmp_path / "report.json").is_symlink()
    assert (tmp_path / "disk/report.json").read_bytes() == b"new"


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    """Files of the old folder that the new one lacks are gone."""
    place = tmp_path / "model"
    for number in ("1", "2"):
        with replaced_folder(place) as beside:
            (beside / number).write_text(number)
            assert number == "1" or names(place) == ["1"]
    assert names(place) == ["2"]
    assert names(tmp_path) == ["model"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_folder(tmp_path: Path, error: type[BaseException]) -> None:
    """Nothing is changed, nothing is left behind."""
    place = tmp_path / "model"
    with replaced_folder(place) as beside:
        (beside / "old").touch()
    with pytest.raises(error), replaced_folder(place) as beside:  # noqa: PT012 - the subject
        (beside / "new").touch()
        raise error
    assert names(place) == ["old"]
    assert names(tmp_path) == ["model"]


def test_a_folder_killed_between_the_two_renames_is_put_back(tmp_path: Path) -> None:
    """The place is empty then; mending brings the old folder back."""
    place = tmp_path / "model"
    with replaced_folder(place) as beside:
        (beside / "old").touch()
    place.rename(tmp_path / ".model.old")
    mend_folder(place)
    assert names(place) == ["old"]
    mend_folder(place)
    assert names(tmp_path) == ["model"]


def test_a_folder_killed_after_the_second_rename_is_the_new_one(tmp_path: Path) -> None:
    """The old one that is left does not come back, and the next save takes it away."""
    place = tmp_path / "model"
    for name in (".model.old", "model"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name.removeprefix(".")).touch()
    mend_folder(place)
    assert names(place) == ["model"]
    with replaced_folder(place) as beside:
        (beside / "newer").touch()
    assert names(place) == ["newer"]
    assert names(tmp_path) == ["model"]


def test_a_reader_that_mends_between_the_renames_does_not_disturb_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer moves the old folder aside once more."""
    from pathlib import Path as AnyPath

    place, rename, mended = tmp_path / "model", AnyPath.rename, []
    with replaced_folder(place) as beside:
        (beside / "old").touch()

    def renamed(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        if target.name == ".model.old" and not mended:
            mended.append(target)
            mend_folder(place)
        return moved

    with replaced_folder(place) as beside:
        (beside / "new").touch()
        monkeypatch.setattr(AnyPath, "rename", renamed)
    assert mended
    assert names(place) == ["new"]
    assert names(tmp_path) == ["model"]


def test_mending_what_never_was_does_nothing(tmp_path: Path) -> None:
    """The first load of a project finds neither folder nor aside copy."""
    mend_folder(tmp_path / "nowhere/model")
    assert names(tmp_path) == []


@pytest.mark.parametrize("block", ["replaced_file", "replaced_folder"])
def test_what_a_killed_process_left_goes_at_the_next_save(tmp_path: Path, block: str) -> None:
    """The old content stays until then, and leftovers don't heap up."""
    place = tmp_path / "price_model"
    killed_in(block, place)
    assert len(names(tmp_path)) == 1
    write_file(tmp_path / "price", b"another dataset's save takes only its own")
    assert len(names(tmp_path)) == 2
    if block == "replaced_file":
        write_file(place, b"new")
    else:
        with replaced_folder(place):
            pass
    assert names(tmp_path) == ["price", "price_model"]


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    """Two writers at once: each ends whole, the later one wins."""
    place = tmp_path / "report.json"
    with replaced_file(place) as first:
        first.write_bytes(b"first")
        write_file(place, b"second")
        assert place.read_bytes() == b"second"
        assert first.exists()
    assert place.read_bytes() == b"first"
    assert names(tmp_path) == ["report.json"]

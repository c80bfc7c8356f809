"""The command line: what it writes, and that it reproduces the committed drops."""

from __future__ import annotations

import gzip
import shlex
import zlib
from pathlib import Path

import pytest

from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.synthetic import read_drop
from rental_pricing.synthetic.__main__ import main

PROJECT = Path(__file__).parents[3]
RAW = PROJECT / "data" / "01_raw"
PROGRAM = "python -m rental_pricing.synthetic "
SMALL = ["--rows", "50", "--date", "2024-01-08", "--seed", "1"]


def documented_commands() -> list[list[str]]:
    """The arguments of the commands in the README of the raw data."""
    lines = (RAW / "README.md").read_text(encoding="utf-8").splitlines()
    return [shlex.split(line.removeprefix(PROGRAM)) for line in lines if line.startswith(PROGRAM)]


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the documented commands write."""
    folder = tmp_path_factory.mktemp("drops")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        for command in documented_commands():
            main([*command, "--to", str(folder)])
    return folder


@pytest.mark.parametrize("name", ["2024-01-08.csv.gz", "2024-01-15.csv.gz"])
class TestCommittedDrops:
    """The files in the repository."""

    def test_rows(self, reproduced: Path, name: str) -> None:
        """The documented commands give the rows of the committed drop."""
        committed = gzip.decompress((RAW / "listings" / name).read_bytes())
        assert committed == gzip.decompress((reproduced / name).read_bytes())

    @pytest.mark.skipif(
        "zlib-ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng compresses to other bytes"
    )
    def test_bytes(self, reproduced: Path, name: str) -> None:
        """The documented commands give the committed drop byte for byte."""
        assert (RAW / "listings" / name).read_bytes() == (reproduced / name).read_bytes()

    def test_gzip_header(self, reproduced: Path, name: str) -> None:
        """The compressed file holds neither a time nor a file name."""
        flags_and_time = (reproduced / name).read_bytes()[3:8]
        assert bytes(5) == flags_and_time


def test_committed_drops_are_small() -> None:
    """The committed drops stay below 1.5 MB together."""
    assert sum(path.stat().st_size for path in (RAW / "listings").glob("2024-01-*.gz")) < 1.5e6


def test_header(tmp_path: Path) -> None:
    """A drop starts with the 16 columns of the feed."""
    main([*SMALL, "--to", str(tmp_path)])
    header, _ = (tmp_path / "2024-01-08.csv").read_bytes().split(b"\n", 1)
    assert ",".join(RAW_COLUMNS) == header.decode()


def test_says_synthetic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what was written, and that it is synthetic."""
    main([*SMALL, "--to", str(tmp_path)])
    path = tmp_path / "2024-01-08.csv"
    size = path.stat().st_size
    assert capsys.readouterr().out == f"{path}: 50 synthetic listings, {size:,} bytes\n"


def test_gzip_holds_the_same_rows(tmp_path: Path) -> None:
    """Compressed or not, a drop has the same rows."""
    main([*SMALL, "--to", str(tmp_path)])
    main([*SMALL, "--to", str(tmp_path), "--gzip"])
    plain = (tmp_path / "2024-01-08.csv").read_bytes()
    assert plain == gzip.decompress((tmp_path / "2024-01-08.csv.gz").read_bytes())


def test_update_of(tmp_path: Path) -> None:
    """An update repeats the asked share of the earlier drop's ids."""
    main([*SMALL, "--to", str(tmp_path)])
    earlier = tmp_path / "2024-01-08.csv"
    week = ["--rows", "20", "--date", "2024-01-15", "--to", str(tmp_path)]
    main([*week, "--update-of", str(earlier), "--repeat-share", "0.5"])
    update = read_drop(tmp_path / "2024-01-15.csv")
    assert update["id"].isin(read_drop(earlier)["id"]).sum() == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "0", "--date", "2024-01-08"], "at least 1 row"),
        (["--rows", "5", "--date", "8 January"], "--date"),
        (["--rows", "5", "--date", "2024-01-08", "--seed", "-1"], "seed=-1"),
        (["--rows", "5", "--date", "2024-01-08", "--update-of", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_nonsense(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A command that makes no sense ends with the reason and writes nothing."""
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--to", str(tmp_path)])
    assert end.value.code == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_note_beside_the_drops_says_that_they_are_synthetic(tmp_path: Path) -> None:
    """The reports of a run repeat that note; one that is there already stays."""
    arguments = ["--rows", "3", "--date", "2024-01-08", "--to", str(tmp_path)]
    main(arguments)
    note = tmp_path / "SOURCE.md"
    assert note.read_text(encoding="utf-8").startswith("Synthetic listings")
    note.write_text("Ours", encoding="utf-8")
    main(arguments)
    assert note.read_text(encoding="utf-8") == "Ours"

"""Spoilt files: each is refused with one clear message, or its rows are set aside with a reason.

Every case spoils a drop of 200 good rows by code. None may pass in silence.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from week import DAY, as_csv, good_row, good_rows, process_folder, process_week, refusal

from rental_pricing.errors import UserInputError
from rental_pricing.listings.columns import RAW_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

GOOD = as_csv(good_rows())
LINES = GOOD.splitlines(keepends=True)
LINE = 52
ROW = LINE - 2
FILE = f"{DAY}.csv"


def replaced(old: bytes, new: bytes) -> bytes:
    """Change the first occurrence of something that has to be there."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def with_name(name: str, at: int = ROW) -> bytes:
    """Put a title into a row as it is, without any quoting."""
    return replaced(f",Sunny room {at},".encode(), f",{name},".encode())


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("listings.csv", content)
    return file.getvalue()


REFUSED: dict[str, tuple[str, bytes, tuple[str, ...]]] = {
    "nothing": (FILE, b"", ("is empty",)),
    "blanks": (FILE, b" \r\n\t\n", ("is empty",)),
    "only a byte order mark": (FILE, b"\xef\xbb\xbf", ("is empty",)),
    "only a header": (FILE, LINES[0], ("has a header but no rows",)),
    "only a header, without a line end": (FILE, LINES[0].strip(), ("a header but no rows",)),
    "an archive of nothing": (f"{FILE}.gz", gzip.compress(b""), ("is empty",)),
    "an archive that was cut": (f"{FILE}.gz", gzip.compress(GOOD)[:-30], ("can't be read",)),
    "an archive with a wrong byte": (
        f"{FILE}.gz",
        gzip.compress(GOOD, mtime=0)[:500] + b"\x00" + gzip.compress(GOOD, mtime=0)[501:],
        ("can't be read",),
    ),
    "no archive": (f"{FILE}.gz", GOOD, ("can't be read", "Deliver the file again")),
    "an archive without its ending": (FILE, gzip.compress(GOOD), ("is packed (gzip)", ".csv.gz")),
    "an archive in an archive": (
        f"{FILE}.gz",
        gzip.compress(gzip.compress(GOOD)),
        ("is packed twice",),
    ),
    "a ZIP archive": (FILE, zipped(GOOD), ("is a ZIP archive or a spreadsheet",)),
    "UTF-16": (FILE, GOOD.decode().encode("utf-16"), ("line 1", "is not UTF-8")),
    "UTF-32": (FILE, GOOD.decode().encode("utf-32"), ("line 1", "is not UTF-8")),
    "Latin-1 in a title": (
        FILE,
        replaced(b"Sunny room 50", b"Caf\xe9 50"),
        (f"line {LINE}, column 'name'", "byte 0xe9 is not UTF-8"),
    ),
    "Latin-1 in the last row": (
        FILE,
        replaced(b"Sunny room 199", b"Caf\xe9"),
        ("line 201, column 'name'", "byte 0xe9"),
    ),
    "Latin-1 in the header": (FILE, replaced(b"host_name", b"h\xf4te"), ("line 1", "byte 0xf4")),
    "half a character": (
        FILE,
        replaced(b"Sunny room 50", "Café".encode()[:-1]),
        (f"line {LINE}", "byte 0xc3 is not UTF-8"),
    ),
    "semicolons": (FILE, as_csv(good_rows(), delimiter=";"), ("line 1", "separated by ';'")),
    "tabs": (FILE, as_csv(good_rows(), delimiter="\t"), ("line 1", "separated by '\\t'")),
    "bars": (FILE, as_csv(good_rows(), delimiter="|"), ("line 1", "separated by '|'")),
    "no header": (FILE, b"".join(LINES[1:]), ("line 1", "column 'id' is missing", "+")),
    "capitals in the header": (FILE, LINES[0].upper() + b"".join(LINES[1:]), ("'id' is missing",)),
    "a column less": (
        FILE,
        as_csv(good_rows(), [name for name in RAW_COLUMNS if name != "price"]),
        ("line 1", "column 'price' is missing"),
    ),
    "a column more": (
        FILE,
        as_csv(good_rows(), [*RAW_COLUMNS, "license"]),
        ("line 1", "column 'license' is not expected"),
    ),
    "a column renamed": (FILE, replaced(b"room_type", b"roomtype"), ("did you mean 'room_type'",)),
    "a column twice": (
        FILE,
        as_csv(good_rows(), [*RAW_COLUMNS, "price"]),
        ("line 1", "column 'price' stands there twice"),
    ),
    "two names swallowed into one": (
        FILE,
        replaced(b"latitude,longitude", b'"latitude,longitude"'),
        ("line 1", "'latitude' is missing"),
    ),
    "thousands of columns": (
        FILE,
        as_csv(good_rows(), [*RAW_COLUMNS, *(f"extra_{n}" for n in range(3000))]),
        ("line 1", "'extra_0' is not expected", "+2990 more"),
    ),
    "a name of 100,000 characters": (FILE, replaced(b"host_name", b"h" * 100_000), ("…", "line 1")),
    "a comma in a title": (FILE, with_name("Sunny, quiet"), (f"line {LINE}", "17 values")),
    "a line break in a title": (FILE, with_name("Sunny\nquiet"), (f"line {LINE}: 2 values",)),
    "a row cut": (
        FILE,
        b"".join(LINES[: LINE - 1]) + LINES[LINE - 1][:20] + b"\n",
        (f"line {LINE}", "values instead of 16"),
    ),
    "a file cut inside a row": (FILE, GOOD[:-30], ("line 201", "has no value")),
    "a file cut inside a quote": (
        FILE,
        with_name('"Sunny, quiet"').split(b" quiet")[0],
        (f"starting on line {LINE}: broken quoting",),
    ),
    "a value too many in each row": (
        FILE,
        b"".join([LINES[0], *(line.strip() + b",1\n" for line in LINES[1:])]),
        ("line 2: 17 values",),
    ),
    "a line of blanks": (
        FILE,
        b"".join(LINES[: LINE - 1]) + b"   \n" + b"".join(LINES[LINE - 1 :]),
        (f"line {LINE}: 1 values instead of 16",),
    ),
    "a sum in the last line": (FILE, GOOD + b"200 listings\n", ("line 202: 1 values",)),
    "a page of HTML": (FILE, b"<html><body>503</body></html>", ("line 1", "is missing")),
    "JSON": (FILE, b'[{"id": 1, "name": "x"}]', ("line 1", "is missing")),
    "a quote without its twin": (
        FILE,
        with_name('"Nice" room'),
        (f"starting on line {LINE}: broken quoting", "Export the file again"),
    ),
    "a quote escaped by a backslash": (
        FILE,
        with_name(r'"The \"Nest\", quiet"'),
        (f"starting on line {LINE}: broken quoting",),
    ),
    "a quote that is never closed": (
        FILE,
        with_name('"Nice room'),
        (f"starting on line {LINE}", "quot"),
    ),
    "a quote in each title, not closed": (
        FILE,
        GOOD.replace(b",Sunny", b',"Sunny'),
        ("starting on line 2: broken quoting",),
    ),
    "a quote that swallows one row": (
        FILE,
        with_name('"Nice').replace(b",Sunny room 51,", b',Nice",'),
        (f"starting on line {LINE}, column 'name'", "goes over 2 lines", "15 commas"),
    ),
    "a quote that swallows 50 rows": (
        FILE,
        with_name('"Nice').replace(b",Sunny room 100,", b',Nice",'),
        (f"starting on line {LINE}, column 'name'", "goes over 51 lines", "750 commas"),
    ),
    "the same beside a legal bare quote": (
        FILE,
        with_name('"Nice').replace(b",Sunny room 100,", b',Nice",').replace(b"room 3,", b'12" 3,'),
        (f"starting on line {LINE}, column 'name'", "goes over 51 lines"),
    ),
    "a value of 200,000 characters": (
        FILE,
        with_name("x" * 200_000),
        (f"starting on line {LINE}", "longer than 131,072 characters"),
    ),
    "a quoted value of 200,000 characters": (
        FILE,
        with_name('"' + "x, " * 70_000 + '"'),
        (f"starting on line {LINE}", "longer than 131,072 characters"),
    ),
    "all prices in cents": (
        FILE,
        as_csv([row | {"price": row["price"] + "00"} for row in good_rows()]),
        ("None of the 200 delivered rows", "line 2: price 6000 is not in 10 to 350"),
    ),
    "all rows in another city": (
        FILE,
        as_csv([row | {"latitude": "48.86", "longitude": "2.35"} for row in good_rows()]),
        ("None of the 200 delivered rows", "latitude 48.86 is not in 40.5 to 41.2"),
    ),
    "latitude and longitude swapped": (
        FILE,
        replaced(b"latitude,longitude", b"longitude,latitude"),
        ("None of the 200 delivered rows", "outside_city: 200 rows"),
    ),
    "borough and neighbourhood swapped": (
        FILE,
        replaced(b"neighbourhood_group,neighbourhood", b"neighbourhood,neighbourhood_group"),
        ("None of the 200 delivered rows", "unknown_value: 200 rows"),
    ),
    "all rows without an id": (
        FILE,
        as_csv([row | {"id": ""} for row in good_rows()]),
        ("None of the 200 delivered rows", "missing_value: 200 rows", "id is missing"),
    ),
    "all reviews in the future": (
        FILE,
        as_csv([row | {"last_review": "2031-01-01"} for row in good_rows()]),
        ("None of the 200 delivered rows", "impossible_value: 200 rows"),
    ),
}  # fmt: skip


def test_the_good_drop_is_good(tmp_path: Path, parameters: Any) -> None:
    """All rows of what the cases spoil are listings."""
    week = process_week(tmp_path, {DAY: GOOD}, parameters)
    assert (len(week.listings), len(week.rejected)) == (200, 0)


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, parameters: Any, case: str) -> None:
    """The message names the file and says what is wrong, and where."""
    name, content, told = REFUSED[case]
    text = refusal(tmp_path, {name: content}, parameters)
    assert DAY in text
    for part in told:
        assert part in text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("listings.csv", "its name must be the date of delivery"),
        ("2024-13-01.csv", "its name must be the date of delivery"),
        ("2024-01-15.xlsx", "its name must be the date of delivery"),
        ("2024-01-15.CSV", "its name must be the date of delivery"),
        ("2024-01-15 (1).csv", "its name must be the date of delivery"),
        ("0001-01-01.csv", "the year of its name is not in 2000 to 2199"),
        ("9999-01-01.csv", "the year of its name is not in 2000 to 2199"),
    ],
)
def test_a_file_with_a_name_that_is_no_date_is_refused(
    tmp_path: Path, parameters: Any, name: str, told: str
) -> None:
    """A delivery is never passed over in silence."""
    text = refusal(tmp_path, {"2024-01-08": GOOD, name: GOOD}, parameters)
    assert f"{name} is not a drop: " in text
    assert told in text


def test_two_files_of_one_day_are_refused(tmp_path: Path, parameters: Any) -> None:
    """It is not ours to choose."""
    drops = {f"{DAY}.csv": GOOD, f"{DAY}.csv.gz": gzip.compress(GOOD)}
    text = refusal(tmp_path, drops, parameters)
    assert f"has two drops of {DAY}: {DAY}.csv and {DAY}.csv.gz" in text


@pytest.mark.parametrize("name", [FILE, "old"])
def test_a_folder_among_the_drops_is_refused(tmp_path: Path, parameters: Any, name: str) -> None:
    """Even an empty one: something was meant by it."""
    (tmp_path / "raw" / name).mkdir(parents=True)
    assert f"{name} is not a drop" in refusal(tmp_path, {"2024-01-08": GOOD}, parameters)


def test_a_pipe_among_the_drops_is_refused(tmp_path: Path, parameters: Any) -> None:
    """Reading it would wait for ever."""
    (tmp_path / "raw").mkdir()
    os.mkfifo(tmp_path / "raw" / FILE)
    text = refusal(tmp_path, {"2024-01-08": GOOD}, parameters)
    assert "it is not a regular file" in text


@pytest.mark.parametrize(
    ("content", "told"),
    [("Café".encode("latin-1"), "byte 0xe9 in line 1 is not UTF-8"), (None, "it is a folder")],
)
def test_a_note_that_cannot_be_read_is_refused(
    tmp_path: Path, parameters: Any, content: bytes | None, told: str
) -> None:
    """SOURCE.md is looked at before anything is made of the drops."""
    note = tmp_path / "raw/SOURCE.md"
    note.parent.mkdir()
    note.mkdir() if content is None else note.write_bytes(content)
    text = refusal(tmp_path, {DAY: GOOD}, parameters)
    assert "SOURCE.md can't be read" in text
    assert told in text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"as_of": "2024-01-14"}, "has no drop up to 2024-01-14"),
        ({"as_of": "2024-03-12"}, "is older than 8 weeks"),
        ({"as_of": "yesterday"}, "as_of=yesterday is not a date"),
        ({"exclude_drops": ["2024-01-08"]}, "exclude_drops has 2024-01-08, but there is no such"),
        ({"exclude_drops": [DAY]}, "exclude_drops has all of them"),
    ],
)
def test_a_week_without_drops_is_refused(
    tmp_path: Path, parameters: Any, settings: dict[str, Any], told: str
) -> None:
    """The window that leaves nothing is named."""
    assert told in refusal(tmp_path, {DAY: GOOD}, parameters, **settings)


def test_a_bad_second_week_leaves_the_first_one_as_it_was(tmp_path: Path, parameters: Any) -> None:
    """What was typed before is still there, whole."""
    process_week(tmp_path, {DAY: GOOD}, parameters)
    before = {file.name: file.read_bytes() for file in (tmp_path / "typed_drops").iterdir()}
    (tmp_path / "raw/2024-01-22.csv").write_bytes(with_name('"Nice" room'))
    with pytest.raises(UserInputError, match=r"2024-01-22\.csv, record starting on line 52"):
        process_folder(tmp_path / "raw", parameters)
    assert {file.name: file.read_bytes() for file in (tmp_path / "typed_drops").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw", "typed_drops"]


HARMLESS = {
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "line ends of Windows": GOOD.replace(b"\n", b"\r\n"),
    "line ends of old Macs": GOOD.replace(b"\n", b"\r"),
    "no line end at the end": GOOD.rstrip(b"\n"),
    "blank lines": GOOD.replace(b"\n", b"\n\n"),
    "all values quoted": as_csv(good_rows(), quoting=1),
    "columns in another order": as_csv(good_rows(), RAW_COLUMNS[::-1]),
    "blanks around the names of columns": GOOD.replace(b",name,", b", name ,", 1),
    "blanks around a place": replaced(b",Queens,", b", Queens  ,"),
    "whole numbers with .0": as_csv(
        [row | {"id": f"{row['id']}.0", "price": f"+{row['price']}"} for row in good_rows()]
    ),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_means_the_same_is_read_the_same(tmp_path: Path, parameters: Any, case: str) -> None:
    """Other ways to write a drop give the same listings."""
    (tmp_path / "good").mkdir()
    good = process_week(tmp_path / "good", {DAY: GOOD}, parameters)
    week = process_week(tmp_path, {DAY: HARMLESS[case]}, parameters)
    assert week.report["listings_digest"] == good.report["listings_digest"]
    assert week.listings.equals(good.listings)


def test_quotes_and_line_breaks_inside_titles_are_kept_or_become_blanks(
    tmp_path: Path, parameters: Any
) -> None:
    """Quoted as CSV wants it, or bare where CSV allows it."""
    titles = ['The "Nest", quiet', 'room with a 12" screen', "two\nlines", 'a ""b""']
    rows = [good_row(number) | {"name": title} for number, title in enumerate(titles)]
    bare = as_csv(rows).replace(b'"room with a 12"" screen"', b'room with a 12" screen')
    week = process_week(tmp_path, {DAY: bare}, parameters)
    assert week.listings["name"].tolist() == [*titles[:2], "two lines", titles[3]]
    assert week.typed[DAY]()["line"].tolist() == [2, 3, 4, 6]

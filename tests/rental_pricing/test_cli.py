"""Bad input, as a user meets it: exit code, one message, nothing half-written."""

from __future__ import annotations

import gc
import gzip
import logging
import shutil
from typing import TYPE_CHECKING, Any

import click
import pytest
from kedro.framework.startup import bootstrap_project

from rental_pricing.cli import run as run_command
from rental_pricing.listings.columns import RAW_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEADER = ",".join(RAW_COLUMNS)
PLACES = {
    "Bronx": (40.85, -73.88),
    "Brooklyn": (40.68, -73.95),
    "Manhattan": (40.76, -73.98),
    "Queens": (40.74, -73.89),
    "Staten Island": (40.60, -74.10),
}

ROOM_TYPES = ("Entire home/apt", "Private room", "Shared room")


def row(number: int = 1, borough: str = "Queens", **values: object) -> str:
    latitude, longitude = PLACES[borough]
    fields = {
        "id": number,
        "name": f"Room {number}",
        "host_id": number,
        "host_name": "Ann",
        "neighbourhood_group": borough,
        "neighbourhood": "Centre",
        "latitude": latitude,
        "longitude": longitude,
        "room_type": ROOM_TYPES[number % 3],
        "price": 60 + number % 90,
        "minimum_nights": 2,
        "number_of_reviews": 6,
        "last_review": "2019-05-26",
        "reviews_per_month": 0.13,
        "calculated_host_listings_count": 1,
        "availability_365": 5,
    }
    return ",".join(str(value) for value in (fields | values).values())


def drop(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def good_rows(boroughs: tuple[str, ...] = tuple(PLACES)) -> list[str]:
    return [row(number, boroughs[number % len(boroughs)]) for number in range(1, 1201)]


@pytest.fixture(scope="module")
def earlier_results(
    new_project: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The data folder that an earlier, good run left, without its drops."""
    project = new_project(tmp_path_factory.mktemp("earlier") / "project")
    (project.drops / "2024-01-01.csv").write_bytes(drop(*good_rows()))
    project.run(("data_processing", "data_validation"))
    (project.drops / "2024-01-01.csv").unlink()
    return project.path / "data"


@pytest.fixture
def run(
    project: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the project's ``kedro run`` command in this process."""

    def command(*arguments: str) -> tuple[int, str]:
        bootstrap_project(project.path)
        monkeypatch.chdir(project.path)
        with pytest.raises(SystemExit) as stop:
            run_command.main(["--pipelines", "data_processing,data_validation", *arguments])
        return int(stop.value.code or 0), capsys.readouterr().err

    return command


@pytest.fixture(autouse=True)
def _no_filter_is_left_behind() -> Iterator[None]:
    names = ("kedro.pipeline.node", "kedro.validation.parameter_validator")
    before = {name: list(logging.getLogger(name).filters) for name in names}
    yield
    assert {name: logging.getLogger(name).filters for name in names} == before


def assert_told(outcome: tuple[int, str], *told: str) -> None:
    code, text = outcome
    assert code == 1
    for part in told:
        assert part in text
    assert "Traceback" not in text
    assert text.count("Error: ") == 1
    assert len(text.splitlines()) <= 20


BAD_FILES = {
    "empty file": (b"", "2024-01-08.csv is empty", "Deliver the file again"),
    "header only": (drop(), "2024-01-08.csv has a header but no rows", "Deliver the file again"),
    "missing column": (
        drop(row()).replace(b"price,", b"", 1),
        "2024-01-08.csv, line 1: column 'price' is missing",
        "Correct the header",
    ),
    "extra column": (
        drop(row() + ",1").replace(b"_365\n", b"_365,license\n"),
        "line 1: column 'license' is not expected",
        "Correct the header",
    ),
    "renamed column": (
        drop(row()).replace(b"room_type", b"roomtype"),
        "column 'roomtype' is not expected (did you mean 'room_type'?)",
        "Correct the header",
    ),
    "wrong delimiter": (
        drop(row()).replace(b",", b";"),
        "line 1: the columns are separated by ';', not by a comma",
        "Export the file again, comma-separated",
    ),
    "broken quoting": (
        drop(row(1), row(2, name='"Nice" room')),
        "record starting on line 3: broken quoting",
        "Export the file again as standard CSV",
    ),
    "not UTF-8": (
        drop(row(1), row(2, host_name="Renée")).decode().encode("latin-1"),
        "line 3, column 'host_name': byte 0xe9 is not UTF-8",
        "Save the file with the encoding UTF-8",
    ),
    "price as text": (
        drop(row(1), row(2, price="cheap")),
        "2024-01-08.csv, line 3, column 'price': 'cheap' is not a finite number",
        "malformed_rows=set_aside",
    ),
    "price with currency": (
        drop(row(1), row(2, price='"$1,200"')),
        "2024-01-08.csv, line 3, column 'price': '$1,200' is not a finite number",
        "no currency sign",
    ),
    "negative price": (
        drop(row(1), row(2, price=-50)),
        "2024-01-08.csv, line 3, column 'price': '-50' is negative",
        "Correct the files",
    ),
    "infinite price": (
        drop(row(1), row(2, price="inf")),
        "2024-01-08.csv, line 3, column 'price': 'inf' is not a finite number",
        "Correct the files",
    ),
    "dates in another format": (
        drop(row(1), row(2, last_review="26/05/2019")),
        "line 3, column 'last_review': '26/05/2019' is not a date of the form YYYY-MM-DD",
        "dates as YYYY-MM-DD",
    ),
    "all rows rejected": (
        drop(row(1, price=0), row(2, price=9999)),
        "None of the 2 delivered rows can be used",
        "drop 2024-01-08, line 2: price 0 is not in 10 to 350",
        "price range in conf/base/parameters.yml",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_stops_the_run_and_leaves_earlier_results(
    project: Any, earlier_results: Path, run: Callable[..., tuple[int, str]], case: str
) -> None:
    """One message names file, place and remedy; no file of an earlier run is touched."""
    content, *told = BAD_FILES[case]
    shutil.copytree(earlier_results, project.path / "data", dirs_exist_ok=True)
    before = project.outputs()
    assert before
    (project.drops / "2024-01-08.csv").write_bytes(content)
    assert_told(run(), *told)
    assert project.outputs() == before


def test_a_folder_that_is_missing_is_told(run: Callable[..., tuple[int, str]]) -> None:
    """The message says how to name another one."""
    assert_told(run("--params", "drops=nowhere"), "nowhere does not exist", "drops=FOLDER")


def test_a_folder_that_is_empty_is_told(run: Callable[..., tuple[int, str]]) -> None:
    """The message says what to put there."""
    assert_told(run(), "data/01_raw/listings has no drop", "YYYY-MM-DD.csv")


def test_a_drop_whose_name_is_no_date_is_told(
    project: Any, run: Callable[..., tuple[int, str]]
) -> None:
    """The file is named, with what its name has to be."""
    (project.drops / "listings_july.csv.gz").write_bytes(gzip.compress(drop(row())))
    assert_told(run(), "listings_july.csv.gz is not a drop", "Rename it or move it")


def test_one_borough_only_fails_the_validation(
    project: Any, run: Callable[..., tuple[int, str]]
) -> None:
    """The report is saved; the message names the rule, the column and the boroughs."""
    (project.drops / "2024-01-08.csv").write_bytes(drop(*good_rows(("Queens",))))
    assert_told(
        run(),
        "By drop 2024-01-08",
        "boroughs_present [neighbourhood_group]",
        "Bronx: 0 rows",
        "corrected, removed, or excluded",
    )
    assert project.load("validation_report")["passed"] is False


def test_one_row_fails_the_validation(project: Any, run: Callable[..., tuple[int, str]]) -> None:
    """A single listing is far below the least number of rows."""
    (project.drops / "2024-01-08.csv").write_bytes(drop(row()))
    assert_told(run(), "row_count: number of listings: found 1, limit 1000 to")


def test_a_wrong_parameter_is_told(run: Callable[..., tuple[int, str]]) -> None:
    """A mistyped name ends in one message as well."""
    assert_told(run("--params", "modelling.seed=1"), "did you mean 'modeling'?")
    assert_told(run("--params", "data_processing.malformed_rows=ignore"), "'fail' or 'set_aside'")


def test_the_traceback_can_be_asked_for(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--traceback`` lets the exception through, for those who look for a defect."""
    bootstrap_project(project.path)
    monkeypatch.chdir(project.path)
    with pytest.raises(Exception, match="has no drop"):
        run_command.main(["--traceback"])


def test_a_run_leaves_the_garbage_collector_as_it_was(run: Callable[..., tuple[int, str]]) -> None:
    """A process may go on after a run that collected less often."""
    before = gc.get_threshold()
    run("--params", "modelling.seed=1")
    assert gc.get_threshold() == before


def test_an_unexpected_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the user can remedy is shortened; a defect shows where it is."""
    from rental_pricing.cli import run_command

    def broken(**_: object) -> None:
        raise ZeroDivisionError

    command = run_command._with_clear_errors(click.Command("run", callback=broken))
    with pytest.raises(ZeroDivisionError):
        command.main([])
    del monkeypatch


def test_ctrl_c_is_told_as_such_where_python_makes_another_error_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As when it meets a class in the making, of a module on its way in."""
    from rental_pricing.cli import run_command

    class Meets:
        def __set_name__(self, *_: object) -> None:
            raise KeyboardInterrupt

    def makes_a_class(**_: object) -> None:
        type("Made", (), {"field": Meets()})

    command = run_command._with_clear_errors(click.Command("run", callback=makes_a_class))
    with pytest.raises(SystemExit) as stopped:
        command.main([])
    assert stopped.value.code == 130
    assert capsys.readouterr().err.startswith("Error: Interrupted. Nothing more was run")
    with pytest.raises((KeyboardInterrupt, RuntimeError)):
        command.main(["--traceback"], standalone_mode=False)


def test_the_kedro_command_itself_exits_with_1_and_one_message(project: Any) -> None:
    """What the other tests do in-process holds for the real command."""
    (project.drops / "2024-01-08.csv").write_bytes(b"")
    done = project.kedro("run", "--pipelines", "data_processing")
    assert done.code == 1
    assert done.output.count("2024-01-08.csv is empty") == 1
    assert "Traceback" not in done.output

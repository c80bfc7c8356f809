"""The page of benchmarks is what the scripts have kept, and the scripts keep what they found."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from shared import results
from shared.page import ELSEWHERE, ORDER, markdown, render, verdict
from shared.results import MET, MISSED, PAGE, RESULTS, Section, Table, Target, close

BENCHMARKS = RESULTS.parent
WRITERS = {"bench", "page"}
COMMAND = ["benchmarks/growth.py", "--rows", "20000", "--folder"]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let results and the page go to a folder of the test's."""
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(results, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(sys, "argv", [*COMMAND, str(tmp_path)])
    return tmp_path


def section(found: float) -> Section:
    table = Table("Sizes:", ["rows", "seconds"], [["20,000", "1.5"]])
    return Section("Growth", "How it grows.", [table], [Target("exponent", found, 1.05, "")])


def given(*, quick: bool = False, no_write: bool = False) -> Namespace:
    return Namespace(quick=quick, no_write=no_write, pairs=1)


def test_the_page_is_what_the_scripts_have_kept() -> None:
    """No figure of the page is typed in: ``python benchmarks/page.py`` makes it anew."""
    assert PAGE.read_text(encoding="utf-8") == render(RESULTS)


def test_each_script_has_its_place_on_the_page_or_is_named_as_one_of_another() -> None:
    scripts = {file.stem for file in BENCHMARKS.glob("*.py")} - WRITERS
    assert {*ORDER, *ELSEWHERE} == scripts


def test_a_script_keeps_its_results_with_command_machine_and_versions(kept: Path) -> None:
    assert close(section(1.0), given()) == MET
    told = json.loads((kept / "results/growth.json").read_text(encoding="utf-8"))
    assert told["command"] == f"python {' '.join(COMMAND)} {kept.name}"
    assert {"processor", "cores", "memory", "system", "load"} == set(told["machine"])
    assert "kedro" in told["versions"]
    page = (kept / "page.md").read_text(encoding="utf-8")
    assert "## Growth" in page
    assert told["command"] in page
    assert told["day"] in page


def test_a_script_rewrites_its_own_part_alone(kept: Path) -> None:
    close(section(1.0), given())
    other = (kept / "results/growth.json").read_text(encoding="utf-8").replace("Growth", "Start")
    (kept / "results/start_up.json").write_text(other, encoding="utf-8")
    close(section(1.01), given())
    page = (kept / "page.md").read_text(encoding="utf-8")
    assert page.index("## Growth") < page.index("## Start")
    assert "exponent 1.01" in page
    assert (kept / "results/start_up.json").read_text(encoding="utf-8") == other


@pytest.mark.parametrize(
    ("found", "status"), [(1.05, MET), (1.0501, MISSED), (float("nan"), MISSED)]
)
def test_a_missed_target_is_told_and_fails(found: float, status: int, kept: Path) -> None:
    assert close(section(found), given()) == status
    assert (kept / "page.md").read_text(encoding="utf-8").count("MISSED") == int(status == MISSED)


@pytest.mark.parametrize("how", [{"quick": True}, {"no_write": True}])
def test_the_quick_form_writes_nothing(how: dict[str, bool], kept: Path) -> None:
    close(section(1.0), given(**how))
    assert list(kept.iterdir()) == []


def test_the_quick_form_judges_nothing(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert close(section(9.0), given(quick=True)) == MET
    assert "not judged: MISSED" in capsys.readouterr().out
    assert kept.exists()


@pytest.mark.parametrize(("found", "word"), [(25_000, "met"), (24_999, "MISSED")])
def test_a_least_value_has_to_be_reached(found: float, word: str) -> None:
    target = {"what": "rows", "found": found, "limit": 25_000, "unit": "", "is_least": True}
    assert verdict(target).startswith(word)


def test_a_table_with_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        markdown(["a", "b"], [["1"]])

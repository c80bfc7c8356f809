"""All benchmarks by one command: which have ended how."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let three scripts stand for the benchmarks: one is met, one broken, one without data."""
    said = "import sys; print('given', *sys.argv[1:]); "
    for name, end in (("growth", "pass"), ("service", "1 / 0"), ("accuracy", "sys.exit(2)")):
        (tmp_path / f"{name}.py").write_text(said + end, encoding="utf-8")
    monkeypatch.setattr(bench, "HERE", tmp_path)
    monkeypatch.setattr(bench, "ORDER", ("growth", "service", "accuracy"))
    monkeypatch.setattr(bench, "ELSEWHERE", ())
    return tmp_path


@pytest.mark.parametrize(
    ("names", "status"),
    [(["growth"], 0), (["accuracy"], 0), (["growth", "service"], 1), ([], 1)],
)
def test_a_broken_script_fails_all_and_one_without_data_none(
    names: list[str], status: int, scripts: Path
) -> None:
    assert scripts.exists()
    assert bench.main([*names, "--quick"]) == status


def test_each_script_gets_the_options_and_its_line(
    scripts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert scripts.exists()
    bench.main(["--quick"])
    told = capfd.readouterr().out
    assert told.count("given --quick") == 3
    lines = told.splitlines()[-3:]
    assert [line.split()[0] for line in lines] == ["growth", "service", "accuracy"]
    assert "met" in lines[0]
    assert "MISSED or broken" in lines[1]
    assert "data are not there" in lines[2]


def test_a_name_that_is_none_is_refused_before_anything_runs(
    scripts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert scripts.exists()
    assert bench.main(["grwoth", "--quick"]) == 2
    told = capfd.readouterr()
    assert "'grwoth'" in told.err
    assert "given" not in told.out

"""Paired rounds, and the memory of each process by itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from shared.pairs import in_turns, median_ratio, turned
from shared.processes import clean_environment, high_water, role_of, run
from shared.stages import read_stages


def test_what_is_compared_runs_in_another_order_each_round() -> None:
    order: list[str] = []
    calls = {name: lambda name=name: order.append(name) for name in ("a", "b", "c")}
    in_turns(calls, 3)  # type: ignore[arg-type]
    assert order == ["a", "b", "c", "a", "c", "b", "c", "a", "b"]


def test_every_one_is_first_once_in_as_many_rounds_as_there_are() -> None:
    names = ["a", "b", "c", "d"]
    assert len({tuple(turned(names, number)) for number in range(4)}) == 4


def test_the_ratio_is_the_median_of_the_rounds_not_of_the_times() -> None:
    assert median_ratio([1, 20, 3], [1, 10, 6]) == 1.0


def test_rounds_that_were_not_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        median_ratio([1.0, 2.0], [1.0])


def test_the_memory_of_a_command_is_not_that_of_the_process_that_started_it(
    tmp_path: Path,
) -> None:
    """The kernel's ``ru_maxrss`` begins at what the starting process had: not so here."""
    ballast = bytearray(os.urandom(1) * 400_000_000)
    command = [sys.executable, "-c", "import time; time.sleep(0.5)"]
    cost = run(command, tmp_path, {})
    assert high_water(psutil.Process()) > len(ballast)
    assert 0 < cost.memory["command"] < 200_000_000


def test_a_child_has_its_own_memory_under_its_own_role(tmp_path: Path) -> None:
    child = "import time; held = bytearray(b'x' * 150_000_000); time.sleep(0.6)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = run([sys.executable, "-c", code], tmp_path, {})
    assert cost.memory["other"] > 150_000_000 > cost.memory["command"]


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3:\nno drops"):
        run([sys.executable, "-c", "import sys; print('no drops'); sys.exit(3)"], tmp_path, {})


def test_what_is_measured_neither_finds_an_account_nor_compiles_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WANDB_API_KEY", "PYTHONDONTWRITEBYTECODE", "KEPT"):
        monkeypatch.setenv(name, "1")
    found = clean_environment(tmp_path)
    assert not {"WANDB_API_KEY", "PYTHONDONTWRITEBYTECODE"} & set(found)
    assert found["KEPT"] == "1"


@pytest.mark.parametrize(
    ("command", "role"),
    [
        (["python", "-c", "from kedro_wandb.tracker.main import main; main()"], "tracker"),
        (["python", "-c", "from multiprocessing.spawn import spawn_main"], "worker"),
        (["git", "status"], "other"),
    ],
)
def test_processes_are_told_apart_by_their_commands(command: list[str], role: str) -> None:
    assert role_of(command) == role


def test_the_pieces_of_a_pipeline_add_up_and_its_peak_is_the_highest(tmp_path: Path) -> None:
    told = tmp_path / "stages.jsonl"
    told.write_text(
        '{"stage": "start", "seconds": 9, "memory": 9}\n'
        '{"stage": "modeling", "seconds": 1.5, "memory": 7}\n'
        '{"stage": "modeling", "seconds": 0.5, "memory": 3}\n'
        '{"stage": "end", "seconds": 9, "memory": 9}\n',
        encoding="utf-8",
    )
    stages = read_stages(told)
    assert list(stages) == ["modeling"]
    assert (stages["modeling"].seconds, stages["modeling"].memory) == (2.0, 7)

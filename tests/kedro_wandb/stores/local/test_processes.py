"""Processes that live, are gone, or are another's."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from kedro_wandb.stores.local.processes import Process


@pytest.fixture
def other() -> Process:
    """A process that has come to its end, as it told itself."""
    code = "from kedro_wandb.stores.local.processes import Process; print(Process.current())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    process = Process.parse(done.stdout.strip())
    assert process is not None
    return process


def test_this_process_lives() -> None:
    """The one that asks is not gone, and comes back from its text."""
    current = Process.current()
    assert not current.is_gone
    assert Process.parse(str(current)) == current


def test_ended_process_is_gone(other: Process) -> None:
    """Another process that has ended is gone, also where no start is known."""
    assert other.is_gone
    assert replace(other, mark="").is_gone


def test_process_of_another_machine_is_not_known_to_be_gone(other: Process) -> None:
    """Nothing can be seen of it from here."""
    assert not replace(other, host="elsewhere").is_gone


@pytest.mark.skipif(not Process.current().mark, reason="the system does not tell starts")
def test_later_process_of_the_same_number_is_another() -> None:
    """Numbers are given again; the start tells the processes apart."""
    assert replace(Process.current(), mark="1xother-boot").is_gone


def test_unwaited_process_is_gone() -> None:
    """A killed child that its parent has not asked for yet runs no more."""
    code = (
        "from kedro_wandb.stores.local.processes import Process;"
        "print(Process.current(), flush=True);"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code + "input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        process = Process.parse(child.stdout.readline().strip())
        assert process is not None
        assert not process.is_gone
        child.kill()
        assert child.stdout.read() == ""  # its end has closed the pipe
        for _ in range(1000):
            if process.is_gone:
                break
        assert process.is_gone

"""The line to the tracker process: never blocking, always bounded."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kedro_wandb.protocol.line import Line, TrackerGoneError
from kedro_wandb.protocol.process import LOG, TrackerProcess, Trackers


@pytest.fixture
def pipes() -> Iterator[tuple[Line, int, int]]:
    """Our line, and the other end's read and write descriptors."""
    (there, to), (back, answer) = os.pipe(), os.pipe()
    line = Line(to, back)
    yield line, there, answer
    line.close()
    for descriptor in (there, answer):
        try:
            os.close(descriptor)
        except OSError:
            continue  # closed by the test


def test_messages_arrive_in_order(pipes: tuple[Line, int, int]) -> None:
    """One a line, whatever they hold."""
    line, there, _ = pipes
    line.send({"op": "saved", "dataset": "größe\nx"})
    line.send({"op": "end"})
    assert os.read(there, 1000).count(b"\n") == 2


def test_a_reader_that_does_not_read_blocks_nobody(pipes: tuple[Line, int, int]) -> None:
    """What the pipe does not take is kept, and sent when there is room."""
    line, there, answer = pipes
    begin = time.monotonic()
    for _ in range(50):
        line.send({"op": "x", "text": "y" * 10_000})
    assert time.monotonic() - begin < 1
    os.write(answer, b'{"op": "done"}\n')
    received = 0
    while received < 50:
        received += os.read(there, 1 << 20).count(b"\n")
        line.send({"op": "more"}) if received < 50 else None
    assert line.receive(time.monotonic() + 1) == {"op": "done"}


def test_an_answer_is_waited_for_until_the_deadline(pipes: tuple[Line, int, int]) -> None:
    """And no longer; half a line is no answer."""
    line, _, answer = pipes
    os.write(answer, b'{"op":')
    begin = time.monotonic()
    assert line.receive(begin + 0.2) is None
    assert 0.2 <= time.monotonic() - begin < 1
    os.write(answer, b' "done"}\n')
    assert line.receive(time.monotonic() + 1) == {"op": "done"}


def test_a_process_that_is_gone_is_noticed(pipes: tuple[Line, int, int]) -> None:
    """On reading and on writing."""
    line, there, answer = pipes
    os.close(answer)
    with pytest.raises(TrackerGoneError):
        line.receive(time.monotonic() + 1)
    os.close(there)
    with pytest.raises(TrackerGoneError):
        line.send({"op": "end"})


@pytest.fixture
def tracker() -> Iterator[TrackerProcess]:
    """A real tracker process."""
    process = TrackerProcess(dict(os.environ))
    yield process
    process.close()


def test_a_tracker_answers_also_what_makes_no_sense(tracker: TrackerProcess) -> None:
    """A plan that can't be read is a problem told, not the end of the process."""
    tracker.send({"op": "begin", "plan": {"wrong": 1}})
    tracker.send({"op": "saved", "dataset": "x", "partitions": []})
    tracker.send({"op": "end", "state": "finished"})
    answer = tracker.answer()
    assert answer["rows"] == []
    assert "ValidationError" in answer["problems"][0]
    assert tracker.is_alive


def test_a_tracker_ends_with_its_line(tracker: TrackerProcess) -> None:
    """Quickly, and without being killed."""
    begin = time.monotonic()
    tracker.close()
    assert not tracker.is_alive
    assert time.monotonic() - begin < 2


def test_an_idle_tracker_serves_the_next_run_with_the_same_environment() -> None:
    """Another environment, such as another key, needs another process."""
    trackers = Trackers()
    environment = dict(os.environ)
    first = trackers.take(environment)
    trackers.give_back(first)
    assert trackers.take(environment) is first
    trackers.give_back(first)
    second = trackers.take(environment | {"WANDB_BASE_URL": "http://127.0.0.1:9"})
    assert second is not first
    assert not first.is_alive
    trackers.give_back(second)
    trackers.close()
    assert not second.is_alive


def test_what_the_tracker_says_goes_to_a_log_if_one_is_named(tmp_path: Path) -> None:
    """And never between the messages."""
    log = tmp_path / "log"
    process = TrackerProcess({**os.environ, "PYTHONVERBOSE": "1", LOG: str(log)})
    process.send({"op": "end", "state": "finished"})
    assert process.answer()["op"] == "done"
    process.close()
    assert b"import" in log.read_bytes()


def test_importing_the_hook_is_cheap() -> None:
    """Kedro imports it at each command: neither the SDK nor pandas nor the stores come along."""
    import subprocess

    script = "import sys, kedro_wandb.hook.events; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert not {"wandb", "pandas", "sqlite3", "kedro_wandb.hook.planning"} & loaded

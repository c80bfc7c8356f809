"""The line to the tracker process: never blocking, always bounded."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kedro_wandb.protocol import process as module
from kedro_wandb.protocol.line import Line, TrackerGoneError
from kedro_wandb.protocol.process import (
    LOG,
    TrackerBusyError,
    TrackerProcess,
    Trackers,
    await_answer,
)

SOON = 10.0
"""Seconds after which something would not have come at once, however busy the machine is."""


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
    assert time.monotonic() - begin < SOON
    os.write(answer, b'{"op": "done"}\n')
    received = 0
    while received < 50:
        received += os.read(there, 1 << 20).count(b"\n")
        line.send({"op": "more"}) if received < 50 else None
    assert line.receive(time.monotonic() + SOON) == {"op": "done"}


def test_an_answer_is_waited_for_until_the_deadline(pipes: tuple[Line, int, int]) -> None:
    """And no longer; half a line is no answer."""
    line, _, answer = pipes
    os.write(answer, b'{"op":')
    begin = time.monotonic()
    assert line.receive(begin + 0.2) is None
    assert 0.2 <= time.monotonic() - begin < SOON
    os.write(answer, b' "done"}\n')
    assert line.receive(time.monotonic() + SOON) == {"op": "done"}


def test_a_process_that_is_gone_is_noticed(pipes: tuple[Line, int, int]) -> None:
    """On reading and on writing."""
    line, there, answer = pipes
    os.close(answer)
    with pytest.raises(TrackerGoneError):
        line.receive(time.monotonic() + SOON)
    os.close(there)
    with pytest.raises(TrackerGoneError):
        line.send({"op": "end"})


def test_descriptors_above_1023_are_as_good_as_others() -> None:
    """A service with many connections has no lower ones left."""
    (there, to), (back, answer) = os.pipe(), os.pipe()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(2048, limit[0]), limit[1]))
    line = Line(fcntl.fcntl(to, fcntl.F_DUPFD, 1100), fcntl.fcntl(back, fcntl.F_DUPFD, 1101))
    line.send({"op": "end"})
    os.write(answer, b'{"op": "done"}\n')
    assert line.receive(time.monotonic() + SOON) == {"op": "done"}
    line.close()
    for descriptor in (there, to, back, answer):
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def words(*moved: int, seconds: float = 5.0) -> bytes:
    """Return what a tracker at work says."""
    found = [{"op": "wait", "seconds": seconds, "moved": each, "what": "rows"} for each in moved]
    return b"".join(json.dumps(each).encode() + b"\n" for each in found)


def test_as_long_as_there_are_words_an_answer_is_waited_for(pipes: tuple[Line, int, int]) -> None:
    """However short the patience with silence is; each word is passed on."""
    line, _, answer = pipes
    os.write(answer, words(1, 2))
    threading.Timer(0.4, os.write, [answer, b'{"op": "done"}\n']).start()
    seen: list[int] = []
    told = await_answer(line, patience=0.1, watch=lambda word: seen.append(word["moved"]))
    assert (told, seen) == ({"op": "done"}, [1, 2])


def test_a_word_lends_no_more_time_than_it_says(pipes: tuple[Line, int, int]) -> None:
    """And words do not add up, however many there are."""
    line, _, answer = pipes
    os.write(answer, words(*range(500), seconds=0.2))
    begin = time.monotonic()
    with pytest.raises(TrackerGoneError, match="no word"):
        await_answer(line, patience=0.1)
    assert 0.2 <= time.monotonic() - begin < SOON


def test_whoever_sets_a_cap_waits_no_longer(pipes: tuple[Line, int, int]) -> None:
    """Though there is progress."""
    line, _, answer = pipes
    os.write(answer, words(1))
    begin = time.monotonic()
    with pytest.raises(TrackerBusyError, match="still at work"):
        await_answer(line, cap=0.2)
    assert 0.2 <= time.monotonic() - begin < SOON


def test_all_waits_in_which_nothing_moves_have_one_cap(
    pipes: tuple[Line, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers each request just in time would else hold the run for ever."""
    line, _, answer = pipes
    monkeypatch.setattr(module, "STILL", 0.2)
    os.write(answer, words(1))
    later = [threading.Timer(after, os.write, [answer, words(1)]) for after in (0.15, 0.3, 0.45)]
    for each in later:
        each.start()
    with pytest.raises(TrackerBusyError, match="still at work"):
        await_answer(line)
    for each in later:
        each.join()


def test_what_lies_in_the_working_directory_is_no_module_of_the_tracker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a user's own queue.py, or the SDK's folder wandb."""
    (tmp_path / "queue.py").write_text("raise SystemExit('this is none of yours')")
    monkeypatch.chdir(tmp_path)
    process = TrackerProcess(dict(os.environ))
    process.send({"op": "end", "state": "finished"})
    assert process.answer()["op"] == "done"
    process.close()


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    """Neither of the tracker nor of what it loads."""
    process = TrackerProcess({**os.environ, "TMPDIR": str(tmp_path)})
    process.send({"op": "end", "state": "finished"})
    assert process.answer()["op"] == "done"
    assert [path.name[:12] for path in tmp_path.iterdir()] == ["kedro-wandb-"]
    process.close()
    assert list(tmp_path.iterdir()) == []


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


def test_a_tracker_ends_with_its_line(
    tracker: TrackerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without being killed."""
    monkeypatch.setattr(module, "_GOODBYE", 60)
    tracker.close()
    assert not tracker.is_alive
    assert tracker._process.returncode == 0


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

"""Signs of life, as Kedro's process gets them while it waits."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from project import until

from kedro_wandb.tracker import pulse as module
from kedro_wandb.tracker.pulse import Pulse


def test_nothing_is_said_until_somebody_waits() -> None:
    """Else the line would fill up in a long run, and hold the tracker."""
    said: list[Any] = []
    pulse = Pulse(said.append, every=0.01)
    pulse.begin("rows", 100)
    pulse.moved(50)
    time.sleep(0.05)
    assert said == []
    pulse.start()
    until(lambda: len(said) > 1)
    assert {key: said[0][key] for key in ("op", "what", "done", "size")} == {
        "op": "wait",
        "what": "rows",
        "done": 50,
        "size": 100,
    }
    pulse.stop()


def test_work_that_takes_too_long_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that move lend it time, as the beginning of other work does."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    pulse = Pulse(lambda _: None)
    pulse.begin("rows", seconds=2)
    clock.now += 1
    assert pulse.sign() is not None
    clock.now += 1
    assert pulse.sign() is None
    pulse.moved(1)
    assert pulse.sign() is not None


def test_what_was_allowed_is_not_taken_back_by_progress() -> None:
    """A flush of many bytes is silent after the last of them was read."""
    pulse = Pulse(lambda _: None)
    pulse.begin("rows", seconds=100.0)
    pulse.moved(1)
    sign = pulse.sign()
    assert sign is not None
    assert sign["seconds"] > 90


def test_the_end_of_one_piece_of_work_is_progress() -> None:
    """Also where no byte moves, as of versions that are known."""
    pulse = Pulse(lambda _: None)
    pulse.begin("rows")
    first = pulse.sign()
    pulse.begin("model")
    second = pulse.sign()
    assert first is not None
    assert second is not None
    assert second["moved"] > first["moved"]

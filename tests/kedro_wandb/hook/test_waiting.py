"""What is shown while a run waits for its tracker."""

from __future__ import annotations

import io
import logging
from types import SimpleNamespace

import pytest
from rich.console import Console

from kedro_wandb.hook import waiting
from kedro_wandb.hook.waiting import SHOWN_AFTER, TOLD_EVERY, Waiting

HALF = {"what": "listings", "done": 1_500_000, "size": 3_000_000}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that the test moves."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_bar_is_for_terminals(clock: SimpleNamespace, is_terminal: bool) -> None:  # noqa: FBT001 - of the console
    """It names what is worked on and how much of it is done, once the wait is worth a word."""
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=is_terminal, width=80)
    with Waiting(console) as wait:
        wait.show(HALF)
        assert shown.getvalue() == ""
        clock.now += SHOWN_AFTER
        wait.show(HALF)
        wait._bars.refresh()
    assert ("tracking listings" in shown.getvalue()) == is_terminal
    assert ("1.5/3.0 MB" in shown.getvalue()) == is_terminal


def test_a_log_has_a_line_now_and_then(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    """Where there is no terminal; without sizes where none are known."""
    with (
        caplog.at_level(logging.INFO, "kedro_wandb"),
        Waiting(Console(file=io.StringIO(), force_terminal=False)) as wait,
    ):
        for seconds in (TOLD_EVERY - 1, 1, 1, TOLD_EVERY):
            clock.now += seconds
            wait.show(HALF if len(caplog.messages) == 0 else HALF | {"size": 0})
    assert caplog.messages == [
        "W&B tracking is still at work on listings (1.5 MB of 3.0 MB).",
        "W&B tracking is still at work on listings.",
    ]

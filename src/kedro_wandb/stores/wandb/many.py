"""Many runs at once, which are over already."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Ending, Progress, Step
from kedro_wandb.stores.patience import concurrently

EACH = 0.5
"""Seconds that each of them may take, on the average."""

_OVER = frozenset({"finished", "failed"})
"""States, in W&B's words, of runs that were added whole."""


class _Runs(Protocol):
    def open_step(self, step: Step, *, known: bool = True) -> None: ...

    def run_folder(self, step: str) -> Path: ...

    def close_step(self, step: str, ending: Ending) -> None: ...


def add_many(
    store: _Runs,
    runs: Sequence[tuple[Step, Ending]],
    states: Mapping[str, str],
    timeouts: Timeouts,
    progress: Progress | None = None,
) -> int:
    """Add runs to a server, several at a time: each waits for it a few times.

    Args:
        store: Where to.
        runs: Each with its end.
        states: Of those that are there, in W&B's words.
        timeouts: Of the project.
        progress: Called with 0 for each, as a sign of life.

    Returns:
        How many were new.

    Raises:
        StoreUnavailableError: The server does not answer in time, or refuses; the rest was
            not tried.
    """
    # One that is there and not over was cut off while it was added.
    missing = [each for each in runs if states.get(each[0].id) not in _OVER]
    give_up = time.monotonic() + timeouts.start + timeouts.call + EACH * len(missing)
    failed = threading.Event()

    def add(run: tuple[Step, Ending]) -> None:
        if failed.is_set():
            return
        step, ending = run
        try:
            _check_time(give_up, len(missing))
            store.open_step(step, known=step.id in states)
            folder = store.run_folder(step.id)
            store.close_step(step.id, ending)
            # The SDK's logs of it, ten small files, which nobody needs of hundreds of runs.
            shutil.rmtree(folder, ignore_errors=True)
        except BaseException:
            failed.set()
            raise
        if progress is not None:
            progress(0)

    concurrently(add, missing)
    return sum(step.id not in states for step, _ in missing)


def _check_time(give_up: float, runs: int) -> None:
    if time.monotonic() > give_up:
        msg = f"W&B takes longer than {EACH:g} s for each of {runs} runs."
        raise StoreUnavailableError(msg)

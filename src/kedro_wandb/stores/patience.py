"""Waiting for others with an end to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from functools import partial
from typing import TypeVar

from kedro_wandb.stores.base import Progress

S = TypeVar("S")
T = TypeVar("T")

_TICK = 0.5


def bounded(seconds: float, action: Callable[[], T], tick: Progress | None = None) -> T:
    """Return what an action returns, unless it takes too long.

    It runs in a thread that nobody waits for any more once its time is over.

    Args:
        seconds: To wait.
        action: What may hang.
        tick: Called with 0 every half second, as a sign of life.

    Raises:
        TimeoutError: The time is over. The action may raise anything else.

    >>> bounded(1.0, lambda: 42)
    42
    """
    answer: Future[T] = Future()
    threading.Thread(target=_settle, args=(answer, action), daemon=True).start()
    deadline = time.monotonic() + seconds
    while not wait([answer], min(_TICK, max(0.0, deadline - time.monotonic()))).done:
        if time.monotonic() >= deadline:
            msg = f"no answer within {round(seconds, 1):g} s"
            raise TimeoutError(msg)
        if tick is not None:
            tick(0)
    return answer.result()


def _settle(answer: Future[T], action: Callable[[], T]) -> None:
    try:
        answer.set_result(action())
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        answer.set_exception(error)


def concurrently(function: Callable[[S], T], items: Iterable[S], threads: int = 8) -> list[T]:
    """Return a function's results for items, asked for by several threads at once.

    Unlike those of a ``ThreadPoolExecutor``, the threads never keep a process from ending.

    Raises:
        Exception: What the function raises for the first item that fails.

    >>> concurrently(abs, [-3, 2])
    [3, 2]
    """
    answers = [(item, Future[T]()) for item in items]
    waiting = iter(answers)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                following = next(waiting, None)
            if following is None:
                return
            item, answer = following
            _settle(answer, partial(function, item))

    for _ in range(min(threads, len(answers))):
        threading.Thread(target=work, daemon=True).start()
    return [answer.result() for _, answer in answers]

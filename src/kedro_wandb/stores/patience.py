"""Waiting for others with an end to it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from contextvars import ContextVar, copy_context
from functools import partial
from typing import TypeVar

from kedro_wandb.stores.base import Progress

S = TypeVar("S")
T = TypeVar("T")

_TICK = 0.5


class PartialAnswerError(TimeoutError):
    """Some of an answer came in time, and not all of it."""


class _Question:
    """Something that is waited for, whose answer may come in parts."""

    def __init__(self, seconds: float, silence: float) -> None:
        self._seconds, self._silence = seconds, min(silence, seconds)
        self._end = time.monotonic() + seconds
        self._until = time.monotonic() + self._silence
        self._has_part = self._is_given_up = False
        self._lock = threading.Lock()

    def left(self) -> float:
        """Return the seconds that are left for the next part."""
        return self._until - time.monotonic()

    def note_part(self) -> None:
        """Wait for the next part, if anybody still does."""
        with self._lock:
            if self._is_given_up:
                msg = "nobody waits for the rest"
                raise TimeoutError(msg)
            self._has_part = True
            self._until = min(self._end, time.monotonic() + self._silence)

    def give_up(self) -> TimeoutError:
        """Take no further part, and return why."""
        with self._lock:
            self._is_given_up = True
        if self._has_part and self._until >= self._end:
            return PartialAnswerError(f"only a part of the answer within {self._seconds:.3g} s")
        return TimeoutError(f"no answer within {self._silence:.3g} s")


_QUESTION: ContextVar[_Question | None] = ContextVar("question", default=None)


def bounded(
    seconds: float,
    action: Callable[[], T],
    tick: Progress | None = None,
    silence: float = math.inf,
) -> T:
    """Return what an action returns, unless it takes too long.

    It runs in a thread that nobody waits for any more once its time is over.

    Args:
        seconds: To wait.
        action: What may hang.
        tick: Called with 0 every half second, as a sign of life.
        silence: Seconds to wait between one part of the answer and the next, see ``answered``.

    Raises:
        TimeoutError: The time is over (``PartialAnswerError``: and something has come). The
            action may raise anything else.

    >>> bounded(1.0, lambda: 42)
    42
    """
    answer: Future[T] = Future()
    question = _Question(seconds, silence)
    context = copy_context()
    context.run(_QUESTION.set, question)
    arguments = (_settle, answer, action)
    threading.Thread(target=context.run, args=arguments, daemon=True).start()
    while not wait([answer], min(_TICK, max(0.0, question.left()))).done:
        if question.left() <= 0:
            raise question.give_up()
        if tick is not None:
            tick(0)
    return answer.result()


def answered() -> None:
    """Take note that a part of an answer is there, in what somebody has ``bounded``.

    Raises:
        TimeoutError: Nobody waits for the rest any more, so that it need not be asked for.
    """
    question = _QUESTION.get()
    if question is not None:
        question.note_part()


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
        # Each in a context of its own, which knows what all of them is part of.
        threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
    return [answer.result() for _, answer in answers]

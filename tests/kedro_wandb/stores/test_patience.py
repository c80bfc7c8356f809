"""Waiting for others: each part of an answer has its time, and all of them together."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from project import until

from kedro_wandb.stores.patience import PartialAnswerError, answered, bounded, concurrently


def test_parts_may_take_longer_than_each_of_them() -> None:
    """As long as the next one comes in time."""

    def ask() -> str:
        for _ in range(8):
            time.sleep(0.1)
            answered()
        return "all"

    assert bounded(60, ask, silence=0.6) == "all"


def test_parts_without_end_have_one_limit() -> None:
    """And no more of them are asked for, once nobody waits."""
    asked = itertools.count()
    ends: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in asked:
                time.sleep(0.01)
                answered()
        except TimeoutError as error:
            ends.append(error)
            raise

    begin = time.monotonic()
    with pytest.raises(PartialAnswerError, match=r"only a part of the answer within 0\.3 s"):
        bounded(0.3, ask, silence=60)
    assert time.monotonic() - begin < 5
    until(lambda: bool(ends))


def test_silence_after_a_part_is_noticed() -> None:
    """One who has begun to answer may hang as well."""

    def ask() -> None:
        answered()
        threading.Event().wait()

    begin = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.2 s"):
        bounded(60, ask, silence=0.2)
    assert time.monotonic() - begin < 5


def test_parts_that_several_threads_ask_for_are_those_of_one_question() -> None:
    """Each of them is a sign of life of the whole."""

    def part(_: int) -> None:
        time.sleep(0.1)
        answered()

    assert len(bounded(60, lambda: concurrently(part, range(16), threads=2), silence=0.6)) == 16


def test_what_nobody_has_bounded_may_be_answered_in_parts() -> None:
    """Then there is nothing to take note of."""
    answered()

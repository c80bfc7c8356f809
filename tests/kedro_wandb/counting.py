"""Texts that count how often one of them is compared, so that no clock has to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar


class Counted(str):
    """A text that counts its comparisons."""

    __slots__ = ()
    times: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        """Compare as texts do."""
        Counted.times += 1
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        """Compare as texts do."""
        return not self == other

    __hash__ = str.__hash__

    @classmethod
    @contextmanager
    def counting(cls) -> Iterator[Callable[[], int]]:
        """Count those of a block."""
        before = cls.times
        yield lambda: cls.times - before

"""Texts with a number each, stored as an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Vocabulary:
    """Texts, numbered from 0 in the order given.

    Args:
        texts: Distinct texts.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._numbers = {text: number for number, text in enumerate(texts)}
        self.number = self._numbers.get
        """Gives a text's number; ``None`` (or the second argument) if it has none."""

    @classmethod
    def commonest(cls, counts: Mapping[str, int], least: int, most: int) -> Self:
        """Keep texts that were counted at least so often, at most so many of them.

        Of equally common ones, the alphabetically first.
        """
        known = sorted(text for text, count in counts.items() if count >= least)
        kept = sorted(known, key=counts.__getitem__, reverse=True)[:most]  # stable
        return cls(sorted(kept))

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self._numbers)

    def __iter__(self) -> Any:
        """Iterate over the texts, in order."""
        return iter(self._numbers)

    def __getstate__(self) -> dict[str, NDArray[np.str_]]:
        """Return the texts as an array: thousands of numbers would be stored one by one."""
        return {"texts": np.array(list(self._numbers), dtype="str")}

    def __setstate__(self, state: dict[str, NDArray[np.str_]]) -> None:
        """Take the texts back."""
        self.__init__(state["texts"].tolist())  # type: ignore[misc]

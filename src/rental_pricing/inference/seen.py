"""Which ids have been seen, in eight bytes each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SeenIds:
    """Whole numbers that have been seen, in a few sorted arrays.

    Arrays of like length are merged, so that there are few: a number is looked for, and
    moved, a logarithm of times.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._runs: list[NDArray[np.int64]] = []

    def repeated(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which have been seen, earlier or before in this array; all have been, then.

        >>> SeenIds().repeated(np.array([3, 5, 3])).tolist()
        [False, False, True]
        """
        again: NDArray[np.bool_] = np.array(pd.Series(ids).duplicated())
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, ids), len(run) - 1)
            again |= run[place] == ids
        fresh = np.sort(ids)
        while self._runs and len(self._runs[-1]) <= len(fresh):
            fresh = np.sort(np.concatenate([self._runs.pop(), fresh]), kind="stable")
        if len(fresh):
            self._runs.append(fresh)
        return again

"""Trials of a search: what was tried, and how it went."""

from __future__ import annotations

import math
import statistics
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rental_pricing.tuning.parameters import Space

State = Literal["finished", "pruned", "failed"]
PRESENT = 0
"""Number of the trial of the present configuration."""


@dataclass(frozen=True)
class Trial:
    """One configuration, and its errors.

    Attributes:
        number: From 1 on in the order of asking; 0 is the present configuration.
        parameters: Values by their short names.
        state: ``finished``; ``pruned``: given up as hopeless; ``failed``: it can't be fitted.
        folds: MAE on each fold that it was judged on, in currency per night.
        problem: Why it failed.
    """

    number: int
    parameters: dict[str, Any]
    state: State
    folds: tuple[float, ...]
    problem: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return "present" if self.number == PRESENT else f"trial {self.number:03d}"

    @property
    def mae(self) -> float:
        """Mean of the folds' MAE, in currency per night."""
        return statistics.fmean(self.folds)

    @property
    def standard_error(self) -> float:
        """Of that mean, from the spread of the folds."""
        return standard_error(self.folds)


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of some values.

    >>> standard_error([1.0, 2.0, 3.0, 4.0])
    0.6454972243679028
    """
    return statistics.stdev(values) / math.sqrt(len(values))


class OpenStudy(Protocol):
    """A study that is being worked on.

    Attributes:
        trials: Those that have ended, by number.
    """

    trials: Sequence[Trial]

    def add(self, trial: Trial) -> None:
        """Keep a trial that has ended; it is the next one by number."""


class StudyStore(Protocol):
    """Where studies are kept: a search that was stopped finds its trials there."""

    def open(self, name: str, space: Space, total: int) -> AbstractContextManager[OpenStudy]:
        """Open a study, which is made if it is not there.

        Args:
            name: Of the study.
            space: What it searches.
            total: How many trials it is going to have.
        """

"""What became of every dataset of a run, as the tracker tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepStatus = Literal["failed", "interrupted", "killed"]
"""How a step ended that did not finish."""

RowStatus = Literal["new", "unchanged", "used", "moved", "not moved", "not logged", StepStatus]

FIRST_SEEN = "first seen"
"""Reason of a ``used`` row whose content the store did not have before."""

IN_MEMORY = "held in memory only"
"""Reason of a ``not logged`` row of a dataset that nothing keeps."""


@dataclass(frozen=True)
class Row:
    """What became of one dataset in one step, or of the step itself.

    Attributes:
        step: Name of the modular pipeline.
        dataset: As the catalog calls it; empty: this is about the step.
        artifact: As the store calls it; empty if it is not there.
        version: ``v0`` or further; empty if there is none.
        status: What happened.
        reason: Why it was not logged, or which alias was moved.
        size: Of the version, in bytes.
        stored: Of that, what the store did not have and keeps now; references are kept elsewhere.
        withheld: Whether no store gets more of it than digests and sizes.
    """

    step: str
    dataset: str
    artifact: str = ""
    version: str = ""
    status: RowStatus = "new"
    reason: str = ""
    size: int | None = None
    stored: int = 0
    withheld: bool = False

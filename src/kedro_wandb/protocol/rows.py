"""What became of every dataset of a run, as the tracker tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RowStatus = Literal["new", "unchanged", "used", "moved", "not moved", "not logged"]

FIRST_SEEN = "first seen"
"""Reason of a ``used`` row whose content the store did not have before."""


@dataclass(frozen=True)
class Row:
    """What became of one dataset in one step.

    Attributes:
        step: Name of the modular pipeline.
        dataset: As the catalog calls it.
        artifact: As the store calls it; empty if it is not there.
        version: ``v0`` or further; empty if there is none.
        status: What happened.
        reason: Why it was not logged, or which alias was moved.
        size: Of the version, in bytes.
    """

    step: str
    dataset: str
    artifact: str = ""
    version: str = ""
    status: RowStatus = "new"
    reason: str = ""
    size: int | None = None

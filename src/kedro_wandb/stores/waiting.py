"""What W&B has still to be told of a step, as the local store gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kedro_wandb.stores.base import Ending, StepRecord, Version

Kind = Literal["log", "use"]


@dataclass(frozen=True)
class Operation:
    """What a step did with a version.

    Attributes:
        kind: ``log`` or ``use``.
        version: As it is now.
        aliases: What the step asked for, besides ``latest``.
    """

    kind: Kind
    version: Version
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class MediaFile:
    """An image of a step.

    Attributes:
        path: Where the store keeps it, without a suffix.
        suffix: What its name ended with, such as ``.png``.
    """

    path: Path
    suffix: str


@dataclass(frozen=True)
class WaitingStep:
    """A step that has ended, and that W&B has not been told of in full.

    Attributes:
        record: The step.
        ending: How it ended; without its media.
        media: Images by name.
        operations: What it did, in order.
        begun_online: Whether W&B has the run already, though not all of it.
        offline_folder: A whole offline run of it; ``None`` if it has to be told from the store.
    """

    record: StepRecord
    ending: Ending
    media: Mapping[str, MediaFile]
    operations: tuple[Operation, ...]
    begun_online: bool
    offline_folder: Path | None

"""A Kedro plugin that tracks runs and versions datasets in Weights & Biases, or without it.

Importing this package imports neither Kedro nor the SDK of W&B, since every ``kedro``
command reads its entry points. ``ArtifactDataset`` is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kedro_wandb.reading.dataset import ArtifactDataset

__all__ = ["ArtifactDataset"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Return ``ArtifactDataset``, so that a catalog may say ``kedro_wandb.ArtifactDataset``."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module("kedro_wandb.reading.dataset"), name)

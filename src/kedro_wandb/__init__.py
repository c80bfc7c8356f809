"""A Kedro plugin that tracks runs and versions datasets in Weights & Biases, or without it.

Importing this package imports neither Kedro nor the SDK of W&B, since every ``kedro``
command reads its entry points. What is public is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kedro_wandb.hook.blocks import step
    from kedro_wandb.protocol.moves import AliasMove
    from kedro_wandb.reading.aliases import AliasDataset, AliasHolder, alias_move
    from kedro_wandb.reading.dataset import ArtifactDataset
    from kedro_wandb.reading.queries import address, fetch, runs, versions, which
    from kedro_wandb.reading.tracking import Tracking, TrackingDataset
    from kedro_wandb.settings.project import Settings, read_settings

__all__ = [
    "AliasDataset",
    "AliasHolder",
    "AliasMove",
    "ArtifactDataset",
    "Settings",
    "Tracking",
    "TrackingDataset",
    "address",
    "alias_move",
    "fetch",
    "read_settings",
    "runs",
    "step",
    "versions",
    "which",
]

__version__ = "0.1.0"

_HOMES = {
    "AliasDataset": "reading.aliases",
    "AliasHolder": "reading.aliases",
    "AliasMove": "protocol.moves",
    "ArtifactDataset": "reading.dataset",
    "Settings": "settings.project",
    "Tracking": "reading.tracking",
    "TrackingDataset": "reading.tracking",
    "address": "reading.queries",
    "alias_move": "reading.aliases",
    "fetch": "reading.queries",
    "read_settings": "settings.project",
    "runs": "reading.queries",
    "step": "hook.blocks",
    "versions": "reading.queries",
    "which": "reading.queries",
}


def __getattr__(name: str) -> Any:
    """Return what is public, so that a catalog may say ``kedro_wandb.ArtifactDataset``."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"kedro_wandb.{_HOMES[name]}"), name)

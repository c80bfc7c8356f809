"""Where W&B's SDK is first imported: half a second that only those pay who talk to a server.

All others name its classes for the type checker alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kedro_wandb.settings.config import Timeouts

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.offline import OfflineRuns
    from kedro_wandb.stores.wandb.store import CloudStore


def cloud_store(project: str, entity: str | None, folder: Path, timeouts: Timeouts) -> CloudStore:
    """Return a project on W&B's server; it is not asked yet.

    Args:
        project: Its name.
        entity: The user or team it belongs to; ``None``: the key's own.
        folder: The SDK makes its folder ``wandb`` in it.
        timeouts: How long to wait.
    """
    from kedro_wandb.stores.wandb.store import CloudStore  # noqa: PLC0415 - imports the SDK

    return CloudStore(project, entity, folder, timeouts)


def offline_runs(folder: Path, project: str, entity: str | None) -> OfflineRuns:
    """Return what writes steps as offline runs of W&B.

    Args:
        folder: The SDK makes its folder ``wandb`` in it.
        project: W&B's.
        entity: W&B's user or team; ``None``: the key's own.
    """
    from kedro_wandb.stores.wandb.offline import OfflineRuns  # noqa: PLC0415 - as above

    return OfflineRuns(folder, project, entity)

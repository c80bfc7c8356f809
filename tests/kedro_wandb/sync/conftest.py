"""What the tests of the sync share: a local store beside a server, and the sync itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shop import PATIENT, PROJECT, Shop, Sync
from wandb_server.server import WandbServer

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.sync import SyncReport, sync


@pytest.fixture
def shop(tmp_path: Path, unsure_server: WandbServer) -> Iterator[Shop]:
    """A local store beside an empty server."""
    del unsure_server
    made = Shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def synced(tmp_path: Path) -> Iterator[Sync]:
    """Syncs a shop."""
    stores = []

    def act(shop: Shop, timeouts: Timeouts = PATIENT, **options: Any) -> SyncReport:
        cloud = CloudStore(PROJECT, None, tmp_path / "cloud", timeouts)
        stores.append(cloud)
        return sync(shop.store, cloud, **options)

    yield act
    for each in stores:
        each.close()

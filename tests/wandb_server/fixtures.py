"""Fixtures for tests that need a W&B server; a conftest imports them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from wandb_server.client import end_cores
from wandb_server.server import WandbServer


@pytest.fixture
def wandb_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No W&B settings of the machine reach the test."""
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def wandb_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wandb_environment: None
) -> Iterator[WandbServer]:
    """A running server; the SDK of this process and its children talk to it alone."""
    del wandb_environment
    import wandb

    wandb.teardown()
    with WandbServer() as server:
        for name, value in server.environment(tmp_path / "wandb").items():
            monkeypatch.setenv(name, value)
        yield server
        wandb.teardown()
        end_cores(server.url)

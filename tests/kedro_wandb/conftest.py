"""What the plugin's tests share: no W&B settings of the machine, and the loopback server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from answers import ASSUMED, OTHERWISE, answer_otherwise
from project import KedroProject
from wandb_server.fixtures import wandb_environment, wandb_server
from wandb_server.server import WandbServer
from weekly import make_weekly

__all__ = ["wandb_environment", "wandb_server"]


@pytest.fixture(scope="module", autouse=True)
def _no_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No key and no setting of the person who runs the tests reaches them."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WANDB_")]:
            patch.delenv(name)
        patch.setenv("NETRC", str(nowhere / "netrc"))
        patch.setenv("WANDB_CONFIG_DIR", str(nowhere / "config"))
        yield


@pytest.fixture(params=[ASSUMED, pytest.param(OTHERWISE, marks=pytest.mark.slow)])
def unsure_server(request: pytest.FixtureRequest, wandb_server: WandbServer) -> WandbServer:
    """A server that gives either answer, where it is not known which one W&B's own gives."""
    if request.param == OTHERWISE:
        answer_otherwise(wandb_server)
    return wandb_server


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> KedroProject:
    """A project after one whole run; for reading only."""
    project = make_weekly(tmp_path_factory.mktemp("logged") / "project")
    project.run()
    return project

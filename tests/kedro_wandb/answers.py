"""The two answers of a server where it is not known which one W&B's own gives."""

from __future__ import annotations

import pytest
from wandb_server.server import WandbServer

ASSUMED, OTHERWISE = "as assumed", "otherwise"


def answer_otherwise(server: WandbServer) -> None:
    """Let a server list what was never committed, and of known content its maker alone."""
    server.state.lists_pending = server.state.announces = True
    server.state.lists_loggers = False


def asked_with(*answers: str) -> pytest.MarkDecorator:
    """Run a test with these answers of ``unsure_server``, none of which is slow for that."""
    return pytest.mark.parametrize("unsure_server", answers, indirect=True)

"""Make ``wandb_server`` importable and offer its fixtures here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from wandb_server.fixtures import wandb_environment, wandb_server

__all__ = ["wandb_environment", "wandb_server"]

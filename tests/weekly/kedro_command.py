"""Kedro's command line in a process of its own, as a person types it, tracked offline."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any


def kedro(project: Any, *arguments: str, code: int = 0, **environment: str) -> str:
    """Run a command, tracked in the local store if not said otherwise; return what it says."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "kedro", *arguments],
        cwd=project.path,
        env={**kept, "WANDB_MODE": "offline", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr

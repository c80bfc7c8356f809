"""The one place where W&B's SDK is first imported."""

from __future__ import annotations

import subprocess
import sys


def test_nothing_else_imports_the_sdk() -> None:
    """Commands, the tracker and a sync load without it, which would cost half a second."""
    code = (
        "import sys; import kedro_wandb.cli.commands, kedro_wandb.tracker.main,"
        " kedro_wandb.sync.sync, kedro_wandb.hook.run, kedro_wandb.reading.queries,"
        " kedro_wandb.stores.opening as opening;"
        "assert 'wandb' not in sys.modules;"
        "opening.offline_runs('here', 'tiny', None); assert 'wandb' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

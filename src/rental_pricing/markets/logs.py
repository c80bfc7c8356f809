"""Where the logs of one start of all markets are."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from rental_pricing.market_folders import DATA

LOGS = "_markets"
"""Beside the markets' folders, none of which can have this name."""

KEPT = 20
"""Starts whose logs are kept."""


def new_log_folder(project: Path) -> Path:
    """Make a folder for the logs of a start, and remove those of the oldest ones.

    Args:
        project: Folder of the project.
    """
    home = project / DATA / LOGS
    home.mkdir(parents=True, exist_ok=True)
    earlier = sorted(each for each in home.iterdir() if each.is_dir())
    for folder in earlier[: max(0, len(earlier) - KEPT + 1)]:
        shutil.rmtree(folder, ignore_errors=True)
    # To the microsecond, so that two starts of one second don't meet.
    folder = home / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    folder.mkdir()
    return folder

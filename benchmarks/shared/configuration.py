"""The parameters of ``conf/base``, as they are written there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

BASE = Path(__file__).resolve().parents[2] / "conf/base"


@cache
def base_parameters() -> dict[str, Any]:
    """Return all blocks by name."""
    config: dict[str, Any] = {}
    for file in sorted(BASE.glob("parameters*.yml")):
        config |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return config

"""What of a step's files its run shows: images, Plotly's figures, pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kedro_wandb.protocol.plan import Media

IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
"""Files that W&B shows as images."""

LARGEST_FIGURE = 10_000_000
"""Bytes of the largest figure or page that is shown: browsers draw no larger ones."""

NO_FIGURE = f"not shown in W&B: no figure in Plotly's JSON, or above {LARGEST_FIGURE:,} bytes"


def is_shown(file: Path, media: Media) -> bool:
    """Return whether W&B shows a file in the run that wrote it.

    Args:
        file: The only one of an output.
        media: What its entry asks for.
    """
    ending = file.suffix.lower()
    if media == "auto":
        return ending in IMAGES
    if media == "html":
        return ending == ".html" and file.stat().st_size <= LARGEST_FIGURE
    return media == "plotly" and ending == ".json" and _is_figure(file)


def _is_figure(file: Path) -> bool:
    """Return whether a file has what Plotly draws: a list of traces, at least."""
    if file.stat().st_size > LARGEST_FIGURE:
        return False
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get("data"), list)

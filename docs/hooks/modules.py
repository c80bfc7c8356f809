"""A page of the reference for each room of the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

ROOMS = (
    "listings",
    "model",
    "quality",
    "evaluation",
    "release",
    "monitoring",
    "inference",
    "tuning",
    "datasets",
    "reporting",
    "serving",
    "weekly",
    "engine",
    "cluster",
)

_PAGE = """# rental_pricing.{room}

::: rental_pricing.{room}
    options:
      show_root_toc_entry: false
      show_submodules: true
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them."""
    for room in ROOMS:
        content = _PAGE.format(room=room)
        files.append(File.generated(config, f"reference/rooms/{room}.md", content=content))
    return files

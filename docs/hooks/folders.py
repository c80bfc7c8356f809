"""Folders of the navigation: all of their pages, so that none has to be named twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the pages of a folder where the navigation names it."""
    pages = [file.src_uri for file in files.documentation_pages()]
    for section in _sections(config.nav or []):
        for title, folder in section.items():
            if isinstance(folder, str) and folder.endswith("/"):
                inside = [page for page in pages if page.startswith(folder)]
                section[title] = sorted(inside, key=_begins_with_its_readme)
    return files


def _begins_with_its_readme(page: str) -> tuple[bool, str]:
    return Path(page).stem != "README", page


def _sections(nav: object) -> list[dict[str, object]]:
    """Return all mappings of titles to pages, at any depth."""
    if isinstance(nav, list):
        return [found for each in nav for found in _sections(each)]
    if isinstance(nav, dict):
        return [nav, *(found for each in nav.values() for found in _sections(each))]
    return []

"""Pages of the site that live elsewhere in the repository, and links that hold in both places."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

ADOPTED: Mapping[str, str] = MappingProxyType(
    {
        "src/kedro_wandb/README.md": "plugin.md",
        "conf/README.md": "configuration.md",
        "data/01_raw/README.md": "synthetic_drops.md",
        "tests/wandb_server/README.md": "wandb_server.md",
        "CONTRIBUTING.md": "contributing.md",
        "CHANGELOG.md": "changelog.md",
        "LICENSE": "license.md",
    }
)
"""Where each is on the site, by its place in the repository."""

_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)")


_NO_HEADER = re.compile(r"<th(?: [^>]*)?></th>")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them."""
    for source, page in ADOPTED.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        content = text if source.endswith(".md") else f"# Licence\n\n```text\n{text}\n```\n"
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links between files of the repository lead to the pages of the site."""
    del config, files
    homes = {page: source for source, page in ADOPTED.items()}
    here = page.file.src_uri
    home = homes.get(here, f"docs/{here}")

    def on_site(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(home), link[1]))
        found = ADOPTED.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(found, posixpath.dirname(here) or ".")

    return _LINK.sub(on_site, markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let cells without a word be no headers: screen readers would announce nothing."""
    del page, config, files
    return _NO_HEADER.sub("<td></td>", html)

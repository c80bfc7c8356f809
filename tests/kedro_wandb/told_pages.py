"""Pages as a browser's parser reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Told(HTMLParser):
    """What stands in a page.

    Attributes:
        tags: Each with its attributes, in their order.
        texts: Texts by the tag that they stand in.
    """

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin."""
        super().__init__()
        self._open: list[str] = []
        self._is_new = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        self._is_new = True

    def handle_endtag(self, tag: str) -> None:
        """Note the end of an element."""
        while tag in self._open and self._open.pop() != tag:
            continue
        self._is_new = True

    def handle_data(self, data: str) -> None:
        """Note a text."""
        texts = self.texts.setdefault(self._open[-1] if self._open else "", [])
        if self._is_new:
            texts.append("")
        texts[-1] += data  # a text may come in pieces
        self._is_new = False

    @property
    def data(self) -> dict[str, Any]:
        """What the page's scripts read."""
        (text,) = (each for each in self.texts["script"] if each.startswith("{"))
        found: dict[str, Any] = json.loads(text)
        return found


def read(page: str) -> Told:
    """Return what stands in a page."""
    told = Told()
    told.feed(page)
    told.close()
    return told

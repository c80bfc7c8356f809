"""The report of a week for a browser: one file, with its figures, that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from rental_pricing.reporting.pages import source, template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markdown_it.token import Token

    from rental_pricing.reporting.figures import Figure

_PLOTLY = Path(__file__).parent / "vendored/plotly-basic.min.js"

FIGURES = {
    "Delivered": {
        "validation_plot": "What was delivered, and the shares of the listings' values: all "
        "listings, the newest drop, and what it follows.",
    },
    "The model in production when the week began": {
        "drift_plot": "How far each column of the newest delivery has moved from what the model "
        "has learnt, against its limit; and which of its values became more or fewer.",
        "monitoring_history_plot": "The weeks so far: error of the model in production, median "
        "price, drift and rows.",
    },
    "The candidate": {
        "predicted_against_actual_plot": "Estimates against prices of the test listings, and how "
        "large the errors are.",
        "residual_map_plot": "Where the candidate estimates too high, and where too low.",
        "segments_plot": "Its error and the coverage of its intervals by borough, room type and "
        "host.",
        "feature_importance_plot": "What it loses where a group of columns is shuffled.",
    },
}
"""Which figures stand below which heading, with their captions."""


@dataclass(frozen=True)
class _Section:
    title: str
    body: str
    figures: Sequence[Mapping[str, str]]

    @property
    def anchor(self) -> str:
        return re.sub(r"\W+", "-", self.title.lower())


def weekly_page(
    summary: str, title: str, *, stopped: bool, figures: Mapping[str, Figure] | None = None
) -> str:
    """Return a page in Markdown, with figures, as one file of HTML that needs nothing else.

    Args:
        summary: The Markdown. Tags in it are shown as they are written: listings and errors
            are quoted there, and nobody knows what is in them.
        title: Of the window.
        stopped: Whether a person is needed: it is told in another colour.
        figures: By dataset; those without a heading in the summary are left out.
    """
    opening, *sections = _sections(summary, figures or {})
    shown = {
        each["name"]: (figures or {})[each["name"]] for one in sections for each in one.figures
    }
    scripts = [_PLOTLY.read_text(encoding="utf-8"), source("weekly_page.js.j2")] if shown else []
    return template("weekly_page.html.j2").render(
        title=title,
        stopped=stopped,
        policy=_policy(scripts),
        style=source("weekly_page.css.j2"),
        opening=opening.body,
        sections=sections,
        data=embedded(shown) if shown else "",
        scripts=scripts,
    )


def embedded(data: object) -> str:
    r"""Return JSON that nothing inside of an HTML page's script can end.

    >>> embedded({"title": "</script>"})
    '{"title":"\\u003c/script\\u003e"}'
    """
    told = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return told.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(scripts: Sequence[str]) -> str:
    """Let the page load nothing, and run its own scripts alone."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    known = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
        f"script-src {known or repr('none')}; base-uri 'none'; form-action 'none'"
    )


def _sections(summary: str, figures: Mapping[str, Figure]) -> Iterator[_Section]:
    """Return what is above the first heading of the second level, and then each with its part."""
    markdown: Any = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    parts: list[list[Token]] = [[]]
    for token in markdown.parse(summary):
        if token.type == "heading_open" and token.tag == "h2":
            parts.append([])
        parts[-1].append(token)
    for number, tokens in enumerate(parts):
        heading = tokens[1].content if number else ""
        body = markdown.renderer.render(tokens[3:] if number else tokens, markdown.options, {})
        told = FIGURES.get(heading, {}).items()
        shown = [{"name": name, "caption": text} for name, text in told if name in figures]
        yield _Section(heading, body, shown)

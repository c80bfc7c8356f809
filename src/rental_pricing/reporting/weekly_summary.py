"""The page of a week: what was delivered, found, released and priced, and what is to be done."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jinja2
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Mapping


def weekly_summary(facts: Mapping[str, Any]) -> str:
    """Write the page in Markdown; the same facts give the same text.

    Args:
        facts: As from :func:`rental_pricing.weekly.facts.week_facts`; a part that is absent
            was not reached.
    """
    return _template("weekly_summary.md.j2").render(**facts)


def weekly_page(summary: str, title: str) -> str:
    """Return a page in Markdown as one file of HTML that needs nothing else.

    Args:
        summary: The Markdown.
        title: Of the window.
    """
    body = MarkdownIt("commonmark").enable("table").render(summary)
    return _template("weekly_page.html.j2").render(title=title, body=body)


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("rental_pricing.reporting"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)

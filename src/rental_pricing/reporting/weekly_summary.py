"""The page of a week: what was delivered, found, released and priced, and what is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

from rental_pricing.reporting.pages import template

if TYPE_CHECKING:
    from collections.abc import Mapping


def weekly_summary(facts: Mapping[str, Any]) -> str:
    """Write the page in Markdown; the same facts give the same text.

    Args:
        facts: As from :func:`rental_pricing.weekly.facts.week_facts`; a part that is absent
            was not reached.
    """
    return template("weekly_summary.md.j2").render(**facts)


def weekly_page(summary: str, title: str) -> str:
    """Return a page in Markdown as one file of HTML that needs nothing else.

    Args:
        summary: The Markdown.
        title: Of the window.
    """
    body = MarkdownIt("commonmark").enable("table").render(summary)
    return template("weekly_page.html.j2").render(title=title, body=body)

"""The page of all benchmarks, made from what each script has kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = """# Benchmarks

What the scripts in `benchmarks/` have measured, as they have written it: each script writes its \
own part anew, and nothing here is typed in. `make bench` takes all of them again, \
`make bench BENCH=weekly_job` one, `make bench ARGS=--quick` all of them small and once, to see \
that they work.

Ratios are medians of paired runs: what is compared ran in turns in one call, so that a busy \
moment strikes all alike. They hold on other machines, as far as anything does; seconds hold on \
this one.
"""

ORDER = (
    "weekly_job",
    "tracking_overhead",
    "growth",
    "markets",
    "pricing",
    "service",
    "start_up",
    "accuracy",
    "processing",
    "tracking_online",
    "tracking_sync",
    "tracking_lineage",
    "tracking_large_file",
    "tracking_partitions",
    "tracked_page",
)
"""The scripts, as they run and as they stand on the page."""

ELSEWHERE = ("model_quality", "similar")
"""Scripts whose figures stand on other pages."""


def write_page(results: Path, page: Path) -> None:
    """Write the page from the results that are kept."""
    page.write_text(render(results), encoding="utf-8")


def render(results: Path) -> str:
    """Return the page: all results of a folder, in order."""
    sections = []
    for name in ORDER:
        file = results / f"{name}.json"
        if file.is_file():
            sections.append(_section(json.loads(file.read_text(encoding="utf-8"))))
    return "\n".join([HEAD, *sections])


def _section(told: Mapping[str, Any]) -> str:
    about = [told["about"]]
    for table in told["tables"]:
        about += [table["caption"], markdown(table["head"], table["rows"])]
    if told["targets"]:
        about.append("\n".join(f"- {verdict(target)}" for target in told["targets"]))
    about += told["notes"]
    return f"## {told['title']}\n\n" + "\n\n".join([*about, _taken(told)]) + "\n"


def _taken(told: Mapping[str, Any]) -> str:
    machine = told["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
    return (
        f"`{told['command']}`, {told['day']}; {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory']}, {machine['system']}, load {machine['load']} at the end; {versions}."
    )


def verdict(target: Mapping[str, Any]) -> str:
    """Return a target, its figure and whether it is met, in a line."""
    found, limit, unit = target["found"], target["limit"], target["unit"]
    is_met = found >= limit if target["is_least"] else found <= limit
    bound = "at least" if target["is_least"] else "at most"
    unit = f" {unit}" if unit else ""
    return (
        f"{'met' if is_met else 'MISSED'}: {target['what']} {_short(found)}{unit}, "
        f"{bound} {_short(limit)}{unit}"
    )


def _short(number: float) -> str:
    if abs(number) >= 100:  # noqa: PLR2004 - three digits are enough
        return f"{number:,.0f}"
    return f"{number:.3g}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, its columns aligned; numbers stand to the right.

    Raises:
        ValueError: A row has more or fewer texts than there are columns.
    """
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in table
    ]
    rules = ["-" * (width + 2) if place == 0 else "-" * (width + 1) + ":"
             for place, width in enumerate(widths)]  # fmt: skip
    return "\n".join([lines[0], f"|{'|'.join(rules)}|", *lines[1:]])

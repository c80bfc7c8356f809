"""The validation report for people: a headline and a table."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping


_WIDTH = 118


def report_table(report: Mapping[str, Any]) -> str:
    """Return the report as a table of plain text."""
    table = Table(box=None, pad_edge=False)
    for name in ("rule", "column", "found", "limit", "result"):
        table.add_column(name, overflow="fold")
    for check in report["checks"]:
        result = check["status"].replace("_", " ")
        found = check["reason"] or check["value"]
        name = check["name"]
        if name == "rejected_rows":
            name = check["rule"]
        limit = "" if check["threshold"] is None else str(check["threshold"])
        marked = result.upper() if check["status"] == "failed" else result
        table.add_row(name, check["column"] or "", str(found), limit, marked)
    text = io.StringIO()
    Console(file=text, width=_WIDTH, color_system=None, force_terminal=False).print(table)
    lines = [headline(report), *text.getvalue().splitlines()]
    return "\n".join(line.rstrip() for line in lines)


def headline(report: Mapping[str, Any]) -> str:
    """Return one line: how many rules were met, broken and not run."""
    count = {"passed": 0, "failed": 0, "not_run": 0}
    for check in report["checks"]:
        count[check["status"]] += 1
    return (
        f"Validation of {report['rows']} listings of {', '.join(report['drops'])}: "
        f"rules passed {count['passed']}, failed {count['failed']}, not run {count['not_run']}"
    )

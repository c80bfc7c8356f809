"""The validation report: what was judged, every rule, and how it came out."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from rental_pricing.errors import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rental_pricing.quality.check import Check

_WIDTH = 118
_DELIVERY = ("drop", "share set aside", "rows to those before", "rules")
_RULE = ("rule", "column", "found", "limit", "result")


def make_report(
    checks: Sequence[Check],
    *,
    market: str,
    digest: str,
    rows: int,
    drops: Sequence[str],
    examples: int,
) -> dict[str, Any]:
    """Return the report as plain types, ready for JSON.

    Args:
        checks: Every rule with its outcome.
        market: Identity of the market.
        digest: Content digest of the listings.
        rows: Number of listings.
        drops: Dates of the drops that they come from.
        examples: Most examples of each rule.

    Returns:
        Those, and ``passed``: whether no rule is broken.
    """
    return {
        "passed": not any(check.outcome.status == "failed" for check in checks),
        "market": market,
        "digest": digest,
        "rows": rows,
        "drops": list(drops),
        "checks": [check.to_dict(examples) for check in checks],
    }


def headline(report: Mapping[str, Any]) -> str:
    """Return one line: what was judged, and how many rules were met, broken and not run."""
    return (
        f"Validation of {report['rows']:,} listings of {_between(report['drops'])}: "
        f"{tally(report['checks'])}"
    )


def tally(checks: Sequence[Mapping[str, Any]]) -> str:
    """Count rules by how they came out."""
    count = Counter(check["status"] for check in checks)
    told = f"{count['passed']} rules passed, {count['failed']} failed"
    return told + (f", {count['not_run']} not run" if count["not_run"] else "")


def _between(drops: Sequence[str]) -> str:
    if len(drops) < 3:  # noqa: PLR2004 - two dates are told as they are
        return " and ".join(drops)
    return f"{len(drops)} drops, {drops[0]} to {drops[-1]}"


def report_table(report: Mapping[str, Any]) -> str:
    """Return the report as plain text: a line a delivery, then the rules of all listings.

    Of the deliveries' rules those are told one by one that are broken; of the listings'
    all.
    """
    deliveries = [_delivery(report, day) for day in report["drops"]]
    broken = [c for c in report["checks"] if c["drop"] and c["status"] == "failed"]
    parts = [headline(report), "", "Deliveries"]
    parts += _table(_DELIVERY, deliveries)
    if broken:
        rows = [[c["drop"], *_row(c)] for c in broken]
        parts += ["", *_table(["drop", *_RULE], rows)]
    whole = [_row(check) for check in report["checks"] if check["drop"] is None]
    parts += ["", "Listings (the newest rows of all deliveries)"]
    return "\n".join([*parts, *_table(_RULE, whole)])


def _delivery(report: Mapping[str, Any], day: str) -> list[str]:
    checks = [check for check in report["checks"] if check["drop"] == day]
    values = {check["name"]: check["value"] for check in checks}
    shown = {"rejected_share": ".1%", "rows_ratio": ".2f"}
    told = [
        "" if values.get(name) is None else format(values[name], kind)
        for name, kind in shown.items()
    ]
    return [day, *told, tally(checks)]


def _row(check: Mapping[str, Any]) -> list[str]:
    name = check["rule"] if check["name"] == "rejected_rows" else check["name"]
    found = check["reason"] or check["value"]
    limit = "" if check["threshold"] is None else str(check["threshold"])
    result = check["status"].replace("_", " ")
    result = result.upper() if check["status"] == "failed" else result
    return [name, check["column"] or "", cut(str(found)), limit, result]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    from rich.console import Console  # noqa: PLC0415 - 60 ms that a refused run does not need
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    text = io.StringIO()
    Console(file=text, width=_WIDTH, color_system=None, force_terminal=False).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]

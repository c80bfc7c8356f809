"""The week's note: what monitoring has found, for people who read one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.reporting.pages import number, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_WEEKS = 12
_HISTORY = (
    ("delivery", "delivery", None),
    ("model", "model", None),
    ("rows", "rows", ".0f"),
    ("set aside", "rejected_share", ".1%"),
    ("median price", "median_price", ".0f"),
    ("MAE", "mae", ".2f"),
    ("from", "mae_low", ".2f"),
    ("to", "mae_high", ".2f"),
    ("at release", "release_mae", ".2f"),
    ("rules broken", "broken_rules", ".0f"),
)


def monitoring_note(
    report: Mapping[str, Any], decision: Mapping[str, Any], history: pd.DataFrame
) -> str:
    """Write the note in Markdown; the same inputs give the same text.

    Args:
        report: The drift report.
        decision: What was decided by it.
        history: One row for each delivery and model, oldest first.
    """
    checks = report["checks"]
    return template("monitoring_note.md.j2").render(
        report=report,
        decision=decision,
        verdict=_verdict(decision),
        unit=f"{report['currency']} per night",
        columns=[
            (
                each["column"],
                number(each["index"], ".3f"),
                number(each["limit"], ".3f"),
                each["shift"],
            )
            for each in report["columns"]
        ],
        history_header=[title for title, _, _ in _HISTORY],
        history=[
            tuple(
                row[name] if form is None else number(row[name], form) for _, name, form in _HISTORY
            )
            for row in history.tail(_WEEKS).to_dict("records")
        ],
        passed=sum(check["status"] == "passed" for check in checks),
        not_run=[check for check in checks if check["status"] == "not_run"],
    )


def _verdict(decision: Mapping[str, Any]) -> str:
    if decision["look"]:
        more = " Retraining is advised, but only afterwards." if decision["retrain"] else ""
        return f"A person should look at the delivery first.{more}"
    return "Retraining is advised." if decision["retrain"] else "Nothing needs to be done."

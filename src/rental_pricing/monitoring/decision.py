"""Should the model learn anew, or a person look at the delivery first?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.errors import cut, cut_list

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRAINING, LOOK = "retraining", "a look at the delivery"

CALLS_FOR_A_LOOK = frozenset(
    {
        "volume",
        "rejected_change",
        "unknown_values",
        "missing_change",
        "correlations",
        "own_place_titles",
        "mean_place",
        "moved_neighbourhoods",
    }
)
"""Rules that a spoilt delivery breaks sooner than a changed market.

From columns that were mixed among rows a model would learn nonsense. All other rules call
for retraining.
"""

_EXAMPLES = 2


def decide(report: Mapping[str, Any]) -> dict[str, Any]:
    """Decide by the rules of a drift report.

    Args:
        report: As from :func:`rental_pricing.monitoring.report.monitor`.

    Returns:
        ``retrain``: whether retraining is advised; ``look``: whether a person should look
        at the delivery first; ``delivery``, ``model`` and ``model_data``; and ``reasons``:
        each broken rule with ``limit``, ``value``, what it ``calls_for``, and ``told``, in
        words.
    """
    broken = [check for check in report["checks"] if check["status"] == "failed"]
    reasons = [_reason(check) for check in broken]
    return {
        "retrain": any(reason["calls_for"] == RETRAINING for reason in reasons),
        "look": any(reason["calls_for"] == LOOK for reason in reasons),
        "delivery": report["delivery"],
        "model": report["model"],
        "model_data": report["model_data"],
        "reasons": reasons,
    }


def _reason(check: Mapping[str, Any]) -> dict[str, Any]:
    column = f" of {check['column']}" if check["column"] else ""
    found = "" if check["value"] is None else f": found {_short(check['value'])}"
    limit = "" if check["threshold"] is None else f", limit {_short(check['threshold'])}"
    shown = "; ".join(check["examples"][:_EXAMPLES])
    told = f"{check['name']}{column}: {check['rule']}{found}{limit}"
    return {
        "rule": check["name"],
        "column": check["column"],
        "calls_for": LOOK if check["name"] in CALLS_FOR_A_LOOK else RETRAINING,
        "limit": check["threshold"],
        "value": check["value"],
        "told": f"{told} ({shown})" if shown else told,
    }


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def alerts(report: Mapping[str, Any], decision: Mapping[str, Any]) -> list[dict[str, str]]:
    """Say what people should hear of: nothing in a quiet week.

    Args:
        report: The drift report.
        decision: What was decided by it.

    Returns:
        ``title``, ``text`` and ``level`` (``INFO`` or ``WARN``) of each.
    """
    day = decision["delivery"]
    titles = {
        LOOK: f"Delivery {day} needs a look",
        RETRAINING: f"Delivery {day}: retraining is advised",
    }
    found = [
        (title, [each["told"] for each in decision["reasons"] if each["calls_for"] == call], "WARN")
        for call, title in titles.items()
    ]
    found.append((f"Delivery {day}: small changes", _notices(report), "INFO"))
    about = f"Model {decision['model']}, newest data of {decision['model_data']}."
    return [
        {"title": title, "text": "\n".join([about, *lines]), "level": level}
        for title, lines, level in found
        if lines
    ]


def _notices(report: Mapping[str, Any]) -> list[str]:
    """Tell what is within the limits, and worth knowing."""
    moved = [
        f"moderate shift of {each['column']}: population stability index {each['index']:.3f}"
        for each in report["columns"]
        if each["shift"] == "moderate"
    ]
    new: dict[str, list[str]] = {}
    for each in report["new_values"]:
        fate = "accepted" if each["accepted"] else "set aside"
        told = new.setdefault(f"new {each['column']}, {fate}", [])
        told.append(f"{cut(each['value'])} ({each['rows']} rows)")
    return moved + [f"{what}: {cut_list(values)}" for what, values in new.items()]

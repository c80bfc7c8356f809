"""The page of a week: what was delivered, found, released and priced, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

from rental_pricing.reporting.pages import number, template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = tuple[object, ...]

_MODEL_NUMBERS = (
    ("mean absolute error", "mae", ".2f"),
    ("error of the median by borough and room type", "baseline_mae", ".2f"),
    ("prices inside of their intervals", "interval_coverage", ".1%"),
)
_BESIDE = (
    ("validation_report", "validation_report.json"),
    ("drift_report", "monitoring_note.md"),
    ("release_decision", "release_note.md"),
    ("release_decision", "model_card.md"),
)


def weekly_summary(facts: Mapping[str, Any]) -> str:
    """Write the page in Markdown; the same facts give the same text.

    Args:
        facts: As from :func:`rental_pricing.weekly.facts.week_facts`; a part that is absent
            was not reached.
    """
    page = template("weekly_summary.md.j2")
    told: dict[str, Any] = {"deliveries": [], "headline": _headline(facts)}
    if "validation_report" in facts:
        told |= _delivered(facts["processing_report"], facts["validation_report"])
    if "retraining_decision" in facts:
        decision = facts["retraining_decision"]
        told["verdict"] = _verdict(decision)
        # What stopped the week is told above.
        told["reasons"] = [] if facts["stopped"] and decision["look"] else decision["reasons"]
    if "release_decision" in facts:
        told |= _candidate(facts["release_decision"])
    if facts["stopped"]:
        told["fence"] = _fence(facts["stopped"])
    told["beside"] = ["weekly_summary.html", *(file for name, file in _BESIDE if name in facts)]
    return page.render(**facts, **told)


def week_outcome(facts: Mapping[str, Any]) -> str:
    """Return how a week ended, in a word for programs.

    Args:
        facts: As of :func:`weekly_summary`.

    Returns:
        ``released``, ``already_released``, ``kept`` (the model in production stays),
        ``person`` (one is needed) or ``failed``.
    """
    if facts["stopped"]:
        return "failed" if facts["failed"] else "person"
    outcome, answered = facts["release_decision"]["outcome"], facts["answered"]
    if outcome == "already_released" and facts["has_moved"]:
        outcome = "released"
    told = answered["action"] if answered else outcome
    return told if told in {"released", "already_released"} else "kept"


_HEADLINES = {
    "failed": "Failed.",
    "person": "Stopped: a person is needed.",
    "released": "Done: a new model was released",
    "already_released": "Done: the model of this week's data was in production already",
    "kept": "Done: the model in production stays",
}


def _headline(facts: Mapping[str, Any]) -> str:
    told = _HEADLINES[week_outcome(facts)]
    return told if facts["stopped"] else f"{told}, and the current stock is priced with it."


def _delivered(processed: Mapping[str, Any], validated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part about the deliveries, and the rules that they were judged by."""
    drops: Mapping[str, Any] = processed["drops"]
    checks = validated["checks"]
    failed = [check for check in checks if check["status"] == "failed"]
    unrun = sum(check["status"] == "not_run" for check in checks)
    newest = drops[max(drops)]["rejected"] if drops else {}
    return {
        "deliveries": [_delivery(day, drop) for day, drop in drops.items()],
        "set_aside": ", ".join(
            f"{rows:,} ({reason.replace('_', ' ')})" for reason, rows in newest.items()
        ),
        "rules": (
            f"Of {len(checks)} rules of the validation, {len(checks) - len(failed) - unrun} are "
            f"kept, {len(failed)} broken, and {unrun} could not be run."
        ),
    }


def _delivery(day: str, drop: Mapping[str, Any]) -> Row:
    numbers = (drop["rows"], drop["kept"], drop["superseded"], sum(drop["rejected"].values()))
    return (day, *(f"{rows:,}" for rows in numbers))


def _verdict(decision: Mapping[str, Any]) -> str:
    if decision["look"]:
        return "**A person should look at the delivery.**"
    if decision["retrain"]:
        return "**Retraining was advised**, and every week trains a candidate."
    return "Nothing speaks against it: no limit of the monitoring is broken."


def _candidate(decision: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part about the candidate, beside the model that was in production."""
    candidate, champion = decision["candidate"], decision["champion"] or {}
    models = (candidate, champion)
    rows: list[Row] = [
        ("model", *(_name(model) for model in models)),
        ("newest delivery learnt from", *(each.get("newest_delivery") or "-" for each in models)),
        *_numbers(models, decision["currency"]),
    ]
    kept = decision["outcome"] == "kept"
    return {
        "models": rows,
        "broken_release": [rule for rule in decision["rules"] if kept and not rule["passed"]],
    }


def _name(model: Mapping[str, Any]) -> str:
    version = f" ({model['version']})" if "version" in model else ""
    return f"{model.get('model') or '-'}{version}"


def _numbers(models: Sequence[Mapping[str, Any]], currency: str) -> Iterator[Row]:
    for told, name, form in _MODEL_NUMBERS:
        unit = "" if "%" in form else f", {currency}"
        yield (
            f"{told}{unit}",
            *(number((model.get("test") or {}).get(name), form) for model in models),
        )


def _fence(text: str) -> str:
    """Return a fence that the text can't close."""
    return next("`" * length for length in count(3) if "`" * length not in text)

"""The release note: what was decided, by which numbers and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.reporting.pages import number, template

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERS = (
    ("test listings priced", "rows", ".0f"),
    ("test listings not priced", "unpriced", ".0f"),
    ("MAE", "mae", ".2f"),
    ("MAE of the median by borough and room type", "baseline_mae", ".2f"),
    ("share of prices inside of their intervals", "interval_coverage", ".1%"),
    ("share that they aim at", "coverage_aim", ".0%"),
)
_FACTS = (
    ("model", "model"),
    ("version", "version"),
    ("estimator", "estimator"),
    ("newest delivery of its data", "newest_delivery"),
)


def release_note(decision: Mapping[str, Any]) -> str:
    """Write the note in Markdown; the same decision gives the same text.

    Args:
        decision: As from :func:`rental_pricing.release.decision.decide`.
    """
    comparison = decision["comparison"] or {"segments": {}}
    return template("release_note.md.j2").render(
        decision=decision,
        models=_models(decision["candidate"], decision["champion"] or {}),
        segments=[
            (segment, number(value, "+.2f")) for segment, value in comparison["segments"].items()
        ],
        rules=[
            (each["rule"], each["limit"], each["value"], "yes" if each["passed"] else "**no**")
            for each in decision["rules"]
        ],
    )


def _models(candidate: Mapping[str, Any], champion: Mapping[str, Any]) -> list[tuple[str, ...]]:
    models = (candidate, champion)
    facts = [(told, *(str(model.get(name) or "-") for model in models)) for told, name in _FACTS]
    tests = [model.get("test") or {} for model in models]
    numbers = [
        (told, *(number(test.get(name), form) for test in tests)) for told, name, form in _NUMBERS
    ]
    return facts + numbers

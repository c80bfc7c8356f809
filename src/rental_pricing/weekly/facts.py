"""What a week brought, read from what its sessions have left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.weekly.week import RENEW, WATCH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from kedro.io import CatalogProtocol

    from rental_pricing.weekly.week import Plan

_NAMES = {
    WATCH: ("processing_report", "validation_report", "drift_report", "retraining_decision"),
    RENEW: ("model_metrics", "release_decision"),
}
_FIGURES = {
    "data_validation": ("validation_plot",),
    "monitoring": ("drift_plot", "monitoring_history_plot"),
    "modeling": (
        "predicted_against_actual_plot",
        "residual_map_plot",
        "segments_plot",
        "feature_importance_plot",
    ),
}
_VERSIONED = {
    "data_processing": ("listings",),
    "data_validation": ("validation_report",),
    "monitoring": ("drift_report", "monitoring_history"),
    "modeling": ("price_model", "model_card"),
    "release": ("release_decision",),
    "inference": ("price_estimates",),
}


def week_facts(
    catalog: CatalogProtocol[Any, Any],
    plan: Plan,
    done: Sequence[str],
    stopped: str | None,
    *,
    answered: Mapping[str, Any] | None = None,
    judged: bool = False,
    failed: bool = False,
) -> dict[str, Any]:
    """Gather what the page of the week says.

    Only what the sessions of this week have written counts: what lies there of an earlier
    one is left alone.

    Args:
        catalog: Of the week's market.
        plan: Of the week.
        done: The pipelines of each session that has ended well.
        stopped: Why the week stopped; ``None`` where it did not.
        answered: What a person has made of the decision on the release.
        judged: Whether the validation's report is about this week's listings, though its
            session did not end well.
        failed: Whether it stopped by a failure, and not for a person to decide.
    """
    ran = set(done)
    facts: dict[str, Any] = {
        "as_of": plan.fingerprint.as_of,
        "market": plan.market,
        "currency": plan.currency,
        "completed": plan.completed,
        "experiment": plan.experiment,
        "changes": list(plan.changes),
        "unwatched": plan.unwatched,
        "stopped": stopped,
        "failed": failed,
        # By a part of the week that was cut, or by a person meanwhile.
        "has_moved": bool(plan.progress.ended)
        and plan.progress.ended[0].production != plan.production,
        "ran": [name for pipelines in plan.sessions for name in pipelines if name in ran],
    }
    if judged or "data_validation" in ran:
        facts |= _loaded(catalog, _NAMES[WATCH][:2])
    if "monitoring" in ran:
        facts |= _loaded(catalog, _NAMES[WATCH][2:])
    if "release" in ran:
        facts |= _loaded(catalog, _NAMES[RENEW]) | {"answered": answered}
    if "inference" in ran:
        facts["prices"] = _prices(catalog.load("price_estimates"))
    drawn = [name for pipeline, names in _FIGURES.items() if pipeline in ran for name in names]
    facts["figures"] = {name: catalog.load(name).to_plotly_json() for name in drawn}
    return facts


def versioned(ran: Sequence[str]) -> list[str]:
    """Return the datasets whose versions the page of a week tells, of the pipelines that ran."""
    return [name for pipeline in ran for name in _VERSIONED.get(pipeline, ())]


def _loaded(catalog: CatalogProtocol[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: catalog.load(name) for name in names}


def _prices(estimates: pd.DataFrame) -> dict[str, Any]:
    priced = estimates[estimates["typical_price"].notna()]
    return {
        "rows": len(estimates),
        "priced": len(priced),
        "with_note": int((priced["note"] != "").sum()),
        "median": float(priced["typical_price"].median()) if len(priced) else None,
        "model": ", ".join(sorted(set(estimates["model"].astype("str")))),
    }

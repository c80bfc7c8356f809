"""What programs are told of a week: how it ended, with a few numbers and where its page is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.reporting.weekly_summary import week_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedro.io import CatalogProtocol

    from rental_pricing.weekly.week import Plan


def plan_answer(catalog: CatalogProtocol[Any, Any], plan: Plan) -> dict[str, Any]:
    """Return what is known of a week before anything is run for it.

    Args:
        catalog: Of the week's market.
        plan: As from :func:`rental_pricing.weekly.week.plan_week`.

    Returns:
        ``market``, ``currency`` and ``as_of``; ``changes`` since the week that was completed
        last, in words; ``experiment``; ``page``: the file for a browser, as soon as there is one.
    """
    return {
        "market": plan.market,
        "currency": plan.currency,
        "as_of": plan.fingerprint.as_of,
        "changes": list(plan.changes),
        "experiment": plan.experiment,
        "page": _path(catalog, "weekly_page"),
    }


def week_answer(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a week brought.

    Args:
        facts: As from :func:`rental_pricing.weekly.facts.week_facts`.

    Returns:
        ``outcome``, as from :func:`rental_pricing.reporting.weekly_summary.week_outcome`;
        ``told``: why, in words; ``mae``: the mean absolute error on test listings, in
        the market's currency per night, of the model that was released or stays; ``rows``:
        delivered ones that were read; ``listings``: those that came of them; ``priced``: those
        that got a price. What was not reached is ``None``.
    """
    outcome = week_outcome(facts)
    decision = facts.get("release_decision")
    drops = facts["processing_report"]["drops"].values() if "processing_report" in facts else None
    return {
        "outcome": outcome,
        "told": facts["stopped"] or (decision or {}).get("reason"),
        "mae": None if decision is None else _error(decision, stays=outcome == "kept"),
        "rows": None if drops is None else sum(drop["rows"] for drop in drops),
        "listings": None if drops is None else sum(drop["kept"] for drop in drops),
        "priced": facts["prices"]["priced"] if "prices" in facts else None,
    }


def _error(decision: Mapping[str, Any], *, stays: bool) -> float | None:
    model = decision["champion" if stays else "candidate"] or {}
    error: float | None = (model.get("test") or {}).get("mae")
    return error


def _path(catalog: CatalogProtocol[Any, Any], name: str) -> str | None:
    described: Mapping[str, Any] = getattr(catalog.get(name), "_describe", dict)()
    path = described.get("filepath")
    return None if path is None else str(path)

"""Whether markets are kept apart: no two share a folder, a store or a project."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from rental_pricing.markets.configured import Market, Tracked


def sharing(markets: Iterable[Market]) -> dict[str, str]:
    """Say of which markets one would overwrite what the other has in production.

    Args:
        markets: All that a folder of configurations has, also those that are not to be run now.

    Returns:
        What two of them share, and what to do, by the folder of the configuration of each.
    """
    problems: dict[str, str] = {}
    for one, other in combinations(markets, 2):
        problem = _shared(one, other)
        if problem is not None:
            for each in (one, other):
                problems.setdefault(each.environment, problem)
    return problems


def _shared(one: Market, other: Market) -> str | None:
    both = f"{one.environment} and {other.environment}"
    if one.folder == other.folder:
        return (
            f"{both} keep their data in one folder, {one.folder}: give each a market.name of its "
            f"own, which differs in letters or digits."
        )
    if one.tracked is None or other.tracked is None:
        return None
    if _one_home(one.tracked, other.tracked):
        return (
            f"{both} are tracked in one project, {one.tracked.project}, where the model of one "
            f"would take the place of the other's in production: name no project, in wandb.yml or "
            f"as WANDB_PROJECT, and each gets one after its market; or name a project for each."
        )
    return None


def _one_home(one: Tracked, other: Tracked) -> bool:
    if "disabled" in {one.kind, other.kind}:
        return False
    if one.store == other.store:
        return True
    # A local store is uploaded to its project in the end. No entity is the key's own, which
    # may be any.
    entities = {one.entity, other.entity}
    may_be_one = None in entities or len(entities) == 1
    return may_be_one and (one.server, one.project) == (other.server, other.project)

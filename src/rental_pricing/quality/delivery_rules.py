"""Rules for one delivery: by itself, and its known ids."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rental_pricing.listings.columns import HOST_NAME
from rental_pricing.quality.check import Check, Outcome
from rental_pricing.quality.drift import Comparison, drift_checks
from rental_pricing.quality.profile import BOROUGH, ROOM_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.quality.deliveries import Account, Delivery
    from rental_pricing.quality.parameters import KnownParameters, QualityParameters
    from rental_pricing.quality.profile import Profile

_NOTHING = "not one row was accepted"
_KEPT = {
    "host_id": "another host",
    "place": "another place (more than {km:g} km away)",
    "room_type": "another room type",
    "name": "another title",
}


def delivery_checks(
    deliveries: Mapping[str, Delivery],
    reference: Profile | None,
    market: MarketParameters,
    parameters: QualityParameters,
) -> list[Check]:
    """Judge each delivery, by date.

    Args:
        deliveries: Date to delivery, all drops of the window.
        reference: Profile to compare the newest delivery with, in place of its previous one.
        market: Known boroughs and room types.
        parameters: Limits.
    """
    checks: list[Check] = []
    newest = max(deliveries, default=None)
    for day, delivery in sorted(deliveries.items()):
        checks += _by_itself(day, delivery, market, parameters)
        checks += _against_previous(day, delivery, deliveries, parameters)
        compared = _compared(day, delivery, deliveries, reference if day == newest else None)
        checks += drift_checks(compared, parameters.drift)
    return checks


def _compared(
    day: str, delivery: Delivery, deliveries: Mapping[str, Delivery], reference: Profile | None
) -> Comparison:
    if reference:
        against, then = "the reference", reference
    elif delivery.previous:
        against, then = f"drop {delivery.previous}", deliveries[delivery.previous].profile
    else:
        return Comparison(now=delivery.profile, then=None, against="an earlier drop", drop=day)
    return Comparison(now=delivery.profile, then=then, against=against, drop=day)


def _by_itself(
    day: str, delivery: Delivery, market: MarketParameters, parameters: QualityParameters
) -> Iterator[Check]:
    account, limits = delivery.account, parameters.deliveries
    check = partial(Check, kind="rule", drop=day)
    yield check(
        name="repeated_ids",
        column="id",
        rule="share of accepted rows beyond the first of their id",
        outcome=_share(account.repeated_ids, account.accepted, limits.max_repeated_share),
    )
    yield from _rejected(account, parameters, check)
    for column, names in ((BOROUGH, market.boroughs), (ROOM_TYPE, market.room_types)):
        yield check(
            name="categories_present",
            column=column,
            rule="accepted rows of every known one",
            outcome=fewest(
                delivery.profile.categories[column], names, limits.min_rows_per_category
            ),
        )
    missing = {**delivery.profile.missing, HOST_NAME: account.missing_host_name}
    for column, limit in sorted(parameters.max_missing_share.items()):
        yield check(
            name="missing_share",
            column=column,
            rule="share of missing values",
            outcome=_share(missing[column], account.accepted, limit),
        )


def _rejected(account: Account, parameters: QualityParameters, check: Any) -> Iterator[Check]:
    told = tuple(f"{reason}: {count} rows" for reason, count in account.rejected.items())
    rejected = account.rows - account.accepted
    yield check(
        name="rejected_share",
        rule="share of rows set aside",
        outcome=_share(rejected, account.rows, parameters.max_rejected_share, told),
    )
    for reason, limit in sorted(parameters.max_rejected_share_by_reason.items()):
        examples = tuple(account.examples.get(reason, ()))
        count = account.rejected.get(reason, 0)
        yield check(
            name=f"rejected_as_{reason}",
            rule=f"share of rows set aside as {reason}",
            outcome=_share(count, account.rows, limit, examples),
        )


def _share(part: int, whole: int, limit: float, examples: tuple[str, ...] = ()) -> Outcome:
    if not whole:
        return Outcome.not_run(_NOTHING, limit)
    return Outcome.at_most(part / whole, limit, examples)


def fewest(counts: Mapping[str, int], known: tuple[str, ...], least: int) -> Outcome:
    """Require rows of every known category; name those that have too few."""
    few = {name: counts.get(name, 0) for name in known if counts.get(name, 0) < least}
    return Outcome(
        status="failed" if few else "passed",
        threshold=least,
        value=min(counts.get(name, 0) for name in known),
        examples=tuple(f"{name}: {count} rows" for name, count in few.items()),
    )


def _against_previous(
    day: str, delivery: Delivery, deliveries: Mapping[str, Delivery], parameters: QualityParameters
) -> Iterator[Check]:
    check = partial(Check, kind="drift", drop=day)
    against = f"drop {delivery.previous}" if delivery.previous else "an earlier drop"
    band = parameters.drift.rows
    if delivery.previous:
        before = deliveries[delivery.previous].account.rows
        rows = Outcome.between(delivery.account.rows / max(before, 1), band.min, band.max)
    else:
        rows = Outcome.not_run("there is none")
    yield check(name="rows_ratio", rule=f"rows as a ratio to {against}", outcome=rows)
    known = parameters.deliveries.known
    for what, text in _KEPT.items():
        yield check(
            name=f"known_ids_{what}",
            column=what if what != "place" else None,
            rule=f"share of the ids of {against} with {text.format(km=known.place_km)}",
            outcome=_changed(delivery, what, known),
        )


def _changed(delivery: Delivery, what: str, parameters: KnownParameters) -> Outcome:
    limit = getattr(parameters.max_changed_share, what)
    rows = delivery.known.rows
    if rows < parameters.min_rows:
        reason = f"{rows} known ids, {parameters.min_rows} needed" if delivery.previous else (
            "there is none"
        )  # fmt: skip
        return Outcome.not_run(reason, limit)
    changed = getattr(delivery.known.changed, what)
    return Outcome.at_most(changed / rows, limit, (f"{changed} of {rows} known ids",))

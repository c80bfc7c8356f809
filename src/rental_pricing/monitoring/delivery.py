"""The newest delivery against the data that the production model learnt from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rental_pricing.listings.columns import REASON
from rental_pricing.monitoring.stability import Shift, shifts
from rental_pricing.quality.check import Check, Outcome
from rental_pricing.quality.drift import Comparison, drift_checks
from rental_pricing.quality.profile import BOROUGH, NEIGHBOURHOOD, ROOM_TYPE, Profile, comparable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.listings.selection import LoadDrop
    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.monitoring.parameters import MonitoringParameters
    from rental_pricing.quality.deliveries import Account, Delivery
    from rental_pricing.quality.parameters import DriftParameters

AGAINST = "the model's training data"
_UNKNOWN = "unknown_value"
_WEEK = 7  # days


@dataclass(frozen=True)
class Compared:
    """What the comparison of a delivery with the training data has found.

    Attributes:
        checks: Every rule with its outcome.
        shifts: How far each column has moved; empty where that can't be told.
        new_values: Boroughs, room types and neighbourhoods that no training listing had,
            with the rows of the delivery: ``column``, ``value``, ``rows`` and ``accepted``.
    """

    checks: list[Check]
    shifts: list[Shift]
    new_values: list[dict[str, Any]]


def training_profile(model: PriceModel, now: Profile) -> tuple[Profile | None, str]:
    """Return the profile of a model's training data, or why it can't be compared with.

    Args:
        model: The model.
        now: What it is to be compared with.
    """
    try:
        then = Profile.model_validate(model.profile)
    except ValidationError:
        return None, "its profile is of another format"
    if then.market != now.market:
        return None, "its market was described otherwise (bounds, prices, names)"
    if not comparable(then, now):
        return None, "its profile has other columns or bins"
    return then, ""


def compare_delivery(
    day: str,
    delivery: Delivery,
    load: LoadDrop,
    model: PriceModel,
    market: MarketParameters,
    drift: DriftParameters,
    parameters: MonitoringParameters,
) -> Compared:
    """Compare a delivery with the data that a model learnt from.

    Args:
        day: Date of the delivery.
        delivery: Its profile and account.
        load: Loads its rows.
        model: The production model.
        market: Known boroughs and room types.
        drift: Limits of the tests that deliveries are compared by.
        parameters: Limits of the monitoring.
    """
    then, reason = training_profile(model, delivery.profile)
    unknown = _unknown_values(load, market)
    checks = [
        *_age(day, model, parameters),
        *_account(day, delivery.account, model, unknown, parameters),
        Check(
            name="comparable",
            kind="drift",
            rule=f"the delivery can be compared with {AGAINST}",
            drop=day,
            outcome=Outcome(
                status="passed" if then else "failed", examples=() if then else (reason,)
            ),
        ),
    ]
    if then is None or min(then.rows, delivery.profile.rows) < drift.min_rows:
        new = _new_values(delivery.profile, then, unknown)
        return Compared(checks, [], new)
    limits = drift.model_copy(update={"max_median_change": parameters.max_median_shift})
    compared = Comparison(now=delivery.profile, then=then, against=AGAINST, drop=day)
    found = shifts(delivery.profile, then, parameters.stability)
    checks += _stability(day, found, parameters)
    checks += _new_categories(day, delivery.profile, then, parameters)
    checks += drift_checks(compared, limits)
    return Compared(checks, found, _new_values(delivery.profile, then, unknown))


def _age(day: str, model: PriceModel, parameters: MonitoringParameters) -> Iterator[Check]:
    newest = model.knowledge.newest_delivery
    weeks = (date.fromisoformat(day) - date.fromisoformat(newest)).days / _WEEK
    yield Check(
        name="age",
        kind="rule",
        rule="weeks from the model's newest data to the delivery",
        outcome=Outcome.at_most(weeks, parameters.max_age_weeks, (f"its data is of {newest}",)),
        drop=day,
    )


def _account(
    day: str,
    account: Account,
    model: PriceModel,
    unknown: Mapping[tuple[str, str], int],
    parameters: MonitoringParameters,
) -> Iterator[Check]:
    check = partial(Check, kind="drift", drop=day)
    processing = model.provenance["processing"]
    known = [drop["rows"] for drop in processing["drops"].values()]
    nearest = min(max(account.rows, min(known)), max(known))
    band = parameters.rows
    yield check(
        name="volume",
        rule="delivered rows as a ratio to the smallest or largest delivery that the model knows",
        outcome=Outcome.between(account.rows / max(nearest, 1), band.min, band.max),
    )
    now = (account.rows - account.accepted) / max(account.rows, 1)
    total = processing["total"]
    then = sum(total["rejected"].values()) / max(total["rows"] - total["superseded"], 1)
    told = tuple(f"{reason}: {count} rows" for reason, count in account.rejected.items())
    yield check(
        name="rejected_change",
        rule=f"change of the share of rows set aside, compared with {AGAINST}",
        outcome=Outcome.at_most(
            round(abs(now - then), 6),
            parameters.max_rejected_change,
            (f"{now:.1%}, before {then:.1%}", *told),
        ),
    )
    told = tuple(f"{column} {value!r}: {rows} rows" for (column, value), rows in unknown.items())
    yield check(
        name="unknown_values",
        rule="share of rows set aside for a borough or room type that is not of the market",
        outcome=Outcome.at_most(
            account.rejected.get(_UNKNOWN, 0) / max(account.rows, 1),
            parameters.max_unknown_share,
            told,
        ),
    )


def _stability(day: str, found: list[Shift], parameters: MonitoringParameters) -> Iterator[Check]:
    for shift in found:
        moved = sorted(
            zip(shift.groups, shift.now, shift.then, strict=True),
            key=lambda group: (-abs(group[1] - group[2]), group[0]),
        )
        yield Check(
            name="population_stability",
            kind="drift",
            column=shift.column,
            rule=f"population stability index, compared with {AGAINST}",
            outcome=Outcome.at_most(
                shift.index,
                shift.limit(parameters.stability),
                tuple(f"{name}: {now:.1%}, before {then:.1%}" for name, now, then in moved),
            ),
            drop=day,
        )


def _new_categories(
    day: str, now: Profile, then: Profile, parameters: MonitoringParameters
) -> Iterator[Check]:
    for column in (BOROUGH, ROOM_TYPE):
        known = then.categories[column]
        new = {name: n for name, n in now.categories[column].items() if name not in known}
        yield Check(
            name="new_categories",
            kind="drift",
            column=column,
            rule="share of accepted rows that no training listing is like",
            outcome=Outcome.at_most(
                sum(new.values()) / now.rows,
                parameters.max_new_category_share,
                tuple(f"{name}: {rows} rows" for name, rows in new.items()),
            ),
            drop=day,
        )


def _unknown_values(load: LoadDrop, market: MarketParameters) -> dict[tuple[str, str], int]:
    """Count the rows that were set aside for their borough or room type, by that."""
    rows = load(columns=[REASON, BOROUGH, ROOM_TYPE])
    rows = rows[rows[REASON] == _UNKNOWN]
    known = {BOROUGH: market.boroughs, ROOM_TYPE: market.room_types}
    counted = Counter(
        (column, value)
        for column, names in known.items()
        for value in _texts(rows[column])
        if value not in names
    )
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def _texts(column: pd.Series) -> list[str]:
    return [str(value) for value in column.dropna()]


def _new_values(
    now: Profile, then: Profile | None, unknown: Mapping[tuple[str, str], int]
) -> list[dict[str, Any]]:
    """List what no training listing had: set aside, or accepted."""
    new = [
        {"column": column, "value": value, "rows": rows, "accepted": False}
        for (column, value), rows in unknown.items()
    ]
    if then is None:
        return new
    sides = [
        profile.categories | {NEIGHBOURHOOD: _neighbourhoods(profile)} for profile in (now, then)
    ]
    for column, counts in sides[0].items():
        for value, rows in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            if value not in sides[1][column]:
                new.append({"column": column, "value": value, "rows": rows, "accepted": True})
    return new


def _neighbourhoods(profile: Profile) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for names in profile.neighbourhoods.values():
        counted.update(names)
    return dict(counted)

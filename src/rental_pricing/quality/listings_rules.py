"""Rules for the listings as a whole: the newest rows of all deliveries together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from rental_pricing.listings.columns import DELIVERED_ON
from rental_pricing.listings.digest import ContentDigest
from rental_pricing.quality.check import Check, Outcome
from rental_pricing.quality.delivery_rules import fewest
from rental_pricing.quality.profile import BOROUGH, ROOM_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from rental_pricing.engine.pieces import Load
    from rental_pricing.listings.parameters import MarketParameters, Range
    from rental_pricing.quality.deliveries import Delivery
    from rental_pricing.quality.parameters import QualityParameters
    from rental_pricing.quality.profile import Profile

_check = partial(Check, kind="rule")


@dataclass(frozen=True)
class LookedAt:
    """What was found in a piece of the listings.

    Attributes:
        digest: Of its content.
        outside: By column how many are outside of the market's limits, and some of them.
    """

    digest: ContentDigest
    outside: dict[str, tuple[int, list[str]]]


def look_at(load: Load, market: MarketParameters, shown: int) -> LookedAt:
    """Look at each row of a piece of the listings.

    Args:
        load: Loads the piece.
        market: City bounds and price range.
        shown: How many examples are told.
    """
    rows: pd.DataFrame = load()
    outside = {name: _outside(rows, name, allowed, shown) for name, allowed in _limits(market)}
    return LookedAt(ContentDigest.of(rows), outside)


def _limits(market: MarketParameters) -> tuple[tuple[str, Range], ...]:
    return (
        ("latitude", market.latitude),
        ("longitude", market.longitude),
        ("price", market.price),
    )


def _outside(rows: pd.DataFrame, column: str, allowed: Range, shown: int) -> tuple[int, list[str]]:
    wrong = ~rows[column].between(allowed.min, allowed.max)
    told = [
        f"{row[column]} (id {row['id']} of drop {row[DELIVERED_ON]:%Y-%m-%d})"
        for _, row in rows.loc[wrong, ["id", column, DELIVERED_ON]].head(shown).iterrows()
    ]
    return int(wrong.sum()), told


def listings_checks(
    listings: Sequence[LookedAt],
    profile: Profile,
    total: Mapping[str, Any],
    deliveries: Mapping[str, Delivery],
    market: MarketParameters,
    parameters: QualityParameters,
) -> list[Check]:
    """Judge the listings.

    Args:
        listings: What was found in each piece of them.
        profile: Their profile.
        total: Of the processing report: rows, kept, superseded, rejected by reason.
        deliveries: Where examples of rejected rows are.
        market: Known boroughs and room types, city bounds, price range.
        parameters: Limits.
    """
    return [
        *_rows(profile, market, parameters),
        *_values(listings, profile, market, parameters.examples),
        *_rejected(total, deliveries, parameters),
    ]


def _rows(
    profile: Profile, market: MarketParameters, parameters: QualityParameters
) -> Iterator[Check]:
    limits = parameters.rows
    yield _check(
        name="row_count",
        rule="number of listings",
        outcome=Outcome.between(profile.rows, limits.min, limits.max),
    )
    yield _check(
        name="boroughs_present",
        column=BOROUGH,
        rule="listings in every borough",
        outcome=fewest(
            profile.categories[BOROUGH], market.boroughs, parameters.min_rows_per_borough
        ),
    )
    for column, limit in sorted(parameters.max_missing_share.items()):
        if column in profile.missing:
            share = profile.missing[column] / max(profile.rows, 1)
            yield _check(
                name="missing_share",
                column=column,
                rule="share of missing values",
                outcome=Outcome.at_most(share, limit),
            )


def _values(
    listings: Sequence[LookedAt], profile: Profile, market: MarketParameters, shown: int
) -> Iterator[Check]:
    for name, column, known in (
        ("known_boroughs", BOROUGH, market.boroughs),
        ("known_room_types", ROOM_TYPE, market.room_types),
    ):
        unknown = {v: n for v, n in profile.categories[column].items() if v not in known}
        told = tuple(f"{value}: {count} listings" for value, count in unknown.items())
        yield _check(
            name=name,
            column=column,
            rule=f"listings of none of {', '.join(known)}",
            outcome=Outcome.at_most(sum(unknown.values()), 0, told),
        )
    for column, allowed in _limits(market):
        found = [each.outside[column] for each in listings]
        told = tuple(example for _, examples in found for example in examples)
        yield _check(
            name="price_range" if column == "price" else "city_bounds",
            column=column,
            rule=f"listings outside {allowed.min:g} to {allowed.max:g}",
            outcome=Outcome.at_most(sum(count for count, _ in found), 0, told[:shown]),
        )


def _rejected(
    total: Mapping[str, Any], deliveries: Mapping[str, Delivery], parameters: QualityParameters
) -> Iterator[Check]:
    rejected = total["rejected"]
    share = sum(rejected.values()) / max(total["rows"] - total["superseded"], 1)
    yield _check(
        name="rejected_share",
        rule="share of rows set aside that no newer row replaced",
        outcome=Outcome.at_most(
            share,
            parameters.max_rejected_share,
            tuple(f"{reason}: {count} rows" for reason, count in rejected.items()),
        ),
    )
    for reason, limit in sorted(parameters.max_rejected_rows.items()):
        if limit is None:
            continue
        told = [
            f"drop {day}, {example}"
            for day, delivery in sorted(deliveries.items(), reverse=True)
            for example in delivery.account.examples.get(reason, [])
        ]
        yield _check(
            name="rejected_rows",
            rule=f"rows set aside as {reason}",
            outcome=Outcome.at_most(
                rejected.get(reason, 0), limit, tuple(told[: parameters.examples])
            ),
        )

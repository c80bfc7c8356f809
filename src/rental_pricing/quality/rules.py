"""Rules that need no reference: structure, known values, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from rental_pricing.listings.columns import DELIVERED_ON, DETAIL, LINE, LISTING_DTYPES, REASON
from rental_pricing.quality.check import Check, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rental_pricing.listings.parameters import MarketParameters, Range
    from rental_pricing.quality.parameters import QualityParameters


def fixed_checks(
    listings: pd.DataFrame,
    rejected_listings: pd.DataFrame,
    processing_report: Mapping[str, Any],
    market: MarketParameters,
    options: QualityParameters,
) -> list[Check]:
    """Run all fixed rules; a rule whose column is absent is reported as not run."""
    shown = options.examples
    checks = [_columns(listings), _types(listings, shown), _row_count(listings, options)]
    checks += _values(listings, market, options)
    checks += [
        _missing_share(listings, name, share)
        for name, share in sorted(options.max_missing_share.items())
    ]
    checks.append(_rejected_share(processing_report["total"], options.max_rejected_share))
    checks += [
        _rejected_rows(rejected_listings, reason, limit, shown)
        for reason, limit in sorted(options.max_rejected_rows.items())
        if limit is not None
    ]
    return checks


def _values(
    listings: pd.DataFrame, market: MarketParameters, options: QualityParameters
) -> Iterator[Check]:
    shown = options.examples
    yield _unique(listings, "id", shown)
    yield _known(listings, "known_boroughs", "neighbourhood_group", market.boroughs, shown)
    yield _known(listings, "known_room_types", "room_type", market.room_types, shown)
    yield _boroughs_present(listings, market.boroughs, options.min_rows_per_borough)
    yield _within(listings, "city_bounds", "latitude", market.latitude, shown)
    yield _within(listings, "city_bounds", "longitude", market.longitude, shown)
    yield _within(listings, "price_range", "price", market.price, shown)


def _columns(listings: pd.DataFrame) -> Check:
    expected, found = list(LISTING_DTYPES), [str(name) for name in listings.columns]
    differing = [f"missing: {n}" for n in expected if n not in found]
    differing += [f"unexpected: {n}" for n in found if n not in expected]
    if not differing and expected != found:
        differing = [f"order: {', '.join(found)}"]
    return Check(
        name="columns",
        kind="fixed",
        rule="exactly the columns of a listing, in order",
        threshold=0,
        value=len(differing),
        status=status_of(passed=not differing),
        examples=tuple(differing),
    )


def _types(listings: pd.DataFrame, shown: int) -> Check:
    wrong = [
        f"{name}: {listings[name].dtype} instead of {dtype}"
        for name, dtype in LISTING_DTYPES.items()
        if name in listings and str(listings[name].dtype) != dtype
    ]
    return Check(
        name="types",
        kind="fixed",
        rule="each column has its type",
        threshold=0,
        value=len(wrong),
        status=status_of(passed=not wrong),
        examples=tuple(wrong[:shown]),
    )


def _row_count(listings: pd.DataFrame, options: QualityParameters) -> Check:
    limits, rows = options.rows, len(listings)
    return Check(
        name="row_count",
        kind="fixed",
        rule="number of listings within limits",
        threshold=f"{limits.min} to {limits.max}",
        value=rows,
        status=status_of(passed=limits.min <= rows <= limits.max),
    )


def _offenders(
    listings: pd.DataFrame, column: str, wrong: pd.Series, shown: int
) -> tuple[str, ...]:
    """Name the first offending listings by value, id and drop."""
    rows = listings[wrong].head(shown)
    told = []
    for _, row in rows.iterrows():
        where = f"id {row['id']}" if "id" in rows else "a listing"
        if DELIVERED_ON in rows:
            where += f" of drop {pd.Timestamp(row[DELIVERED_ON]):%Y-%m-%d}"
        told.append(f"{row[column]} ({where})" if column != "id" else where)
    return tuple(told)


def _per_row(
    listings: pd.DataFrame, name: str, column: str, rule: str, wrong: pd.Series, shown: int
) -> Check:
    return Check(
        name=name,
        kind="fixed",
        column=column,
        rule=rule,
        threshold=0,
        value=int(wrong.sum()),
        status=status_of(passed=not wrong.any()),
        examples=_offenders(listings, column, wrong, shown),
    )


def _absent(name: str, column: str, rule: str) -> Check:
    return Check(
        name=name,
        kind="fixed",
        column=column,
        rule=rule,
        status="not_run",
        reason=f"the listings have no column {column!r}",
    )


def _unique(listings: pd.DataFrame, column: str, shown: int) -> Check:
    rule = "each listing stands there once"
    if column not in listings:
        return _absent("unique_ids", column, rule)
    wrong = listings.duplicated(column, keep=False)
    return _per_row(listings, "unique_ids", column, rule, wrong, shown)


def _known(
    listings: pd.DataFrame, name: str, column: str, known: tuple[str, ...], shown: int
) -> Check:
    rule = f"one of {', '.join(known)}"
    if column not in listings:
        return _absent(name, column, rule)
    return _per_row(listings, name, column, rule, ~listings[column].isin(known), shown)


def _boroughs_present(listings: pd.DataFrame, boroughs: tuple[str, ...], least: int) -> Check:
    name, column, rule = "boroughs_present", "neighbourhood_group", "listings in every borough"
    if column not in listings:
        return _absent(name, column, rule)
    counts = listings[column].value_counts()
    few = {borough: int(counts.get(borough, 0)) for borough in boroughs}
    few = {borough: count for borough, count in few.items() if count < least}
    return Check(
        name=name,
        kind="fixed",
        column=column,
        rule=rule,
        threshold=least,
        value=min(few.values(), default=int(counts.min()) if len(counts) else 0),
        status=status_of(passed=not few),
        examples=tuple(f"{borough}: {count} listings" for borough, count in few.items()),
    )


def _within(listings: pd.DataFrame, name: str, column: str, allowed: Range, shown: int) -> Check:
    rule = f"{allowed.min:g} to {allowed.max:g}"
    if column not in listings:
        return _absent(name, column, rule)
    wrong = ~listings[column].between(allowed.min, allowed.max)
    return _per_row(listings, name, column, rule, wrong, shown)


def _missing_share(listings: pd.DataFrame, column: str, most: float) -> Check:
    rule = "share of missing values"
    if column not in listings:
        return _absent("missing_share", column, rule)
    share = float(listings[column].isna().mean()) if len(listings) else 0.0
    return Check(
        name="missing_share",
        kind="fixed",
        column=column,
        rule=rule,
        threshold=most,
        value=round(share, 4),
        status=status_of(passed=share <= most),
    )


def _rejected_share(total: Mapping[str, Any], most: float) -> Check:
    rejected = sum(total["rejected"].values())
    share = rejected / max(total["rows"] - total["superseded"], 1)
    reasons = tuple(f"{reason}: {count} rows" for reason, count in total["rejected"].items())
    return Check(
        name="rejected_share",
        kind="fixed",
        rule="share of rows set aside",
        threshold=most,
        value=round(share, 4),
        status=status_of(passed=share <= most),
        examples=reasons,
    )


def _rejected_rows(rejected: pd.DataFrame, reason: str, most: int, shown: int) -> Check:
    rows = rejected[rejected[REASON] == reason]
    examples = tuple(
        f"id {row['id']} of drop {pd.Timestamp(row[DELIVERED_ON]):%Y-%m-%d}, line {row[LINE]}: "
        f"{row[DETAIL]}"
        for _, row in rows.head(shown).iterrows()
    )
    return Check(
        name="rejected_rows",
        kind="fixed",
        rule=f"rows set aside as {reason}",
        threshold=most,
        value=len(rows),
        status=status_of(passed=len(rows) <= most),
        examples=examples,
    )

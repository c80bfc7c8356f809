"""What each delivery holds, and how it relates to the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rental_pricing.errors import cut
from rental_pricing.listings.columns import DETAIL, LINE, REASON
from rental_pricing.listings.ingest import MISSING_HOST_NAME
from rental_pricing.quality.known import Homes, Known, known_homes
from rental_pricing.quality.profile import Count, Profile, Record
from rental_pricing.quality.profiling import profile_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rental_pricing.listings.selection import LoadDrop
    from rental_pricing.quality.parameters import QualityParameters


class Account(Record):
    """Where the rows of a drop went.

    Attributes:
        rows: Rows as delivered.
        accepted: Rows that are listings.
        rejected: The other rows, by reason.
        examples: Some of those, by reason: line, id and what is wrong.
        repeated_ids: Accepted rows beyond the first of their id.
        missing_host_name: Accepted rows without a host's name, which is kept nowhere.
    """

    rows: Count
    accepted: Count
    rejected: dict[str, Count]
    examples: dict[str, list[str]]
    repeated_ids: Count
    missing_host_name: Count


class Delivery(Record):
    """One drop of the window.

    Attributes:
        profile: Summary of its accepted rows.
        account: Where its rows went.
        previous: Date of the newest earlier drop of the window, if there is one.
        known: Its ids that were accepted in that drop too.
    """

    profile: Profile
    account: Account
    previous: str | None
    known: Known


def profile_drops(
    drops: Mapping[str, LoadDrop], *, market: str, parameters: QualityParameters
) -> Iterator[tuple[str, Delivery]]:
    """Summarise each drop, one in memory at a time.

    Args:
        drops: Date to a callable that returns the typed drop: every raw row, with the
            reason why it is no listing; ``attrs`` count the missing host names.
        market: Identity of their market.
        parameters: Bins, number of examples, how far a place may move.

    Yields:
        Date and summary, by date.
    """
    previous: tuple[str, Homes] | None = None
    for day in sorted(drops):
        rows = drops[day]()
        accepted = rows[rows[REASON].isna()]
        homes = Homes.of(accepted)
        known = Known()
        if previous:
            known = known_homes(homes, previous[1], parameters.deliveries.known.place_km)
        yield (
            day,
            Delivery(
                profile=profile_rows(accepted, market=market, bins=parameters.bins),
                account=_account(rows, len(homes.ids), parameters.examples),
                previous=previous[0] if previous else None,
                known=known,
            ),
        )
        previous = day, homes


def _account(rows: pd.DataFrame, ids: int, shown: int) -> Account:
    rejected = rows.loc[rows[REASON].notna(), [REASON, DETAIL, LINE, "id"]]
    counts = rejected[REASON].value_counts()
    accepted = len(rows) - len(rejected)
    return Account(
        rows=len(rows),
        accepted=accepted,
        rejected={str(reason): int(counts[reason]) for reason in sorted(counts.index)},
        examples={
            str(reason): [_told(row) for _, row in some.head(shown).iterrows()]
            for reason, some in rejected.groupby(REASON, sort=True)
        },
        repeated_ids=accepted - ids,
        missing_host_name=rows.attrs[MISSING_HOST_NAME],
    )


def _told(row: pd.Series) -> str:
    who = "without an id" if pd.isna(row["id"]) else f"id {row['id']}"
    return f"line {row[LINE]}, {who}: {cut(str(row[DETAIL]), 80)}"

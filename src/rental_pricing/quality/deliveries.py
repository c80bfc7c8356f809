"""What each delivery holds, and how it relates to the one before it."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.errors import cut
from rental_pricing.listings.columns import DETAIL, LINE, REASON
from rental_pricing.listings.ingest import MISSING_HOST_NAME
from rental_pricing.listings.selection import pieces_of
from rental_pricing.quality.known import KEPT_OF_HOMES, Homes, Known, known_homes
from rental_pricing.quality.profile import Count, Profile, Record, added
from rental_pricing.quality.profiling import profile_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    drops: Mapping[str, LoadDrop],
    *,
    market: str,
    parameters: QualityParameters,
    engine: Engine = ONE_PROCESS,
) -> Iterator[tuple[str, Delivery]]:
    """Summarise each drop, a piece in memory at a time.

    Args:
        drops: Date to a callable that returns the typed drop: every raw row, with the
            reason why it is no listing; ``attrs`` count the missing host names.
        market: Identity of their market.
        parameters: Bins, number of examples, how far a place may move.
        engine: Works on the drops.

    Yields:
        Date and summary, by date.
    """
    loads = [(day, drops[day]) for day in sorted(drops)]
    # Each drop is compared with the one before it, which therefore is read twice where a row of
    # drops begins.
    ends = [round(len(loads) * each / engine.width) for each in range(engine.width + 1)]
    rows = [(loads[max(start - 1, 0) : start], loads[start:end])
            for start, end in pairwise(ends) if start < end]  # fmt: skip
    work = partial(_profile_row, market=market, parameters=parameters)
    for deliveries in engine.map(work, rows):
        yield from deliveries


Loads = list[tuple[str, "LoadDrop"]]


def _profile_row(
    task: tuple[Loads, Loads], market: str, parameters: QualityParameters
) -> list[tuple[str, Delivery]]:
    """Summarise drops that follow one another; one more, the one before them, is compared with."""
    before, loads = task
    previous: tuple[str, Homes] | None = None
    for day, load in before:
        needed = (_accepted(piece, [*KEPT_OF_HOMES, REASON]) for piece in pieces_of(load))
        previous = day, Homes.of(needed)
    found = []
    for day, load in loads:
        summary = _Summary(market, parameters)
        homes = Homes.of(map(summary.add, pieces_of(load)))
        known = Known()
        if previous:
            known = known_homes(homes, previous[1], parameters.deliveries.known.place_km)
        found.append((day, summary.delivery(len(homes.ids), previous, known)))
        previous = day, homes
    return found


def _accepted(load: LoadDrop, columns: Sequence[str]) -> pd.DataFrame:
    rows = load(columns=columns)
    return rows[rows[REASON].isna()]


class _Summary:
    """What is found in a drop, piece by piece."""

    def __init__(self, market: str, parameters: QualityParameters) -> None:
        self._market, self._parameters = market, parameters
        self._profiles: list[Profile] = []
        self._rows = self._missing_host_name = 0
        self._rejected: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, load: LoadDrop) -> pd.DataFrame:
        """Add a piece, and return its accepted rows."""
        rows = load()
        accepted = rows[rows[REASON].isna()]
        bins = self._parameters.bins
        self._profiles.append(profile_rows(accepted, market=self._market, bins=bins))
        self._rows += len(rows)
        self._missing_host_name = rows.attrs[MISSING_HOST_NAME]  # of the whole drop
        rejected = rows.loc[rows[REASON].notna(), [REASON, DETAIL, LINE, "id"]]
        self._rejected.update(rejected[REASON].tolist())
        for reason, some in rejected.groupby(REASON, sort=True):
            shown = self._examples.setdefault(str(reason), [])
            more = some.head(self._parameters.examples - len(shown))
            shown += [_told(row) for _, row in more.iterrows()]
        return accepted

    def delivery(self, ids: int, previous: tuple[str, Homes] | None, known: Known) -> Delivery:
        accepted = self._rows - self._rejected.total()
        return Delivery(
            profile=added(self._profiles),
            account=Account(
                rows=self._rows,
                accepted=accepted,
                rejected={reason: self._rejected[reason] for reason in sorted(self._rejected)},
                examples={reason: self._examples[reason] for reason in sorted(self._examples)},
                repeated_ids=accepted - ids,
                missing_host_name=self._missing_host_name,
            ),
            previous=previous[0] if previous else None,
            known=known,
        )


def _told(row: pd.Series) -> str:
    who = "without an id" if pd.isna(row["id"]) else f"id {row['id']}"
    return f"line {row[LINE]}, {who}: {cut(str(row[DETAIL]), 80)}"

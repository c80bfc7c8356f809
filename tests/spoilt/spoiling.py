"""What can be done to a delivery: each takes a week as texts and gives another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

Week = pd.DataFrame
Spoil = Any

FIRST, SECOND = "2024-01-08", "2024-01-15"
DROPS = Path(__file__).parents[2] / "data/01_raw/listings"


def read(day: str) -> Week:
    return pd.read_csv(DROPS / f"{day}.csv.gz", dtype="str", keep_default_na=False)


GOOD, BASE = read(FIRST), read(SECOND)


def random() -> np.random.Generator:
    return np.random.default_rng(1)


def to(share: float = 1.0, **values: str) -> Spoil:
    """Set columns to one value, in a share of the rows."""

    def spoil(week: Week) -> Week:
        rows = random().random(len(week)) < share
        return week.assign(**{n: week[n].mask(rows, value) for n, value in values.items()})

    return spoil


def number(column: str, change: Callable[[pd.Series], pd.Series], share: float = 1.0) -> Spoil:
    """Change the numbers of a column, in a share of the rows."""

    def spoil(week: Week) -> Week:
        rows = (random().random(len(week)) < share) & (week[column] != "")
        values = change(pd.to_numeric(week.loc[rows, column]))
        changed = week[column].copy()
        changed[rows] = [f"{value:.10g}" for value in values]
        return week.assign(**{column: changed})

    return spoil


def mixed(*columns: str, share: float = 1.0) -> Spoil:
    """Mix columns among listings: each by itself stays as it was."""

    def spoil(week: Week) -> Week:
        rows = np.flatnonzero(random().random(len(week)) < share)
        other = random().permutation(rows)
        week = week.copy()
        for name in columns:
            values = week[name].to_numpy(copy=True)
            values[rows] = values[other]
            week[name] = values
        return week

    return spoil


def swapped(one: str, other: str) -> Spoil:
    return lambda week: week.assign(**{one: week[other], other: week[one]})


def without(column: str, *values: str) -> Spoil:
    return lambda week: week[~week[column].isin(values)]


def other_ids(week: Week) -> Week:
    """Give every listing an id that no drop has had."""
    return week.assign(id=[str(10**12 + row) for row in range(len(week))])


def on_other_ids(spoil: Spoil) -> Spoil:
    return lambda week: spoil(other_ids(week))


def known_only(spoil: Spoil, share: float) -> Spoil:
    """Spoil a share of the listings that the first week has too."""

    def spoilt(week: Week) -> Week:
        known = week["id"].isin(GOOD["id"]) & (random().random(len(week)) < share)
        return pd.concat([week[~known], spoil(week[known])])

    return spoilt


def ids_moved_by_one_row(week: Week) -> Week:
    return week.assign(id=np.roll(week["id"].to_numpy(), 1))


def all_but_one(column: str, value: str) -> Spoil:
    return lambda week: week.drop(index=week.index[week[column] == value][1:])


def dates_older_by(days: int) -> Spoil:
    def spoil(week: Week) -> Week:
        dates = pd.to_datetime(week["last_review"].replace("", None)) - pd.Timedelta(days, "D")
        return week.assign(last_review=dates.dt.strftime("%Y-%m-%d").fillna(""))

    return spoil


def repeated(share: float) -> Spoil:
    """Return a week of 6,000 rows, a share of them of ids that the first week had."""

    def make(week: Week) -> Week:
        old = GOOD.sample(int(6000 * share), random_state=2)
        new = week[~week["id"].isin(GOOD["id"])]
        return pd.concat([old, new.head(6000 - len(old))])

    return make

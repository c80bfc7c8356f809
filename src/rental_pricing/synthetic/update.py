"""The next week's drop: some listings again, a week later, and others for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rental_pricing.synthetic.draws import Draws
from rental_pricing.synthetic.generator import FIRST_ID, generate_listings
from rental_pricing.synthetic.hosts import free_ids

if TYPE_CHECKING:
    import datetime as dt

    from rental_pricing.synthetic.draws import Flags, Integers

DAYS_PER_MONTH: Final = 30.44
DAYS_BETWEEN_DROPS: Final = 7
SHARE_OF_NEW_PRICES: Final = 0.25
UPDATE_STREAM: Final = 1 << 31  # no block of a drop has this number


def update_listings(
    previous: pd.DataFrame, *, rows: int, repeat_share: float, seed: int, as_of: dt.date
) -> pd.DataFrame:
    """Invent the drop that follows another one.

    Args:
        previous: The earlier drop, as `generate_listings` or `read_drop` gives it.
        rows: How many rows the new drop has, 1 or more.
        repeat_share: Share of them whose id is in the earlier drop, from 0 to 1.
        seed: The same seed and earlier drop give the same rows.
        as_of: The date of the new drop.

    Returns:
        Listings like those of `generate_listings`, in the order of their ids: repeated
        ones with a week's reviews, other days available and some with another price.

    Raises:
        ValueError: If `rows` is below 1 or `seed` below 0, if `repeat_share` is not within 0
            and 1, if the earlier drop has too few listings to repeat, or if it has reviews
            from `as_of` or later.
    """
    known = previous.drop_duplicates("id", keep="last")
    repeats = _repeats(known, rows, repeat_share, as_of)
    draws = Draws(seed, as_of.toordinal(), UPDATE_STREAM)
    chosen = draws.distinct(len(known), repeats)
    parts = [_a_week_later(draws, known.iloc[chosen], as_of)] if repeats else []
    if rows > repeats:
        parts.append(_others(previous, rows - repeats, seed=seed, as_of=as_of))
    drop = pd.concat(parts) if len(parts) > 1 else parts[0]
    return drop.sort_values("id", kind="stable", ignore_index=True)


def _repeats(known: pd.DataFrame, rows: int, repeat_share: float, as_of: dt.date) -> int:
    repeats = round(rows * repeat_share)
    newest = max(known["last_review"].dropna(), default="")
    problem = None
    if rows < 1:
        problem = f"A drop needs at least 1 row, got rows={rows}."
    elif not 0 <= repeat_share <= 1:
        problem = f"A share is between 0 and 1, got repeat_share={repeat_share}."
    elif repeats > len(known):
        problem = f"Cannot repeat {repeats} of {len(known)} listings: lower the share or the rows."
    elif newest >= as_of.isoformat():
        problem = f"The earlier drop has reviews up to {newest}: date the update later."
    if problem:
        raise ValueError(problem)
    return repeats


def _others(previous: pd.DataFrame, rows: int, *, seed: int, as_of: dt.date) -> pd.DataFrame:
    others = generate_listings(rows, seed=seed, as_of=as_of, first_id=FIRST_ID)
    for column in ("id", "host_id"):
        codes, ids = pd.factorize(others[column], sort=True)
        free = free_ids(np.asarray(ids), previous[column].to_numpy())
        others[column] = free[codes]
    return others


def _a_week_later(draws: Draws, earlier: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    rows = len(earlier)
    later = earlier.reset_index(drop=True)
    rate = later["reviews_per_month"].fillna(0.15).to_numpy()
    expected = rate * DAYS_BETWEEN_DROPS / DAYS_PER_MONTH
    new_reviews = np.floor(expected + draws.uniform(rows)).astype(np.int64)
    _add_reviews(draws, later, new_reviews, as_of)
    changed = draws.chance(SHARE_OF_NEW_PRICES, rows)
    later["price"] = _new_prices(draws, later["price"], changed)
    days = later["availability_365"].to_numpy()
    moved = days - np.round(DAYS_BETWEEN_DROPS * draws.uniform(rows)).astype(np.int64)
    later["availability_365"] = np.clip(moved, 0, 365)
    return later


def _add_reviews(draws: Draws, later: pd.DataFrame, new: Integers, as_of: dt.date) -> None:
    reviewed = new > 0
    days_ago = 1 + (draws.uniform(len(new)) * (DAYS_BETWEEN_DROPS - 1)).astype(np.int64)
    dates = np.datetime64(as_of) - days_ago.astype("timedelta64[D]")
    count = later["number_of_reviews"].to_numpy()
    rate = later["reviews_per_month"].to_numpy()
    months = np.maximum(count / rate, 1) + DAYS_BETWEEN_DROPS / DAYS_PER_MONTH
    months = np.where(count == 0, 1.0, months)
    later["number_of_reviews"] = count + new
    total = count + new
    later["reviews_per_month"] = np.where(total > 0, np.round(total / months, 2), np.nan)
    texts = np.datetime_as_string(dates, unit="D").astype(object)
    later["last_review"] = later["last_review"].mask(reviewed, pd.Series(texts, dtype="str"))


def _new_prices(draws: Draws, prices: pd.Series[int], changed: Flags) -> Integers:
    old = prices.to_numpy()
    factor = 1 + 0.08 * draws.normal(len(old))
    step = np.where(old % 5 == 0, 5, 1)  # who likes round prices still does
    new = np.maximum(np.round(old * factor / step) * step, np.minimum(old, 10)).astype(np.int64)
    return np.where(changed, new, old)

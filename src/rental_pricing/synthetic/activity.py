"""What guests and hosts did with a listing: reviews, availability, shortest stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from rental_pricing.synthetic.city import (
    AVAILABLE_DAYS,
    DAYS_SINCE_REVIEW,
    MINIMUM_NIGHTS,
    REVIEW_COUNTS,
    REVIEWS_PER_MONTH,
    SHARE_NEVER_AVAILABLE,
    SHARE_WITHOUT_REVIEWS,
)
from rental_pricing.synthetic.draws import at_level, position

if TYPE_CHECKING:
    from rental_pricing.synthetic.draws import Draws, Flags, Floats, Integers

DAYS_PER_MONTH: Final = 30.44
LONGEST_HISTORY_MONTHS: Final = 105.0
LONGEST_WITH_ONE_REVIEW_MONTHS: Final = 50.0
SEVERAL_LISTINGS: Final = 3
LARGE_PORTFOLIO: Final = 30


@dataclass(frozen=True)
class Reviews:
    """The review history of some listings, one entry a listing.

    Attributes:
        count: `number_of_reviews`.
        per_month: `reviews_per_month`, NaN without reviews.
        days_since_last: Days from the last review to the drop, 1 or more; 0 without reviews.
        newness: How new the listing is among the others, from 0 (the oldest) to 1.
        pace: How busy the listing is, on a standard normal scale.
    """

    count: Integers
    per_month: Floats
    days_since_last: Integers
    newness: Floats
    pace: Floats


def draw_reviews(draws: Draws, rows: int) -> Reviews:
    """Review histories whose counts, rates and dates agree with each other."""
    pace = draws.normal(rows)
    volume = 0.72 * pace + np.sqrt(1 - 0.72**2) * draws.normal(rows)
    silence = -0.8 * pace + 0.6 * draws.normal(rows)
    reviewed = ~draws.chance(SHARE_WITHOUT_REVIEWS, rows)
    count = np.where(reviewed, np.floor(at_level(REVIEW_COUNTS, ndtr(volume))), 0)
    rate = at_level(REVIEWS_PER_MONTH, ndtr(pace))
    longest = np.where(count == 1, LONGEST_WITH_ONE_REVIEW_MONTHS, LONGEST_HISTORY_MONTHS)
    months = np.clip(count / rate, 1, longest)
    days = np.minimum(at_level(DAYS_SINCE_REVIEW, ndtr(silence)), months * DAYS_PER_MONTH)
    days = np.where(count == 1, months * DAYS_PER_MONTH, days)
    per_month = np.maximum(np.round(count / months, 2), 0.01)
    return Reviews(
        count=count.astype(np.int64),
        per_month=np.where(reviewed, per_month, np.nan),
        days_since_last=np.where(reviewed, np.maximum(days, 1), 0).astype(np.int64),
        newness=_newness(draws, months, reviewed),
        pace=pace,
    )


def draw_available_days(draws: Draws, reviews: Reviews, portfolio: Integers) -> Integers:
    """`availability_365`: more for busy listings and for hosts who have several."""
    several = portfolio >= SEVERAL_LISTINGS
    score = 0.42 * reviews.pace + 1.1 * several - 0.15 - 0.3 * (reviews.count == 0)
    level = ndtr(score + 0.8 * draws.normal(len(score)))
    open_level = (level - SHARE_NEVER_AVAILABLE) / (1 - SHARE_NEVER_AVAILABLE)
    days = np.floor(at_level(AVAILABLE_DAYS, open_level)).astype(np.int64)
    return np.where(open_level <= 0, 0, days)


def draw_minimum_nights(
    draws: Draws, reviews: Reviews, portfolio: Integers, *, entire: Flags
) -> Integers:
    """`minimum_nights`: longer for entire homes, and a month for large commercial hosts."""
    rows = len(portfolio)
    score = -0.3 * reviews.pace + 0.25 * (entire - 0.5) + 0.94 * draws.normal(rows)
    weights = np.array(list(MINIMUM_NIGHTS.values()))
    nights = np.array(list(MINIMUM_NIGHTS))[position(weights, ndtr(score))]
    by_the_month = (portfolio > LARGE_PORTFOLIO) & draws.chance(0.6, rows)
    return np.where(by_the_month, 30, nights)


def _newness(draws: Draws, months: Floats, reviewed: Flags) -> Floats:
    rows = len(months)
    before_first_review = 14 * draws.uniform(rows)
    fresh = draws.chance(0.5, rows)
    unreviewed = draws.uniform(rows) * np.where(fresh, 10.0, LONGEST_HISTORY_MONTHS)
    age = np.where(reviewed, months + before_first_review, unreviewed)
    rank = np.empty(rows)
    rank[np.argsort(-age, kind="stable")] = np.arange(rows)
    return (rank + 0.5) / rows

"""The figures behind the synthetic listings, and listings drawn from them.

Names and centres of the neighbourhoods (`new_york.csv`) are public geography; shares, medians
and quantiles are rounded from published summary figures of short-term rentals in New York City
(2019). A price depends on place, room type, size, features, terms and on what nobody sees.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from synthetic_draws import (
    Floats,
    Integers,
    Random,
    Table,
    at_level,
    level,
    normal,
    pick,
    quantile,
    words,
)
from synthetic_titles import ROOMS_FROM, SIZELESS, VAGUE, compose_titles, name_hosts

ROOM_TYPES = ("Entire home/apt", "Private room", "Shared room")
SOUTH_WEST = (40.5, -74.25)  # bounds of the city [degrees]
CENTRE = (40.735, -73.990)  # where prices peak
KM_PER_DEGREE = (111.2, 84.3)
DAYS_PER_MONTH = 30.44
# Borough: share of all listings, shares and median prices [USD a night] of the room types.
BOROUGHS = {
    "Manhattan": (0.443, (0.61, 0.37, 0.02), (190, 90, 68)),
    "Brooklyn": (0.411, (0.48, 0.50, 0.02), (145, 65, 36)),
    "Queens": (0.116, (0.37, 0.595, 0.035), (120, 60, 38)),
    "Bronx": (0.022, (0.35, 0.59, 0.06), (100, 54, 38)),
    "Staten Island": (0.008, (0.47, 0.505, 0.025), (100, 50, 30)),
}
# Quantiles: levels, values.
REVIEWS: Table = (
    (0, 0.13, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1),
    (1, 1.5, 2, 4, 6, 10, 15, 25, 44, 85, 130, 190, 235, 400, 620),
)  # fmt: skip
REVIEWS_PER_MONTH: Table = (
    (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1),
    (0.01, 0.04, 0.07, 0.14, 0.26, 0.43, 0.72, 1.06, 1.7, 2.5, 3.65, 4.7, 7.2, 18),
)  # fmt: skip
DAYS_SINCE_REVIEW: Table = (
    (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1),
    (1, 7, 12, 17, 29, 50, 130, 275, 550, 1000, 1280, 1540, 3000),
)  # fmt: skip
AVAILABLE_DAYS: Table = (  # 36 % of the listings are never available
    (0, 0.36, 0.361, 0.42, 0.49, 0.55, 0.62, 0.68, 0.74, 0.81, 0.87, 0.94, 0.97, 1),
    (0, 0, 1, 14, 39, 73, 108, 166, 219, 278, 323, 352, 365, 365.9),
)  # fmt: skip
# Values, with their shares in 10,000.
NIGHTS = (
    (1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 20, 28, 30, 45, 60, 90, 180, 365, 500, 999),
    (2610, 2390, 1630, 680, 630, 160, 420, 150, 150, 60, 100, 120, 830, 20, 30, 30, 20, 7, 1, 1),
)  # fmt: skip
PORTFOLIOS = (
    (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 18, 28, 40, 60, 100, 200, 320),
    (8650, 870, 252, 95, 42, 26, 18, 13, 12, 6, 2, 3, 3, 2, 1, 0.4, 0.5),
)  # fmt: skip
LARGE_PORTFOLIO = 30  # more than that: a company
SHARE_WITHOUT_REVIEWS = 0.207
# Bedrooms (0: a studio) and features: share of the homes, effect on the log of the price.
BEDROOMS = ((0.17, 0.49, 0.23, 0.08, 0.03), (-0.27, -0.08, 0.23, 0.52, 0.80))
STYLES = {
    "": (0.845, -0.015), "loft": (0.055, 0.13), "duplex": (0.02, 0.22), "townhouse": (0.025, 0.20),
    "brownstone": (0.035, 0.08), "penthouse": (0.02, 0.26),
}  # fmt: skip
AMENITIES = {
    "": (0.62, -0.04), "w/ private bath": (0.07, 0.16), "with terrace": (0.04, 0.16),
    "with garden": (0.06, 0.07), "w/ balcony": (0.04, 0.10), "+ roof deck": (0.05, 0.11),
    "with skyline view": (0.06, 0.12), "w/ doorman": (0.03, 0.12), "with gym": (0.03, 0.13),
}  # fmt: skip


@functools.cache
def _areas() -> pd.DataFrame:
    """The neighbourhoods, scaled to the figures of their boroughs."""
    areas = pd.read_csv(Path(__file__).with_name("new_york.csv")).join(
        pd.DataFrame(BOROUGHS, index=["share", "rooms", "medians"]).T, on="borough"
    )
    weight = areas["listings"] / areas.groupby("borough")["listings"].transform("sum")
    areas["share"] = (weight * areas["share"]).astype(float)
    areas["log_level"] = np.log(areas["price_level"])
    for column in ("log_level", "entire_share"):
        mean = (weight * areas[column]).groupby(areas["borough"]).transform("sum")
        areas[column] -= mean
    return areas


def invent_listings(
    rng: Random, rows: int, date: dt.date, ids: Integers, host_ids: Integers
) -> pd.DataFrame:
    """Invent listings, the oldest first, whose `id` and `host_id` are not among those given."""
    reviews = _reviews(rng, rows, date)
    host, portfolio = _hosts(rng, rows)
    homes = _homes(rng, host, portfolio)
    terms = _terms(rng, reviews.pop("pace"), portfolio, homes)
    hosts = int(host.max()) + 1
    listings = pd.DataFrame(
        {
            "id": _free_ids(rng, rows, 60_000_000, ids),
            "name": _titles(rng, homes),
            "host_id": _free_ids(rng, hosts, 280_000_000, host_ids)[host],
            "host_name": name_hosts(rng, hosts).take(host),
            "neighbourhood_group": words(_areas()["borough"].tolist()).take(homes.area),
            "neighbourhood": words(_areas()["neighbourhood"].tolist()).take(homes.area),
            "latitude": homes.latitude,
            "longitude": homes.longitude,
            "room_type": words(ROOM_TYPES).take(homes.room),
            **{name: terms[name] for name in ("price", "minimum_nights")},
            **reviews,
            "calculated_host_listings_count": portfolio,
            "availability_365": terms["availability_365"],
        }
    )
    return _with_oddities(rng, listings)


def _reviews(rng: Random, rows: int, date: dt.date) -> dict[str, Any]:
    """Counts, dates and rates that agree with each other, the oldest listing first."""
    pace = normal(rng, rows)
    count = np.floor(quantile(REVIEWS, 0.72 * pace + 0.69 * normal(rng, rows)))
    count[rng.random(rows) < SHARE_WITHOUT_REVIEWS] = 0
    months = count / quantile(REVIEWS_PER_MONTH, pace)
    months = np.clip(months, 1, np.where(count == 1, 50, 105))
    last = quantile(DAYS_SINCE_REVIEW, -0.8 * pace + 0.6 * normal(rng, rows))
    last = np.where(count == 1, months * DAYS_PER_MONTH, np.minimum(last, months * DAYS_PER_MONTH))
    waiting = rng.random(rows) * np.where(rng.random(rows) < 0.5, 10, 105)
    age = np.where(count > 0, months + 14 * rng.random(rows), waiting)
    order = np.argsort(-age, kind="stable")
    count, months, last = count[order], months[order], last[order].astype(np.int64)
    return {
        "number_of_reviews": count.astype(np.int64),
        "last_review": dates(date, np.where(count > 0, last, 0)),
        "reviews_per_month": rates(count, months),
        "pace": pace[order],
    }


def rates(count: Floats | Integers, months: Floats) -> Floats:
    """Reviews a month, 0.01 or more; NaN without reviews."""
    rates: Floats = np.maximum(np.round(count / months, 2), 0.01)
    return np.where(count > 0, rates, np.nan)


def dates(date: dt.date, days_ago: Integers) -> Any:
    """Dates as texts, missing where it was 0 days ago."""
    days = np.datetime64(date) - np.arange(days_ago.max() + 1)
    return words([None, *days[1:].astype(str).tolist()]).take(days_ago)


def _hosts(rng: Random, rows: int) -> tuple[Integers, Integers]:
    """Numbers of the listings' hosts, the early hosts first, and how many each has."""
    values, shares = PORTFOLIOS
    sizes = np.minimum(np.array(values)[pick(rng, shares, rows)], max(1, rows // 100))
    ends = np.cumsum(sizes)
    count = int(np.searchsorted(ends, rows)) + 1
    sizes[count - 1] -= ends[count - 1] - rows
    host = np.empty(rows, dtype=np.int64)
    order = np.argsort(np.arange(rows) / rows + 0.35 * normal(rng, rows), kind="stable")
    host[order] = np.repeat(np.arange(count), sizes[:count])
    return host, sizes[host]


@dataclass(frozen=True)
class Homes:
    """Homes as columns; `area`, `room`, `bedrooms`, `style`, `amenity` are positions in tables."""

    area: Integers
    latitude: Floats
    longitude: Floats
    room: Integers
    bedrooms: Integers
    style: Integers
    amenity: Integers
    quality: Floats


def _homes(rng: Random, host: Integers, portfolio: Integers) -> Homes:
    """Homes of the hosts: those of one host tend to be close to each other."""
    rows, areas = len(host), _areas()
    share = areas["share"].to_numpy()
    central = share * np.where(areas["borough"] == "Manhattan", 3.0, 1.0)
    area = pick(rng, share, int(host.max()) + 1)[host]
    area = np.where(rng.random(rows) < 0.8, area, pick(rng, share, rows))
    area = np.where(portfolio > LARGE_PORTFOLIO, pick(rng, central, rows), area)
    places = []
    for axis, km in zip(("latitude", "longitude"), KM_PER_DEGREE, strict=True):
        away = np.clip(normal(rng, rows), -2.2, 2.2) * areas["spread_km"].to_numpy()[area] / km
        places.append(np.round(areas[axis].to_numpy()[area] + away, 5))
    styles, amenities = ([share for share, _ in each.values()] for each in (STYLES, AMENITIES))
    return Homes(
        area=area,
        latitude=places[0],
        longitude=places[1],
        room=_rooms(rng, area, portfolio),
        bedrooms=pick(rng, BEDROOMS[0], rows),
        style=pick(rng, styles, rows),
        amenity=pick(rng, amenities, rows),
        quality=normal(rng, rows),
    )


def _rooms(rng: Random, area: Integers, portfolio: Integers) -> Integers:
    """Room types: who lets several places mostly lets rooms; companies let entire homes."""
    rooms = np.array(_areas()["rooms"].tolist())
    entire = (rooms[:, 0] + _areas()["entire_share"].to_numpy())[area]
    step = np.searchsorted([1.5, 2.5, 10.5, LARGE_PORTFOLIO + 0.5], portfolio)
    shared = rooms[area, 2] * np.array([0.6, 1.3, 2.4, 2.4, 0.6])[step]
    private = 1 - entire - rooms[area, 2]
    entire *= np.array([1.35, 0.62, 0.37, 0.8, 5.0])[step]
    at = rng.random(len(area)) * (entire + private + shared)
    return np.where(at < entire, 0, np.where(at < entire + private, 1, 2))


def _terms(rng: Random, pace: Floats, portfolio: Integers, homes: Homes) -> dict[str, Integers]:
    """Shortest stay, days on offer and price."""
    rows = len(pace)
    entire = homes.room == 0
    values, shares = NIGHTS
    score = -0.3 * pace + 0.25 * (entire - 0.5) + 0.94 * normal(rng, rows)
    nights = np.array(values)[at_level(shares, level(score))]
    nights[(portfolio > LARGE_PORTFOLIO) & (rng.random(rows) < 0.6)] = 30
    score = 0.42 * pace + 1.1 * (portfolio > 2) - 0.2 + 0.8 * normal(rng, rows)
    days = np.floor(quantile(AVAILABLE_DAYS, score)).astype(np.int64)
    log_price = _log_values(homes) - 0.16 * (nights >= 28) + 0.25 * (days / 365 - 0.3) - 0.05 * pace
    log_price += -0.06 * (portfolio > 2) + 0.2 * (portfolio > LARGE_PORTFOLIO)
    # Most hosts look at their neighbours' prices, some do not, a few dream.
    log_price += np.where(rng.random(rows) < 0.24, 0.36, 0.14) * normal(rng, rows) - 0.03
    log_price += -0.85 * np.log1p(-rng.random(rows)) * (rng.random(rows) < 0.06)
    prices = _as_hosts_write(rng, np.clip(np.exp(log_price), 10, 9_000))
    return {"price": prices, "minimum_nights": nights, "availability_365": days}


def _log_values(homes: Homes) -> Floats:
    """What homes are worth by place, room type, size and features: log of USD a night."""
    areas = _areas()
    centres = areas[["latitude", "longitude"]].to_numpy()
    places = np.column_stack([homes.latitude, homes.longitude])
    away, centre_away = (
        np.hypot(*((each - CENTRE) * KM_PER_DEGREE).T) for each in (places, centres)
    )
    worth: Floats = np.log(np.array(areas["medians"].tolist()))[homes.area, homes.room]
    worth += areas["log_level"].to_numpy()[homes.area]
    worth -= 0.025 * (away - centre_away[homes.area])
    worth += np.where(homes.room == 0, np.array(BEDROOMS[1])[homes.bedrooms] - 0.015, 0)
    for features, chosen in ((STYLES, homes.style), (AMENITIES, homes.amenity)):
        worth += np.array([effect for _, effect in features.values()])[chosen]
    return worth + 0.16 * homes.quality


def _as_hosts_write(rng: Random, exact: Floats) -> Integers:
    """Whole prices, most of them round, some just below the ten."""
    habit = rng.random(len(exact))
    step = np.where((exact > 180) & (rng.random(len(exact)) < 0.5), 25, 5)
    price = np.where(habit < 0.65, np.round(exact / step) * step, np.round(exact))
    price = np.where(habit > 0.9, np.round((exact + 1) / 10) * 10 - 1, price)
    return np.maximum(price, 10).astype(np.int64)


def _titles(rng: Random, homes: Homes) -> Any:
    rows = len(homes.room)
    sized = np.where(rng.random(rows) < 0.62, homes.bedrooms, SIZELESS)
    kind = np.where(homes.room == 0, sized, ROOMS_FROM + homes.room - 1)
    vague = (rng.random(rows) < 0.36) & (kind != 0)
    return compose_titles(
        rng,
        kind=np.where(vague, VAGUE, kind),
        quality=homes.quality,
        area=homes.area,
        styled=(homes.style, list(STYLES)),
        equipped=(homes.amenity, list(AMENITIES)),
        areas=_areas()["neighbourhood"].tolist(),
    )


def _free_ids(rng: Random, count: int, span: int, taken: Integers) -> Integers:
    """Rising ids, about evenly within the span, none of them taken."""
    wanted = count + len(taken)
    gaps = 1 + (rng.random(wanted) * max(2, 2 * span // wanted)).astype(np.int64)
    ids = 2_400 + np.cumsum(gaps)
    free = ids[~np.isin(ids, taken)]
    return free[np.arange(count) * len(free) // count]


def _with_oddities(rng: Random, listings: pd.DataFrame) -> pd.DataFrame:
    """Few rows with a price of 0 or 10,000, outside the city, or with the id before them."""
    rows = len(listings)
    counts = [round(rows * share) for share in (5e-4, 2.5e-4, 1.5e-4, 1.5e-4, 5e-4)]
    # Even rows only: the copy of a row takes the place of the odd one behind it.
    chosen = 2 * np.argsort(rng.random(rows // 2), kind="stable")[: sum(counts)]
    free, dear, south, west, twice = np.split(chosen, np.cumsum(counts)[:-1])
    source = np.arange(rows)
    source[twice + 1] = twice
    odd = listings.take(source).reset_index(drop=True)
    odd.loc[free, "price"] = 0
    odd.loc[dear, "price"] = 10_000
    for axis, places, bound in zip(
        ("latitude", "longitude"), (south, west), SOUTH_WEST, strict=True
    ):
        odd.loc[places, axis] = np.round(bound - 0.0002 - 0.01 * rng.random(len(places)), 5)
    odd.loc[twice + 1, "price"] += 10
    odd.loc[twice + 1, "availability_365"] = 365 - odd.loc[twice + 1, "availability_365"]
    return odd

"""Homes: where they are, what they are, and what a night in them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rental_pricing.synthetic import city
from rental_pricing.synthetic.activity import LARGE_PORTFOLIO

if TYPE_CHECKING:
    from rental_pricing.synthetic.draws import Draws, Floats, Integers
    from rental_pricing.synthetic.hosts import Hosts

# What a feature does to the price, natural log; shares are of the homes that can have it.
BEDROOMS: Final = (
    (0, 0.17, -0.27),
    (1, 0.49, -0.08),
    (2, 0.23, 0.23),
    (3, 0.08, 0.52),
    (4, 0.03, 0.80),
)
STYLES: Final = (
    ("plain", 0.845, -0.015),
    ("loft", 0.055, 0.13),
    ("duplex", 0.02, 0.22),
    ("townhouse", 0.025, 0.20),
    ("brownstone", 0.035, 0.08),
    ("penthouse", 0.02, 0.26),
)
AMENITIES: Final = (
    ("none", 0.62, -0.04),
    ("private bath", 0.07, 0.16),
    ("terrace", 0.04, 0.16),
    ("garden", 0.06, 0.07),
    ("balcony", 0.04, 0.10),
    ("rooftop", 0.05, 0.11),
    ("view", 0.06, 0.12),
    ("doorman", 0.03, 0.12),
    ("gym", 0.03, 0.13),
)
QUALITY_EFFECT: Final = 0.16
GRADIENT_PER_KM: Final = -0.025
AVAILABILITY_EFFECT: Final = 0.25  # from never to the whole year
PACE_EFFECT: Final = -0.05
ROOM_EFFECTS: Final = (-0.015, 0.015, 0.0)
LONG_STAY: Final = (28, -0.16)  # nights or more
PORTFOLIO_EFFECTS: Final = ((3, -0.06), (LARGE_PORTFOLIO + 1, 0.2))  # listings or more
USUAL_NOISE: Final = 0.14
WILD_NOISE: Final = (0.24, 0.36)  # share of the homes, standard deviation
UPPER_TAIL: Final = (0.06, 0.85)  # share of the homes, mean of an exponential
WIDE_STEPS_FROM: Final = 180  # USD; from here on many hosts think in steps of 25
SHARE_OF_ROUND_PRICES: Final = 0.65
SHARE_OF_NINES: Final = 0.1
LOWEST_PRICE: Final = 10
HIGHEST_PRICE: Final = 9_000


@dataclass(frozen=True)
class Homes:
    """Some homes, one entry each.

    Attributes:
        area: Position in `city.neighbourhoods()`.
        latitude: Degrees, 5 decimals.
        longitude: Degrees, 5 decimals.
        room: Position in `city.ROOM_TYPES`.
        bedrooms: Bedrooms of an entire home (0: a studio), -1 for a room.
        style: Position in `STYLES`.
        amenity: Position in `AMENITIES`.
        quality: How good the place is, on a standard normal scale.
    """

    area: Integers
    latitude: Floats
    longitude: Floats
    room: Integers
    bedrooms: Integers
    style: Integers
    amenity: Integers
    quality: Floats


@dataclass(frozen=True)
class Market:
    """How the homes are let, one entry each.

    Attributes:
        portfolio: How many listings the host has.
        minimum_nights: Shortest stay [nights].
        available_days: Days on offer within a year [days].
        pace: How busy the listing is, on a standard normal scale.
    """

    portfolio: Integers
    minimum_nights: Integers
    available_days: Integers
    pace: Floats


def draw_homes(draws: Draws, hosts: Hosts, areas: city.Neighbourhoods) -> Homes:
    """Homes of some hosts: a host's homes tend to be close to each other."""
    rows = len(hosts.number)
    area = _areas(draws, hosts, areas)
    latitude, longitude = _places(draws, area, areas)
    room = draws.pick_rows(areas.room_shares[area] * _room_tilt(hosts.portfolio))
    entire = room == 0
    bedrooms = draws.pick([share for _, share, _ in BEDROOMS], rows)
    style = draws.pick([share for _, share, _ in STYLES], rows)
    return Homes(
        area=area,
        latitude=latitude,
        longitude=longitude,
        room=room,
        bedrooms=np.where(entire, bedrooms, -1),
        style=style,
        amenity=draws.pick([share for _, share, _ in AMENITIES], rows),
        quality=draws.normal(rows),
    )


def draw_prices(draws: Draws, homes: Homes, areas: city.Neighbourhoods, market: Market) -> Integers:
    """Prices in whole dollars, rounded the way hosts do [USD per night]."""
    medians = np.array([city.MEDIAN_PRICES[name] for name in areas.borough], dtype=float)
    log_price = np.log(medians[homes.area, homes.room]) + areas.log_level[homes.area]
    log_price += GRADIENT_PER_KM * _beyond_the_centre_of_the_area(homes, areas)
    log_price += _effect_of_features(homes) + _effect_of_market(market)
    log_price += _noise(draws, len(log_price))
    exact = np.clip(np.exp(log_price), LOWEST_PRICE, HIGHEST_PRICE)
    return _round_like_hosts(draws, exact)


def _noise(draws: Draws, rows: int) -> Floats:
    # Most hosts look at their neighbours' prices, some do not, a few dream.
    wild_share, wild = WILD_NOISE
    scale = np.where(draws.chance(wild_share, rows), wild, USUAL_NOISE)
    share, mean = UPPER_TAIL
    excess = -mean * np.log1p(-draws.uniform(rows)) * draws.chance(share, rows)
    return scale * draws.normal(rows) + excess - share * mean / 2


def _effect_of_market(market: Market) -> Floats:
    nights, effect = LONG_STAY
    total = effect * (market.minimum_nights >= nights)
    for listings, change in PORTFOLIO_EFFECTS:
        total = total + change * (market.portfolio >= listings)
    total += AVAILABILITY_EFFECT * (market.available_days / 365 - 0.3)
    return total + PACE_EFFECT * market.pace


def _effect_of_features(homes: Homes) -> Floats:
    sizes = np.array([effect for _, _, effect in BEDROOMS])
    styles = np.array([effect for _, _, effect in STYLES])
    amenities = np.array([effect for _, _, effect in AMENITIES])
    effect: Floats = np.where(homes.bedrooms >= 0, sizes[homes.bedrooms], 0.0)
    effect += np.array(ROOM_EFFECTS)[homes.room]
    effect += styles[homes.style] + amenities[homes.amenity]
    return effect + QUALITY_EFFECT * homes.quality


def _beyond_the_centre_of_the_area(homes: Homes, areas: city.Neighbourhoods) -> Floats:
    here = city.distance_km(homes.latitude, homes.longitude)
    return here - city.distance_km(areas.latitude, areas.longitude)[homes.area]


def _areas(draws: Draws, hosts: Hosts, areas: city.Neighbourhoods) -> Integers:
    rows = len(hosts.number)
    home_of_host = draws.pick(areas.share, int(hosts.number.max()) + 1)[hosts.number]
    anywhere = draws.pick(areas.share, rows)
    business = draws.pick(areas.share * np.where(areas.borough == "Manhattan", 3.0, 1.0), rows)
    area = np.where(draws.chance(0.8, rows), home_of_host, anywhere)
    return np.where(hosts.portfolio > LARGE_PORTFOLIO, business, area)


def _places(draws: Draws, area: Integers, areas: city.Neighbourhoods) -> tuple[Floats, Floats]:
    spread = areas.spread_km[area]
    north, east = (np.clip(draws.normal(len(area)), -2.2, 2.2) * spread for _ in range(2))
    latitude = areas.latitude[area] + north / city.KM_PER_DEGREE_LATITUDE
    longitude = areas.longitude[area] + east / city.KM_PER_DEGREE_LONGITUDE
    return np.round(latitude, 5), np.round(longitude, 5)


def _room_tilt(portfolio: Integers) -> Floats:
    # Who lets several places mostly lets rooms; companies let entire homes.
    step = np.searchsorted([1.5, 2.5, 10.5, LARGE_PORTFOLIO + 0.5], portfolio)
    entire = np.array([1.35, 0.62, 0.37, 0.8, 5.0])[step]
    shared = np.array([0.6, 1.3, 2.4, 2.4, 0.6])[step]
    return np.column_stack([entire, np.ones_like(entire), shared])


def _round_like_hosts(draws: Draws, exact: Floats) -> Integers:
    rows = len(exact)
    habit = draws.uniform(rows)
    wide = np.where((exact > WIDE_STEPS_FROM) & draws.chance(0.5, rows), 25, 5)
    price = np.round(exact)
    price = np.where(habit < SHARE_OF_ROUND_PRICES, np.round(exact / wide) * wide, price)
    nines = np.round((exact + 1) / 10) * 10 - 1
    price = np.where(habit > 1 - SHARE_OF_NINES, nines, price)
    return np.maximum(price, LOWEST_PRICE).astype(np.int64)

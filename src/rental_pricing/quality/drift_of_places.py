"""Differences between two profiles: where the boroughs and neighbourhoods are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rental_pricing.quality.check import Outcome
from rental_pricing.quality.profile import MICRO
from rental_pricing.quality.statistics import distance_km

if TYPE_CHECKING:
    from rental_pricing.quality.parameters import DriftParameters
    from rental_pricing.quality.profile import Place, Profile


def means(now: Profile, then: Profile, parameters: DriftParameters) -> Outcome:
    """Compare the mean place of each borough that has rows enough.

    It sees places or boroughs that were mixed among listings.
    """
    limit, least = parameters.max_place_km, parameters.min_place_rows
    distances = [
        (_distance(place, then.places[borough]), borough)
        for borough, place in now.places.items()
        if borough in then.places and min(place.rows, then.places[borough].rows) >= least
    ]
    if not distances:
        return Outcome.not_run(f"no borough has {least} rows on both sides", limit)
    distances.sort(reverse=True)
    told = tuple(f"{borough}: {km:.2f} km" for km, borough in distances)
    return Outcome.at_most(distances[0][0], limit, told)


def _distance(one: Place, other: Place) -> float:
    mean = [
        np.array(degrees / place.rows / MICRO)
        for place in (one, other)
        for degrees in (place.latitude, place.longitude)
    ]
    return float(distance_km(*mean))


def moved(now: Profile, then: Profile, parameters: DriftParameters) -> Outcome:
    """Count rows whose neighbourhood lies in another borough than most of it did."""
    known = _boroughs(then)
    wrong = {
        f"{name} in {borough}, before in {known[name]}": count
        for borough, names in now.neighbourhoods.items()
        for name, count in names.items()
        if known.get(name, borough) != borough
    }
    return _share(wrong, now.rows, parameters.max_moved_share)


def new(now: Profile, then: Profile, parameters: DriftParameters) -> Outcome:
    """Count rows in neighbourhoods that the other side lacks.

    What its size explains is allowed besides: as a share, the neighbourhoods that it has
    once (Good, *The population frequencies of species*, Biometrika 40, 1953).
    """
    known = _boroughs(then)
    rows = {
        f"{name} in {borough}": count
        for borough, names in now.neighbourhoods.items()
        for name, count in names.items()
        if name not in known
    }
    once = sum(count == 1 for names in then.neighbourhoods.values() for count in names.values())
    return _share(rows, now.rows, parameters.max_new_share + once / then.rows)


def titles(now: Profile, then: Profile, parameters: DriftParameters) -> Outcome:
    """Compare how many titles name the neighbourhood that the row says.

    It sees titles that were mixed among listings. Run where the other side's share lets
    enough such titles be expected.
    """
    share, before = (side.own_place_titles / side.rows for side in (now, then))
    least, limit = parameters.min_own_place_titles, parameters.min_own_place_ratio
    if before * now.rows < least:
        return Outcome.not_run(f"fewer than {least} such titles are to be expected", limit)
    return Outcome(
        status="passed" if share >= limit * before else "failed",
        threshold=limit,
        value=round(share / before, 6),
        examples=(f"{share:.1%}, before {before:.1%}",),
    )


def _boroughs(profile: Profile) -> dict[str, str]:
    """Return the borough in which most rows of each neighbourhood are."""
    counted = [
        (count, borough, name)
        for borough, names in profile.neighbourhoods.items()
        for name, count in names.items()
    ]
    return {name: borough for _, borough, name in sorted(counted)}


def _share(rows: dict[str, int], whole: int, limit: float) -> Outcome:
    worst = sorted(rows, key=lambda name: (-rows[name], name))
    told = tuple(f"{name}: {rows[name]} rows" for name in worst)
    return Outcome.at_most(sum(rows.values()) / whole, limit, told)

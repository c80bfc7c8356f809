"""Why this price: what each group of columns adds to the estimate of a typical listing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.errors import UserInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from rental_pricing.model.reading import Floats

    Columns = Mapping[str, NDArray[Any]]

MOST_GROUPS = 8
"""Of more groups, too many mixtures would have to be priced: 256 for each listing."""

STACKED_ROWS = 25_600
"""Mixtures that are priced at once, at most."""


class TooManyGroupsError(UserInputError):
    """There are more groups of columns than can be explained exactly."""


def mixture_prices(
    price: Callable[[Columns], Floats],
    listings: Columns,
    typical: Columns,
    groups: Mapping[str, Sequence[str]],
) -> Floats:
    """Return the worth of each set of groups of columns, in currency per night.

    It is the price of the typical listing with these groups' columns taken from the listing (a
    single reference: Lundberg & Lee 2017; Sundararajan & Najmi 2020, "baseline Shapley").

    Args:
        price: Prices listings, given by column: shape (rows,).
        listings: What to explain, by column, each of shape (rows,).
        typical: The typical listing, by column, each of shape (1,).
        groups: Columns by the name of their group; each column is in one.

    Returns:
        Shape (rows, 2 ** groups), as :func:`shapley_values` takes them: first the price of the
        typical listing, last that of the listing itself.

    Raises:
        TooManyGroupsError: There are more groups than ``MOST_GROUPS``.
    """
    if len(groups) > MOST_GROUPS:
        msg = (
            f"modeling.explain.groups has {len(groups)} groups; prices can be explained by at most "
            f"{MOST_GROUPS}. Join some, or explain nothing: --params inference.explain=0"
        )
        raise TooManyGroupsError(msg)
    rows, mixtures = len(next(iter(listings.values()))), 2 ** len(groups)
    worth = np.empty((rows, mixtures))
    step = max(STACKED_ROWS // mixtures, 1)
    for start in range(0, rows, step):
        some = {name: values[start : start + step] for name, values in listings.items()}
        count = min(step, rows - start)
        worth[start : start + count] = price(_mixed(some, typical, groups)).reshape(count, mixtures)
    return worth


def _mixed(listings: Columns, typical: Columns, groups: Mapping[str, Sequence[str]]) -> Columns:
    """Return all mixtures of each listing with the typical one, listing by listing.

    In mixture number n the groups whose bit is set in n are the listing's.
    """
    number = np.arange(2 ** len(groups))
    mixed = {}
    for bit, columns in enumerate(groups.values()):
        own = (number >> bit & 1).astype(bool)
        for name in columns:
            values = listings[name]
            mixed[name] = np.where(own, values[:, None], typical[name]).reshape(-1)
    return mixed


def shapley_values(worth: Floats) -> Floats:
    """Return what each player adds on average, over all orders in which players can come.

    Of prices of mixtures, that is what each group of columns adds (Shapley 1953); computed
    exactly. The values of a game add up to the worth of all players less that of none.

    Args:
        worth: Of each set of players, shape (games, 2 ** players); a player is in the sets
            whose number has his bit.

    Returns:
        Shape (games, players).
    """
    sets = worth.shape[1]
    players = sets.bit_length() - 1
    number = np.arange(sets)
    size = np.array([each.bit_count() for each in range(sets)])
    share = np.array([1 / (players * math.comb(players - 1, n)) for n in range(players)])
    values = np.empty((len(worth), players))
    for player in range(players):
        without = number[(number >> player & 1) == 0]
        gains = worth[:, without | 1 << player] - worth[:, without]
        values[:, player] = (gains * share[size[without]]).sum(axis=1)
    return values

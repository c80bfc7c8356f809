"""Hosts: who they are and how many listings they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rental_pricing.synthetic.city import PORTFOLIO_SIZES

if TYPE_CHECKING:
    from rental_pricing.synthetic.draws import Draws, Floats, Integers, Texts

FIRST_HOST: Final = 2_400
HOST_SPAN: Final = 280_000_000
LARGEST_SHARE: Final = 0.01  # of the listings of a drop in one host's hands
SHARE_OF_COUPLES: Final = 0.03
SHARE_WITHOUT_NAME: Final = 0.0008

_GIVEN_NAMES: Final = """
    Michael David John Sarah Alex Maria Daniel Anna Jessica Laura Chris James Andrew Emily
    Robert Kevin Lisa Mark Karen Julia Elizabeth Rachel Eric Jennifer Ashley Nicole Matthew
    Adam Ben Sam Nina Kate Emma Olivia Sophia Grace Hannah Amy Peter Paul Thomas Jason Brian
    Ryan Justin Brandon Anthony Joseph William Steven Patrick Sean Luis Carlos Juan Jose
    Miguel Diego Rosa Carmen Ana Sofia Camila Valentina Elena Irina Olga Natalia Tatiana
    Dmitri Ivan Marco Giulia Francesca Luca Pierre Claire Camille Chloé Zoë René Noémie José
    Andrés Mónica Søren Jürgen Wei Li Ming Yuki Hana Kenji Min Ji Priya Raj Anil Sana Omar
    Fatima Ahmed Leila Amir Aisha Kofi Ama Malik Jamal Keisha Tanya Monique Denise Gloria
    Yolanda Vanessa Simone Jasmine Naomi Esther Miriam Aaron Jacob Noah Ethan Lucas Max Leo
    Henry Oscar Felix Jack Charlie Frank George Victor Walter Arthur Stella Ruby Violet
"""
GIVEN_NAMES: Final = tuple(_GIVEN_NAMES.split())


@dataclass(frozen=True)
class Hosts:
    """The hosts of some listings, one entry a listing.

    Attributes:
        number: Position of the listing's host among the hosts.
        identity: `host_id`.
        name: `host_name`, None where it is missing.
        portfolio: How many of these listings the host has.
    """

    number: Integers
    identity: Integers
    name: Texts
    portfolio: Integers


def draw_hosts(draws: Draws, newness: Floats, *, step: int, offset: int) -> Hosts:
    """Hosts for some listings: who joined early tends to have the old listings.

    Args:
        draws: The source of randomness.
        newness: How new each listing is, from 0 (the oldest) to 1.
        step: Ids are this far apart at least.
        offset: Added to each id; less than `step`, it keeps blocks of listings disjoint.
    """
    rows = len(newness)
    sizes = np.minimum(draws.value(PORTFOLIO_SIZES, rows), max(1, int(rows * LARGEST_SHARE)))
    ends = np.cumsum(sizes)
    count = int(np.searchsorted(ends, rows)) + 1
    sizes = sizes[:count].copy()
    sizes[-1] -= ends[count - 1] - rows
    seats = np.repeat(np.arange(count), sizes)
    order = np.argsort(newness + 0.35 * draws.normal(rows), kind="stable")
    number = np.empty_like(seats)
    number[order] = seats
    names = _names(draws, count)
    identity = _identities(draws, count, step=step) + offset
    return Hosts(number, identity[number], names[number], sizes[number])


def free_ids(ids: Integers, taken: Integers) -> Integers:
    """Move the ids up, as little as needed, until none is taken and none comes twice.

    Args:
        ids: Ids in ascending order.
        taken: Ids that may not be used, in any order.
    """
    barred = np.unique(taken)
    positions = np.arange(len(ids))
    # Counted in free numbers only, there is nothing in the way but the other ids.
    free_below = ids - np.searchsorted(barred, ids)
    rank = np.maximum.accumulate(free_below - positions) + positions
    moved: Integers = rank + np.searchsorted(barred - np.arange(len(barred)), rank, side="right")
    return moved


def _identities(draws: Draws, count: int, *, step: int) -> Integers:
    # The site has grown: most hosts joined late, so low numbers are dense.
    raw = np.sort(draws.uniform(count) ** 2.2) * (HOST_SPAN // step)
    return FIRST_HOST + (raw.astype(np.int64) + np.arange(count)) * step


def _names(draws: Draws, count: int) -> Texts:
    popularity = 1 / (np.arange(len(GIVEN_NAMES)) + 15.0)
    given = np.array(GIVEN_NAMES, dtype=object)
    names = given[draws.pick(popularity, count)]
    couples = draws.chance(SHARE_OF_COUPLES, count)
    partners = given[draws.pick(popularity, count)]
    names[couples] = names[couples] + " & " + partners[couples]
    names[draws.chance(SHARE_WITHOUT_NAME, count)] = None
    return names

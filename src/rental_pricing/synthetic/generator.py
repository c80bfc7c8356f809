"""Generate listings: blocks of invented rows, each block from its own seeded stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.synthetic import city
from rental_pricing.synthetic.activity import (
    draw_available_days,
    draw_minimum_nights,
    draw_reviews,
)
from rental_pricing.synthetic.draws import Draws
from rental_pricing.synthetic.homes import Market, draw_homes, draw_prices
from rental_pricing.synthetic.hosts import draw_hosts
from rental_pricing.synthetic.oddities import plant_oddities
from rental_pricing.synthetic.titles import compose_titles

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from rental_pricing.synthetic.draws import Floats, Integers, Texts

FIRST_ID: Final = 2_500
ID_SPAN: Final = 60_000_000
BLOCK_ROWS: Final = 50_000


def generate_listings(
    rows: int, *, seed: int, as_of: dt.date, first_id: int = FIRST_ID
) -> pd.DataFrame:
    """Invent the listings of one drop.

    Args:
        rows: How many, 1 or more.
        seed: The same seed gives the same rows, on any machine.
        as_of: The date of the drop: every review is older.
        first_id: No id is lower.

    Returns:
        All raw columns as reading the file gives them: texts and dates as strings,
        missing values as NaN, prices in USD per night.

    Raises:
        ValueError: If `rows` is below 1 or `seed` below 0.
    """
    blocks = listing_blocks(rows, seed=seed, as_of=as_of, first_id=first_id)
    return pd.concat(blocks, ignore_index=True)


def listing_blocks(
    rows: int, *, seed: int, as_of: dt.date, first_id: int = FIRST_ID
) -> Iterator[pd.DataFrame]:
    """The rows of `generate_listings`, a block at a time, for drops that exceed the memory.

    Args:
        rows: How many in all, 1 or more.
        seed: The same seed gives the same rows, on any machine.
        as_of: The date of the drop.
        first_id: No id is lower.

    Returns:
        Blocks of `BLOCK_ROWS` listings, the last one shorter; ids rise within a block.

    Raises:
        ValueError: If `rows` is below 1 or `seed` below 0.
    """
    if rows < 1:
        message = f"A drop needs at least 1 row, got rows={rows}."
        raise ValueError(message)
    if seed < 0:
        message = f"A seed is a whole number from 0, got seed={seed}."
        raise ValueError(message)
    count = -(-rows // BLOCK_ROWS)
    return (
        _block(
            Draws(seed, as_of.toordinal(), number),
            min(BLOCK_ROWS, rows - number * BLOCK_ROWS),
            as_of=as_of,
            first_id=first_id + number,
            blocks=count,
        )
        for number in range(count)
    )


def _block(draws: Draws, rows: int, *, as_of: dt.date, first_id: int, blocks: int) -> pd.DataFrame:
    areas = city.neighbourhoods()
    reviews = draw_reviews(draws, rows)
    hosts = draw_hosts(draws, reviews.newness, step=blocks, offset=first_id % blocks)
    homes = draw_homes(draws, hosts, areas)
    nights = draw_minimum_nights(draws, reviews, hosts.portfolio, entire=homes.room == 0)
    days = draw_available_days(draws, reviews, hosts.portfolio)
    market = Market(hosts.portfolio, nights, days, reviews.pace)
    columns = {
        "id": _ids(draws, rows, step=blocks)[_rank(reviews.newness)] + first_id,
        "name": compose_titles(draws, homes, areas),
        "host_id": hosts.identity,
        "host_name": hosts.name,
        "neighbourhood_group": areas.borough[homes.area],
        "neighbourhood": areas.name[homes.area],
        "latitude": homes.latitude,
        "longitude": homes.longitude,
        "room_type": np.array(city.ROOM_TYPES, dtype=object)[homes.room],
        "price": draw_prices(draws, homes, areas, market),
        "minimum_nights": nights,
        "number_of_reviews": reviews.count,
        "last_review": _dates(as_of, reviews.days_since_last),
        "reviews_per_month": reviews.per_month,
        "calculated_host_listings_count": hosts.portfolio,
        "availability_365": days,
    }
    # A column may be all missing in a small drop: it is still text.
    texts = {name: "str" for name, column in columns.items() if column.dtype == object}
    listings = pd.DataFrame(columns, columns=list(RAW_COLUMNS)).astype(texts)
    return plant_oddities(draws, listings.sort_values("id", ignore_index=True))


def _ids(draws: Draws, rows: int, *, step: int) -> Integers:
    # Blocks interleave: each takes the ids of one remainder, so that none comes twice.
    widest = max(2, 2 * ID_SPAN // (rows * step))
    gaps = 1 + (draws.uniform(rows) * widest).astype(np.int64)
    return np.cumsum(gaps) * step


def _rank(newness: Floats) -> Integers:
    rank: Integers = np.floor(newness * len(newness)).astype(np.int64)
    return rank


def _dates(as_of: dt.date, days_ago: Integers) -> Texts:
    """Dates as in the file, None where `days_ago` is 0."""
    dates = np.datetime64(as_of) - days_ago.astype("timedelta64[D]")
    texts = np.datetime_as_string(dates, unit="D").astype(object)
    texts[days_ago == 0] = None
    return texts

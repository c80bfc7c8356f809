"""What is told of listings that are priced: prices, similar listings, explanations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.inference.streams import TableStream
from rental_pricing.listings.columns import DELIVERED_ON
from rental_pricing.model.price_model import NOTE, PRICES, TYPICAL_LISTING
from rental_pricing.model.similar import SIMILAR_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rental_pricing.inference.incoming import Incoming
    from rental_pricing.model.price_model import PriceModel

_PRICE, _DATE = pa.float64(), pa.timestamp("ms")

_ESTIMATES = pa.schema(
    [
        ("id", pa.int64()),
        *((name, _PRICE) for name in PRICES),
        ("model", pa.string()),
        ("model_version", pa.string()),
        ("model_data", _DATE),
        ("model_age_weeks", pa.float64()),
        (NOTE, pa.string()),
    ]
)
_SIMILAR = pa.schema(
    [
        ("id", pa.int64()),
        ("rank", pa.int64()),
        ("similar_id", pa.int64()),
        ("similar_price", _PRICE),
        ("distance_km", pa.float64()),
        ("distance", pa.float64()),
    ]
)


def priced(listings: Incoming, model: PriceModel, engine: Engine = ONE_PROCESS) -> TableStream:
    """Price listings, in their order.

    Args:
        listings: What to price.
        model: The price model.
        engine: Works on the chunks of listings.

    Returns:
        One row a listing: ``id``; ``typical_price``, ``price_low`` and ``price_high`` in
        currency per night, missing where it is not priced; ``model``, its identity;
        ``model_version``, such as ``price_model:v3``, missing where it is no store's;
        ``model_data``, the newest delivery that it has learnt from; ``model_age_weeks``, how
        many weeks the listing's own delivery is newer (0 if it is not), missing where that
        has no date; and ``note``, in words.
    """
    return TableStream(_ESTIMATES, lambda: engine.map(_priced, listings, model))


def _priced(chunk: pd.DataFrame, model: PriceModel) -> pd.DataFrame:
    newest = np.datetime64(model.knowledge.newest_delivery, "ms")
    table = model.estimate(chunk)
    table.insert(0, "id", chunk["id"])
    return table.assign(
        model=model.identity,
        model_version=model.version,
        model_data=newest,
        model_age_weeks=_weeks(chunk, newest),
    )


def _weeks(chunk: pd.DataFrame, newest: np.datetime64) -> pd.Series:
    if DELIVERED_ON not in chunk:
        return pd.Series(np.nan, chunk.index)
    delivered = pd.to_datetime(chunk[DELIVERED_ON], errors="coerce")
    days = (delivered - newest) / pd.Timedelta(days=1)
    return (days / 7).clip(lower=0).round(1)


def similar(
    listings: Incoming, model: PriceModel, k: int, engine: Engine = ONE_PROCESS
) -> TableStream:
    """Name the k known listings that are most similar to each listing that can be priced.

    Args:
        listings: What was priced.
        model: The price model.
        k: How many for each; 0 for none.
        engine: Works on the chunks of listings.

    Returns:
        ``id`` of the listing, ``rank`` from 1, ``similar_id``, ``similar_price`` in currency
        per night, ``distance_km`` as the crow flies and ``distance``, in kilometres and what
        counts as such; see :meth:`rental_pricing.model.similar.KnownListings.most_similar`.
    """
    chunks = listings if k else ()
    return TableStream(_SIMILAR, lambda: engine.map(partial(_similar, k=k), chunks, model))


def _similar(chunk: pd.DataFrame, model: PriceModel, k: int) -> pd.DataFrame:
    found = model.similar(chunk.set_index("id", drop=False), k)
    return found[list(SIMILAR_COLUMNS)].rename_axis("id").reset_index()


def explained(
    listings: pd.DataFrame, model: PriceModel, groups: Mapping[str, Sequence[str]]
) -> TableStream:
    """Say what each group of columns adds to the price of a typical listing.

    Args:
        listings: A few listings.
        model: The price model.
        groups: Columns by the name of their group.

    Returns:
        One row a listing: ``id``, ``typical_price``, ``typical_listing`` and a column for
        each group, in currency per night, missing where it is not priced; and ``note``. See
        :meth:`rental_pricing.model.price_model.PriceModel.explain`.
    """
    table = model.explain(listings, groups) if len(listings) else None
    schema = pa.schema(
        [
            ("id", pa.int64()),
            *((name, _PRICE) for name in (PRICES[0], TYPICAL_LISTING, *groups)),
            (NOTE, pa.string()),
        ]
    )
    pieces = [] if table is None else [table.assign(id=listings["id"])]
    return TableStream(schema, lambda: pieces)

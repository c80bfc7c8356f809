"""Nodes of ``data_processing``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa

from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.digest import content_digest
from rental_pricing.listings.ingest import ingest_drops
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.listings.selection import LoadDrop, choose_rows
from rental_pricing.listings.window import choose_drops


def type_drops(
    weekly_listings: dict[str, Callable[[], pa.Table]],
    listings_source: str | None,
    as_of: str | None,
    market: MarketParameters,
    parameters: ProcessingParameters,
) -> tuple[dict[str, Callable[[], pa.Table]], dict[str, Any]]:
    """Choose the drops to read; type each and judge its rows one by one when it is saved.

    Args:
        weekly_listings: File name (beginning with the date of delivery) to what reads the
            drop as texts with line numbers.
        listings_source: Where the drops come from, in words, if it is known.
        as_of: Last date of delivery to read, or ``None``.
        market: City bounds, price range, known boroughs and room types.
        parameters: The window, and how values are read and judged.

    Returns:
        Date to what makes the typed drop (see
        :func:`rental_pricing.listings.ingest.ingest_drops`); and the drop window
        (``as_of``, ``drops``, ``expired``, ``excluded``) with the market's identity and
        the source.
    """
    window = choose_drops(weekly_listings, as_of, parameters)
    drops = {day: (file, weekly_listings[file]) for day, file in window.files.items()}
    told = {"market": market.identity, "source": listings_source}
    return ingest_drops(drops, market, parameters), told | window.to_dict()


def select_listings(
    typed_drops: dict[str, LoadDrop], drop_window: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Choose one row for each listing, and account for every other row.

    Args:
        typed_drops: Date to what loads the typed drop.
        drop_window: Which drops were read, and of which market.

    Returns:
        The listings, one row each, sorted by id; what was rejected, by drop and line; and
        the report: raw = kept + superseded + rejected, by drop and in all, with the
        digest of the listings.

    Raises:
        NoListingsError: If no row is left.
    """
    listings, rejected, account = collect_rows(typed_drops, choose_rows(typed_drops))
    digest = {"listings_digest": content_digest(listings)}
    return listings, rejected, drop_window | digest | account

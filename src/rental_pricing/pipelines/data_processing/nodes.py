"""Nodes of ``data_processing``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Pieces
from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.ingest import DropsToType, ReadDrop, ingest_drops
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.listings.selection import LoadDrop, choose_rows
from rental_pricing.listings.window import choose_drops


def type_drops(
    weekly_listings: Mapping[str, ReadDrop],
    listings_source: str | None,
    as_of: str | None,
    market: MarketParameters,
    parameters: ProcessingParameters,
    engine: Engine = ONE_PROCESS,
) -> tuple[DropsToType, dict[str, Any]]:
    """Choose the drops to read; each is typed and its rows are judged when it is saved.

    Args:
        weekly_listings: File name (beginning with the date of delivery) to what reads the
            drop in pieces, as texts with line numbers.
        listings_source: Where the drops come from, in words, if it is known.
        as_of: Last date of delivery to read, or ``None``.
        market: City bounds, price range, known boroughs and room types.
        parameters: The window, and how values are read and judged.
        engine: Works on the drops.

    Returns:
        What makes the typed drops (see
        :func:`rental_pricing.listings.ingest.ingest_drops`); and the drop window
        (``as_of``, ``drops``, ``expired``, ``excluded``) with the market's identity and
        the source.
    """
    window = choose_drops(weekly_listings, as_of, parameters)
    drops = {day: (file, weekly_listings[file]) for day, file in window.files.items()}
    told = {"market": market.identity, "source": listings_source}
    return ingest_drops(drops, market, parameters, engine), told | window.to_dict()


def select_listings(
    typed_drops: dict[str, LoadDrop], drop_window: dict[str, Any], engine: Engine = ONE_PROCESS
) -> tuple[Pieces, Pieces, dict[str, Any]]:
    """Choose one row for each listing, and account for every other row.

    Args:
        typed_drops: Date to what loads the typed drop.
        drop_window: Which drops were read, and of which market.
        engine: Works on the drops.

    Returns:
        The listings, one row each, sorted by id; what was rejected, by drop and line; and
        the report: raw = kept + superseded + rejected, by drop and in all, with the
        digest of the listings.

    Raises:
        NoListingsError: If no row is left.
    """
    collected = collect_rows(typed_drops, choose_rows(typed_drops, engine), engine)
    digest = {"listings_digest": collected.digest}
    return collected.listings, collected.rejected, drop_window | digest | collected.account

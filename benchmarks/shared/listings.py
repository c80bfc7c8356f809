"""The listings of drops, as ``data_processing`` makes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.datasets.weekly_drops import WeeklyDropsDataset
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.pipelines.data_processing.nodes import select_listings, type_drops
from shared.configuration import base_parameters


def read_listings(folder: Path, as_of: str) -> pd.DataFrame:
    """Return the listings of the drops up to a date, with the parameters of ``conf/base``."""
    market = MarketParameters(**base_parameters()["market"])
    parameters = ProcessingParameters(**base_parameters()["data_processing"])
    drops = WeeklyDropsDataset(path=str(folder), as_of=as_of).load()
    made, window = type_drops(drops, None, as_of, market, parameters)
    with tempfile.TemporaryDirectory() as scratch:
        typed = TypedDropsDataset(path=scratch)
        typed.save(made)
        listings, _, _ = select_listings(typed.load(), window)
    return listings.whole()

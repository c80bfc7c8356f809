"""Parameters of pricing listings: the block ``inference``."""

from __future__ import annotations

from pydantic import Field

from rental_pricing.listings.parameters import Parameters


class InferenceParameters(Parameters):
    """What is told beside the prices.

    Attributes:
        similar: Known listings to name for each estimate, the most similar ones; 0 for none.
        explain: Prices are explained where there are at most so many listings; 0: never.
    """

    similar: int = Field(ge=0, le=100)
    explain: int = Field(ge=0, le=10_000)

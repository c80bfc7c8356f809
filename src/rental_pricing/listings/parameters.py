"""Parameters of the market and of reading its drops; the base of all parameters."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rental_pricing.errors import did_you_mean
from rental_pricing.listings.columns import LISTING_DTYPES

RejectReason = Literal[
    "malformed_value", "missing_value", "superseded", "outside_city", "price_out_of_range"
]
"""Why a raw row did not become a listing."""


def _known_column(name: str) -> str:
    if name not in LISTING_DTYPES:
        known = list(LISTING_DTYPES)
        msg = f"there is no column {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}"
        raise ValueError(msg)
    return name


ColumnName = Annotated[str, AfterValidator(_known_column)]
"""A column of the listings."""


class Parameters(BaseModel):
    """Base of all parameter blocks: closed (unknown names are errors) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(Parameters):
    """A closed interval."""

    min: float = Field(allow_inf_nan=False)
    max: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            msg = f"min ({self.min}) is above max ({self.max})"
            raise ValueError(msg)
        return self


class MarketParameters(Parameters):
    """The city that the listings are in.

    Attributes:
        name: The market's name, as the reports show it.
        currency: Currency of all prices.
        boroughs: Known values of ``neighbourhood_group``.
        room_types: Known values of ``room_type``.
        latitude: City bounds, in degrees north.
        longitude: City bounds, in degrees east.
        price: Prices that the model is made for, in ``currency`` per night.
    """

    name: str
    currency: str
    boroughs: tuple[str, ...] = Field(min_length=1)
    room_types: tuple[str, ...] = Field(min_length=1)
    latitude: Range
    longitude: Range
    price: Range

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for all of this: other bounds, other market."""
        text = self.model_dump_json()
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    @model_validator(mode="after")
    def _prices_above_zero(self) -> Self:
        if self.price.min <= 0:
            msg = "price.min must be above 0: errors and intervals are ratios of prices"
            raise ValueError(msg)
        return self


class ProcessingParameters(Parameters):
    """How raw rows become listings.

    Attributes:
        malformed_rows: What to do with a drop in which a value can't be read (text for
            a number, another date format, a negative price): ``fail`` stops the run
            and names them, ``set_aside`` puts those rows into ``rejected_listings``.
        missing_markers: Texts that mean "no value" in columns of numbers and dates.
    """

    malformed_rows: Literal["fail", "set_aside"]
    missing_markers: tuple[str, ...]

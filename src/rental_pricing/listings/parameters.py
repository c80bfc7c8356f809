"""Parameters of the market and of reading its drops; the base of all parameters."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from rental_pricing.errors import cut, did_you_mean
from rental_pricing.listings.columns import LISTING_DTYPES, RAW_COLUMNS
from rental_pricing.listings.dates import parse_date

RejectReason = Literal[
    "malformed_value",
    "missing_value",
    "impossible_value",
    "unknown_value",
    "outside_city",
    "price_out_of_range",
]
"""Why a raw row is no listing; of several reasons the first one here is told."""


def _known_column(name: str) -> str:
    known = list(dict.fromkeys([*RAW_COLUMNS, *LISTING_DTYPES]))
    if name not in known:
        msg = f"there is no column {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}"
        raise ValueError(msg)
    return name


ColumnName = Annotated[str, AfterValidator(_known_column)]
"""A column of the drops or of the listings."""


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


class ImpossibleParameters(Parameters):
    """Limits beyond which a value is taken for an error, whatever the market.

    Attributes:
        earliest_year: First year in which a home can have been reviewed.
        max_minimum_nights: Longest least stay, nights.
        max_number_of_reviews: Most reviews of one home.
        max_reviews_per_month: Most reviews a month of one home.
        max_calculated_host_listings_count: Most homes of one host.
        max_availability_365: Most days of the coming year.
    """

    earliest_year: int = Field(ge=1, le=9999)
    max_minimum_nights: int = Field(ge=1)
    max_number_of_reviews: int = Field(ge=1)
    max_reviews_per_month: float = Field(gt=0, allow_inf_nan=False)
    max_calculated_host_listings_count: int = Field(ge=1)
    max_availability_365: int = Field(ge=1)


def _dates(given: object) -> object:
    return given.split() if isinstance(given, str) else given


def _date_text(given: object) -> str:
    text = str(given)
    if parse_date(text) is None:
        msg = f"{cut(text)!r} is not a date; write it as YYYY-MM-DD, such as 2024-01-08"
        raise ValueError(msg)
    return text


DateText = Annotated[str, BeforeValidator(_date_text)]
"""A day as ``YYYY-MM-DD``."""


class ProcessingParameters(Parameters):
    """How raw rows become listings.

    Attributes:
        max_age_weeks: Drops older than this, counted from ``as_of`` or the newest drop,
            are not read.
        exclude_drops: Dates of drops that are not read, ``YYYY-MM-DD`` (in one text:
            parted by blanks).
        malformed_rows: What to do with a drop in which a value can't be read (text for
            a number, another date format, a negative price): ``fail`` stops the run
            and names them, ``set_aside`` puts those rows into ``rejected_listings``.
        missing_markers: Texts that mean "no value" in columns of numbers and dates.
        impossible: Limits beyond which a row is set aside as impossible.
    """

    max_age_weeks: int = Field(ge=1, le=5000)
    exclude_drops: Annotated[tuple[DateText, ...], BeforeValidator(_dates)]
    malformed_rows: Literal["fail", "set_aside"]
    missing_markers: tuple[str, ...]
    impossible: ImpossibleParameters

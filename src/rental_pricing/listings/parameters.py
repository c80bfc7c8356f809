"""Parameters of the market and of reading its drops; the base of all parameters."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

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
        hint = did_you_mean(name, known) or f"; known: {', '.join(known)}"
        msg = f"there is no column {name!r}{hint}"
        raise ValueError(msg)
    return name


ColumnName = Annotated[str, AfterValidator(_known_column)]
"""A column of the drops or of the listings."""


class Parameters(BaseModel):
    """Base of all parameter blocks: closed (unknown names are errors), frozen, and literal.

    Literal means that a value is taken as written: ``true`` is no number, ``"5"`` is text,
    numbers are finite. Where a block has ``min`` and ``max``, they are in order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="wrap")
    @classmethod
    def _taken_as_written(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        result = handler(value)
        _refuse_conversions(value, result)
        return result

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> Self:
        low, high = getattr(self, "min", None), getattr(self, "max", None)
        if low is not None and high is not None and low > high:
            msg = f"min ({low}) is above max ({high})"
            raise ValueError(msg)
        return self


def _refuse_conversions(written: Any, typed: Any, at: str = "") -> None:
    """Compare what was written with what pydantic made of it, inside lists and blocks too."""
    if isinstance(typed, dict) and isinstance(written, dict):
        for name in typed.keys() & written.keys():
            _refuse_conversions(written[name], typed[name], f"{at}.{name}")
    elif isinstance(typed, (list, tuple)) and isinstance(written, (list, tuple)):
        for number, (one, other) in enumerate(zip(written, typed, strict=False)):
            _refuse_conversions(one, other, f"{at}.{number}")
    elif isinstance(typed, bool):
        if not isinstance(written, bool):
            raise _not_as_written(written, "true or false", at)
    elif isinstance(typed, (int, float)) and isinstance(written, (bool, str)):
        kind = "a whole number" if isinstance(typed, int) else "a number"
        raise _not_as_written(written, kind, at)


def _not_as_written(written: Any, kind: str, at: str) -> PydanticCustomError:
    context = {"kind": kind, "written": written, "at": at}
    return PydanticCustomError("not_as_written", "must be {kind}", context)


class Range(Parameters):
    """A closed interval."""

    min: float
    max: float


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

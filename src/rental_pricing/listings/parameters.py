"""Parameters of the market and of reading its drops; the base of all parameters."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from rental_pricing.errors import did_you_mean
from rental_pricing.listings.columns import LISTING_DTYPES

RejectReason = Literal[
    "malformed_value", "missing_value", "superseded", "outside_city", "price_out_of_range"
]
"""Why a raw row did not become a listing."""


def _known_column(name: str) -> str:
    if name not in LISTING_DTYPES:
        hint = did_you_mean(name, list(LISTING_DTYPES)) or f"; known: {', '.join(LISTING_DTYPES)}"
        msg = f"there is no column {name!r}{hint}"
        raise ValueError(msg)
    return name


def _column_of_numbers(name: str) -> str:
    if not LISTING_DTYPES[name].lower().startswith(("int", "float")):
        msg = f"{name!r} is no column of numbers"
        raise ValueError(msg)
    return name


ColumnName = Annotated[str, AfterValidator(_known_column)]
"""A column of the listings."""

NumericColumnName = Annotated[ColumnName, AfterValidator(_column_of_numbers)]
"""A column of the listings that holds numbers."""


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

"""The fields of a listing as JSON: what each may hold, how it is told, and how it is read.

Refused is what no listing can have, whatever the model: a text for a number, a latitude of
100, a month of 13. What lies outside of the model's knowledge is for the model to judge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rental_pricing.listings.columns import DELIVERED_ON
from rental_pricing.listings.dates import parse_date

Values = Sequence[Any]

LARGEST = 2**63 - 1
"""Of ids."""

EXACT = 2**53
"""Whole numbers up to here are the same in all readers of JSON."""


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        name: Its column.
        told: What it is, for people.
        example: A value.
        required: Whether each listing needs it.
    """

    name: str
    told: str
    example: Any
    required: bool = False

    @property
    def rule(self) -> str:
        """What a value must be, in words."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema, as OpenAPI 3.0 has it."""
        open_ = {} if self.required else {"nullable": True}
        return {**self._kind(), **open_, "description": self.told, "example": self.example}

    def wrong(self, values: Values) -> list[int]:
        """Return the places of values that can't be taken."""
        missing = {None} if self.required else set()
        return [
            place
            for place, value in enumerate(values)
            if (value is None and missing) or (value is not None and not self._fits(value))
        ]

    def array(self, values: Values) -> NDArray[Any] | None:
        """Return the values as the model reads them, or ``None`` if one can't be taken."""
        raise NotImplementedError

    def _kind(self) -> dict[str, Any]:
        raise NotImplementedError

    def _fits(self, value: Any) -> bool:
        raise NotImplementedError


_TEXT_OR_NONE = {str, type(None)}
_NUMBER_OR_NONE = {int, float, type(None)}


@dataclass(frozen=True)
class Text(Field):
    """A text."""

    @property
    def rule(self) -> str:
        """What a value must be, in words."""
        return "a text"

    def array(self, values: Values) -> NDArray[Any] | None:
        """Return the values as objects."""
        kinds = set(map(type, values))
        if not kinds <= _TEXT_OR_NONE or (self.required and type(None) in kinds):
            return None
        read = np.empty(len(values), dtype=object)
        read[:] = values
        return read

    def _kind(self) -> dict[str, Any]:
        return {"type": "string"}

    def _fits(self, value: Any) -> bool:
        return type(value) is str


@dataclass(frozen=True)
class Number(Field):
    """A finite number within limits.

    Attributes:
        least: Lowest value.
        most: Highest value; ``None`` for any.
        whole: Whether it has no fraction.
    """

    least: float = 0
    most: float | None = None
    whole: bool = False

    @property
    def rule(self) -> str:
        """What a value must be, in words."""
        kind = "a whole number" if self.whole else "a number"
        if self.most is None or self.most == EXACT:
            return f"{kind}, at least {self.least:g}"
        return f"{kind} between {self.least:g} and {self.most:g}"

    def array(self, values: Values) -> NDArray[Any] | None:
        """Return the values as float64, NaN for missing ones."""
        kinds = set(map(type, values))
        if not kinds <= _NUMBER_OR_NONE or (self.required and type(None) in kinds):
            return None
        try:
            read = np.array([math.nan if value is None else float(value) for value in values])
        except OverflowError:
            return None
        missing = np.isnan(read)
        most = math.inf if self.most is None else float(self.most)
        good = (read >= self.least) & (read <= most) & (read < math.inf)
        if self.whole:
            good &= np.floor(read) == read
        return read + 0.0 if (good | missing).all() else None  # no -0.0, as in a drop

    def _kind(self) -> dict[str, Any]:
        limits = {"minimum": self.least}
        if self.most is not None:
            limits["maximum"] = self.most
        return {"type": "integer" if self.whole else "number", **limits}

    def _fits(self, value: Any) -> bool:
        if type(value) not in {int, float}:
            return False
        if not self.least <= value or value == math.inf:
            return False
        if self.most is not None and value > self.most:
            return False
        return not self.whole or value == math.floor(value)


@dataclass(frozen=True)
class Date(Field):
    """A day of the calendar."""

    @property
    def rule(self) -> str:
        """What a value must be, in words."""
        return "a date as YYYY-MM-DD"

    def array(self, values: Values) -> NDArray[Any] | None:
        """Return the values as datetime64[ms], NaT for missing ones."""
        given = set(values) if set(map(type, values)) <= _TEXT_OR_NONE else {0}
        if not all(each is None or self._fits(each) for each in given):
            return None
        return np.array([each or "NaT" for each in values], dtype="datetime64[ms]")

    def _kind(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def _fits(self, value: Any) -> bool:
        return type(value) is str and parse_date(value) is not None


@dataclass(frozen=True)
class Identifier(Field):
    """Any whole number of 64 bits; it is read exactly."""

    @property
    def rule(self) -> str:
        """What a value must be, in words."""
        return "a whole number of at most 64 bits"

    def array(self, values: Values) -> NDArray[Any] | None:
        """Return the values as int64, -1 for missing ones."""
        if not all(value is None or self._fits(value) for value in values):
            return None
        return np.array([-1 if value is None else value for value in values], dtype="int64")

    def _kind(self) -> dict[str, Any]:
        return {"type": "integer", "format": "int64", "minimum": -LARGEST, "maximum": LARGEST}

    def _fits(self, value: Any) -> bool:
        return type(value) is int and abs(value) <= LARGEST


def _count(name: str, told: str, example: int) -> Number:
    return Number(name, told, example, least=0, most=EXACT, whole=True)


FIELDS: tuple[Field, ...] = (
    Identifier("id", "The listing's id; it is never similar to itself.", 1001),
    Text("name", "The title.", "Sunny 2BR near the park"),
    Text("neighbourhood_group", "The borough.", "Brooklyn"),
    Text("neighbourhood", "The neighbourhood.", "Williamsburg"),
    Number("latitude", "Degrees north.", 40.7137, required=True, least=-90, most=90),
    Number("longitude", "Degrees east.", -73.9545, required=True, least=-180, most=180),
    Text("room_type", "The room type.", "Entire home/apt", required=True),
    _count("minimum_nights", "Shortest stay, nights.", 3),
    _count("number_of_reviews", "Reviews so far.", 12),
    Date("last_review", "Day of the last review.", "2019-05-06"),
    Number("reviews_per_month", "Reviews a month.", 0.5),
    _count("calculated_host_listings_count", "Listings of the same host.", 1),
    _count("availability_365", "Days available in the coming year.", 120),
    Date(
        DELIVERED_ON,
        "Day that the listing is described as of; without it the newest the model knows.",
        None,
    ),
)
"""The fields of a listing that are read, in the order of a drop."""

PASSED_OVER = ("host_id", "host_name", "price")
"""Further columns of a drop: they may be there, and are not read."""

NAMES = frozenset([*(each.name for each in FIELDS), *PASSED_OVER])
REQUIRED = tuple(each.name for each in FIELDS if each.required)


def example_listing() -> dict[str, Any]:
    """Return a listing to try."""
    return {each.name: each.example for each in FIELDS if each.example is not None}

"""Mergeable summaries of listings, small at any number of rows.

A profile holds counts and sums of whole numbers only; bin edges are configured, not taken
from the data. Two profiles therefore add up, in any order, to the profile of both data
sets, and profiles of different weeks can be compared. It holds no listing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT: Final = 2
BOROUGH, NEIGHBOURHOOD, ROOM_TYPE = "neighbourhood_group", "neighbourhood", "room_type"
MICRO = 1_000_000
"""Places are summed in whole millionths of a degree: exact in any order."""

Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """What is kept as JSON: closed (unknown names are errors) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Histogram(Record):
    """Counts by bin, one below the first edge and one from the last on."""

    edges: list[float]
    counts: list[Count]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.counts) != len(self.edges) + 1:
            msg = f"{len(self.counts)} counts do not fit {len(self.edges)} edges"
            raise ValueError(msg)
        return self


class Place(Record):
    """Rows, and the sums of their latitudes and longitudes in millionths of a degree."""

    rows: Count
    latitude: int
    longitude: int


class Profile(Record):
    """The summary of some listings.

    Attributes:
        format: Number of this format.
        market: Identity of the market.
        rows: Number of rows.
        missing: Rows without a value, by column.
        categories: Rows by borough and by room type.
        neighbourhoods: Rows by borough and neighbourhood.
        numeric: Histograms by column; dates in days before the delivery, titles by their
            length in characters.
        price_by_cell: Counts of prices by borough and room type, in the bins of ``price``.
        places: Where the rows of each borough are.
        own_place_titles: Rows whose title names their neighbourhood.
        bin_products: Sums of the products of any two columns' bins, for correlations: of 1
            and the columns of ``numeric``, in that order; a missing value has bin 0.
    """

    format: Literal[2] = FORMAT
    market: str
    rows: Count
    missing: dict[str, Count]
    categories: dict[str, dict[str, Count]]
    neighbourhoods: dict[str, dict[str, Count]]
    numeric: dict[str, Histogram]
    price_by_cell: dict[str, dict[str, list[Count]]]
    places: dict[str, Place]
    own_place_titles: Count
    bin_products: list[list[Count]]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        length = len(self.numeric["price"].counts) if "price" in self.numeric else -1
        cells = [counts for rooms in self.price_by_cell.values() for counts in rooms.values()]
        if any(len(counts) != length for counts in cells):
            msg = "price_by_cell does not fit the bins of the price"
            raise ValueError(msg)
        size = len(self.numeric) + 1
        if [len(row) for row in self.bin_products] != [size] * size:
            msg = "bin_products does not fit the numeric columns"
            raise ValueError(msg)
        return self

    def __add__(self, other: Profile) -> Profile:
        """Return the profile of both data sets together.

        Raises:
            ValueError: If the profiles are of other markets or have other columns or bins.
        """
        if not comparable(self, other):
            msg = "the profiles are of other markets, columns or bins and can't be added"
            raise ValueError(msg)
        return Profile.model_validate(_added(self.model_dump(), other.model_dump()))


def added(profiles: Sequence[Profile]) -> Profile:
    """Return the profile of all data sets together; at least one."""
    total = profiles[0]
    for profile in profiles[1:]:
        total += profile
    return total


def comparable(one: Profile, other: Profile) -> bool:
    """Tell whether two profiles are of one market and have the same columns and bins."""
    return _shape(one) == _shape(other)


def _shape(profile: Profile) -> object:
    edges = {name: column.edges for name, column in profile.numeric.items()}
    return profile.market, sorted(profile.missing), sorted(profile.categories), edges


def _added(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    return {key: _sum(one.get(key), other.get(key), key) for key in sorted({*one, *other})}


def _sum(one: object, other: object, key: str) -> object:
    if one is None or other is None:
        return other if one is None else one
    if key in {"format", "market", "edges"}:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        return _added(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return [_sum(a, b, "") for a, b in zip(one, other, strict=True)]
    return one + other  # type: ignore[operator]

"""What a model knows of its market, and what it says of listings that lie outside of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from rental_pricing.errors import cut, did_you_mean
from rental_pricing.listings.columns import CATEGORY_COLUMNS, DELIVERED_ON
from rental_pricing.listings.parameters import ImpossibleParameters
from rental_pricing.model.impossible import day_text, refuse_impossible
from rental_pricing.model.notes import label
from rental_pricing.model.places import OccupiedCells
from rental_pricing.model.reading import COORDINATES, COUNTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.model.notes import Notes

    Columns = Mapping[str, NDArray[Any]]

FAR_KM = 2.0
"""A place farther than this from the cells of training listings is flagged."""

TOO_FAR_KM = 5.0
"""A place farther than this is not priced."""

SELDOM_MISSING = 0.01
"""A missing value is flagged if at most this share of the training listings lacked it."""

MIN_LISTINGS = 5
"""A neighbourhood or room type is known if so many training listings have it."""

LONGEST_WAIT = np.timedelta64(366, "D")
"""A review this long after the newest delivery is not believed without a delivery date."""

_SHOWN = 5


@dataclass(frozen=True)
class Knowledge:
    """What the training listings tell of where, and for what, estimates are sound.

    Attributes:
        market: The market's name.
        bounds: Lowest and highest latitude and longitude of the market, in degrees.
        categories: Values that enough training listings have, by column.
        ranges: Lowest and highest value of the training listings, by column.
        seldom_missing: Columns that hardly any training listing lacks.
        places: Where the training listings are.
        newest_delivery: Date of the newest delivery among them, YYYY-MM-DD.
        impossible: Limits beyond which a value is an error.
    """

    market: str
    bounds: Mapping[str, tuple[float, float]]
    categories: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[float, float]]
    seldom_missing: tuple[str, ...]
    places: OccupiedCells
    newest_delivery: str
    impossible: ImpossibleParameters

    @classmethod
    def learn(
        cls,
        listings: pd.DataFrame,
        market: MarketParameters,
        impossible: ImpossibleParameters,
        min_listings: int = MIN_LISTINGS,
    ) -> Self:
        """Learn from the listings that a model was trained on.

        Args:
            listings: Typed listings with the columns of the model.
            market: The market that they are in.
            impossible: Limits that ingest judges values by.
            min_listings: Rarer categories count as unknown.
        """
        counts = {name: listings[name].astype("str").value_counts() for name in CATEGORY_COLUMNS}
        places = [listings[name].to_numpy(dtype="float64") for name in COORDINATES]
        watched = ("name", *COUNTS)
        return cls(
            market=market.name,
            bounds={
                "latitude": (market.latitude.min, market.latitude.max),
                "longitude": (market.longitude.min, market.longitude.max),
            },
            categories={
                name: tuple(sorted(str(value) for value in count.index[count >= min_listings]))
                for name, count in counts.items()
            },
            ranges={
                name: (float(listings[name].min()), float(listings[name].max()))
                for name in COUNTS
                if listings[name].notna().any()
            },
            seldom_missing=tuple(
                name for name in watched if listings[name].isna().mean() <= SELDOM_MISSING
            ),
            places=OccupiedCells.learn(*places),
            newest_delivery=f"{listings[DELIVERED_ON].max():%Y-%m-%d}",
            impossible=impossible,
        )

    def judge(self, columns: Columns, notes: Notes) -> None:
        """Note what lies outside of this; rows that can't be priced already are left alone.

        Args:
            columns: As from :func:`rental_pricing.model.conforming.conform`.
            notes: Where to say it.
        """
        refuse_impossible(columns, self.impossible, notes)
        readable = notes.priced.copy()
        self._judge_places(columns, readable, notes)
        self._judge_room_types(columns["room_type"], readable, notes)
        open_ = notes.priced.copy()
        for name in ("neighbourhood_group", "neighbourhood"):
            self._judge_area(name, columns[name], open_, notes)
        for name, (low, high) in self.ranges.items():
            values = columns[name]
            notes.flag(
                open_ & ((values < low) | (values > high)),
                lambda row, name=name, values=values, low=low, high=high: (  # type: ignore[misc]
                    f"{label(name)} {values[row]:g} is outside of {low:g} to {high:g}, "
                    "what the model was trained on"
                ),
            )
        for name in self.seldom_missing:
            notes.flag(open_ & _absent(columns[name]), f"{label(name)} is missing")

    def _judge_places(self, columns: Columns, open_: NDArray[np.bool_], notes: Notes) -> None:
        places = [columns[name] for name in COORDINATES]
        absent = ~np.isfinite(places[0] + places[1])
        notes.refuse(open_ & absent, "latitude or longitude is missing", "missing")
        outside = np.zeros(len(open_), dtype=bool)
        for values, name in zip(places, COORDINATES, strict=True):
            low, high = self.bounds[name]
            outside |= (values < low) | (values > high)
        notes.refuse(
            open_ & outside,
            lambda row: (
                f"the place {places[0][row]:.7g}, {places[1][row]:.7g} (latitude, longitude) is "
                f"outside of {self.market}"
            ),
            "outside",
        )
        inside = open_ & ~absent & ~outside
        distance = np.full(len(inside), np.nan)
        distance[inside] = self.places.distance(*(values[inside] for values in places))
        too_far = inside & (distance > TOO_FAR_KM)

        def says(row: int) -> str:
            return f"the nearest listing that the model knows is about {distance[row]:.0f} km away"

        notes.refuse(too_far, says, "far")
        notes.flag(inside & ~too_far & (distance > FAR_KM), says)

    def _judge_room_types(
        self, values: NDArray[Any], open_: NDArray[np.bool_], notes: Notes
    ) -> None:
        known = self.categories["room_type"]
        absent = _absent(values)
        notes.refuse(open_ & absent, "room type is missing", "missing")
        unknown = open_ & ~absent & ~_among(values, known)
        said = {
            value: f"room type {cut(value)!r} is unknown to the model"
            f"{did_you_mean(value, list(known)) or f'; known: {_listed(known)}'}"
            for value in set(values[unknown].tolist())
        }
        notes.refuse(unknown, lambda row: said[values[row]], "unknown")

    def _judge_area(
        self, name: str, values: NDArray[Any], open_: NDArray[np.bool_], notes: Notes
    ) -> None:
        absent = _absent(values)
        priced = "priced by its place"
        notes.flag(open_ & absent, f"{label(name)} is missing: {priced}")
        notes.flag(
            open_ & ~absent & ~_among(values, self.categories[name]),
            lambda row: (
                f"{label(name)} {cut(values[row])!r} is unknown to the model (or rare): {priced}"
            ),
        )

    def date_deliveries(self, columns: dict[str, NDArray[Any]], notes: Notes) -> None:
        """Fill in delivery dates that were not given: the newest of the training listings.

        A review after that, by a year at most, puts the date off to the day of the review.

        Args:
            columns: As from :func:`rental_pricing.model.conforming.conform`; changed.
            notes: Where to say what is odd.
        """
        newest = np.datetime64(self.newest_delivery, "ms")
        delivered, review = columns[DELIVERED_ON], columns["last_review"]
        assumed = np.isnat(delivered)
        later = assumed & (review > newest)
        columns[DELIVERED_ON] = np.where(later, review, np.where(assumed, newest, delivered))
        distant = np.abs(columns[DELIVERED_ON] - newest) > LONGEST_WAIT
        notes.flag(later & ~distant, "no delivery date given: taken as that of the last review")
        known = f"the model's newest listings ({self.newest_delivery})"
        notes.refuse(
            distant & later,
            lambda row: f"last review {day_text(review[row])} is more than a year after {known}",
            "impossible",
        )
        notes.flag(
            distant & ~later,
            lambda row: (
                f"delivery date {day_text(delivered[row])} is more than a year from {known}"
            ),
        )
        notes.refuse(
            ~assumed & (review > delivered),
            lambda row: f"last review {day_text(review[row])} is after the delivery date",
            "impossible",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, ready for JSON."""
        return {
            "market": self.market,
            "bounds": {name: list(ends) for name, ends in self.bounds.items()},
            "categories": {name: list(values) for name, values in self.categories.items()},
            "ranges": {name: list(ends) for name, ends in self.ranges.items()},
            "seldom_missing": list(self.seldom_missing),
            "places": self.places.to_dict(),
            "newest_delivery": self.newest_delivery,
            "impossible": self.impossible.model_dump(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from what :meth:`to_dict` returned."""
        return cls(
            market=data["market"],
            bounds={name: (low, high) for name, (low, high) in data["bounds"].items()},
            categories={name: tuple(values) for name, values in data["categories"].items()},
            ranges={name: (low, high) for name, (low, high) in data["ranges"].items()},
            seldom_missing=tuple(data["seldom_missing"]),
            places=OccupiedCells.from_dict(data["places"]),
            newest_delivery=data["newest_delivery"],
            impossible=ImpossibleParameters(**data["impossible"]),
        )


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype == object:
        return np.fromiter((value is None for value in values), bool, len(values))
    absent: NDArray[np.bool_] = np.isnan(values)
    return absent


def _among(values: NDArray[Any], known: Collection[str]) -> NDArray[np.bool_]:
    return np.fromiter((value in known for value in values), bool, len(values))


def _listed(values: tuple[str, ...]) -> str:
    more = len(values) - _SHOWN
    return ", ".join(values[:_SHOWN]) + (f" (+{more} more)" if more > 0 else "")

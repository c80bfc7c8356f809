"""Parameters of the rules that deliveries and listings must meet."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from rental_pricing.listings.columns import DELIVERED_ON, HOST_NAME, LISTING_DTYPES
from rental_pricing.listings.parameters import ColumnName, Parameters, RejectReason

_NO_QUANTITY = {"id", "host_id", HOST_NAME, DELIVERED_ON}


def _delivered_column(name: str) -> str:
    if name == DELIVERED_ON:
        msg = f"{name!r} is no column of a drop"
        raise ValueError(msg)
    return name


def _binned_column(name: str) -> str:
    if name in _NO_QUANTITY or LISTING_DTYPES[name] == "category":
        msg = f"column {name!r} holds no quantity that could be binned"
        raise ValueError(msg)
    return name


DeliveredColumn = Annotated[ColumnName, AfterValidator(_delivered_column)]
"""A column of a drop."""

BinnedColumn = Annotated[ColumnName, AfterValidator(_binned_column)]
"""A column of numbers, of dates (in days before the delivery) or titles (in characters)."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""

Limit = Annotated[float, Field(ge=0)]


class Bins(Parameters):
    """Fixed histogram bins: the same for every week, so that histograms can be added.

    Attributes:
        start: Lower edge of the first bin, in the column's unit; it belongs to the bin.
        stop: Upper edge of the last bin, in the column's unit; it does not.
        count: Number of bins between them.
        scale: ``linear``, ``log`` (bins equally wide as logarithms) or ``log1p`` (equally
            wide as ``log(1 + value)``, for counts that may be 0).
    """

    start: float
    stop: float
    count: int = Field(ge=1, le=1000)
    scale: Literal["linear", "log", "log1p"] = "linear"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.start >= self.stop:
            msg = f"start ({self.start}) is not below stop ({self.stop})"
            raise ValueError(msg)
        lowest = {"log": 0, "log1p": -1}.get(self.scale)
        if lowest is not None and self.start <= lowest:
            msg = f"start ({self.start}) must be above {lowest} on the scale {self.scale}"
            raise ValueError(msg)
        return self


class RowLimits(Parameters):
    """Limits of the number of listings: ``min`` and ``max`` are both allowed."""

    min: int = Field(ge=1)
    max: int = Field(ge=1)


class Band(Parameters):
    """A closed range of ratios around 1."""

    min: float = Field(gt=0, le=1)
    max: float = Field(ge=1)


class ChangedShares(Parameters):
    """Highest share of known ids with a change, by what changed.

    Attributes:
        host_id: A home keeps its host.
        place: It stays where it is (beyond ``place_km``).
        room_type: It is offered as what it was.
        name: Hosts do reword titles; only most of them at once is an error.
    """

    host_id: Share
    place: Share
    room_type: Share
    name: Share


class KnownParameters(Parameters):
    """Ids that were accepted in the previous drop too keep what does not change.

    Attributes:
        min_rows: Where fewer ids are known the rules are not run: a share of few says little.
        place_km: Kilometres that a place may move and count as unchanged; hosts shift
            their pin, and public places are blurred by some 150 m.
        max_changed_share: Highest share of known ids with a change.
    """

    min_rows: int = Field(ge=1)
    place_km: Limit
    max_changed_share: ChangedShares


class DeliveryParameters(Parameters):
    """Rules for one delivery by itself.

    Attributes:
        max_repeated_share: Highest share of accepted rows beyond the first of their id.
        min_rows_per_category: Accepted rows of every known borough and room type.
        known: Ids that the previous drop had too.
    """

    max_repeated_share: Share
    min_rows_per_category: int = Field(ge=0)
    known: KnownParameters


class CategoryDivergences(Parameters):
    """Highest Kullback-Leibler divergence of shares, in nats, by column."""

    neighbourhood_group: Limit
    room_type: Limit


class DriftParameters(Parameters):
    """When a difference from the previous drop, or the named reference, is a failure.

    Attributes:
        rows: Band of the delivered rows as a ratio to the previous drop's.
        min_rows: Accepted rows that both sides need; with fewer, chance looks like drift.
        max_divergence: Of the shares of boroughs and of room types; the larger of both
            directions, so that what vanishes counts as much as what is new; beyond what
            chance explains.
        smoothing: Listings added to each category's count before that, so that a new or
            a missing category gives a large, finite number.
        alpha: False discovery rate of the two-sample tests (Benjamini-Hochberg).
        min_effect: Smallest Kolmogorov-Smirnov distance (the largest difference of the
            cumulative shares, 0 to 1) that is worth an alarm, by column.
        max_outside_bins: Highest share of either side's values outside the bins; above
            it a test is blind and never passes.
        max_missing_change: Highest change of a column's share of missing values.
        max_correlation_change: Highest change of the correlation of two binned columns,
            beyond what chance explains.
        min_own_place_ratio: Lowest share of titles that name their neighbourhood, as a
            ratio to the other side's: many do, and titles that were mixed among rows do not.
        min_own_place_titles: So many such titles must be expected for that.
        max_median_change: Highest relative change of the median price.
        max_cell_median_change: The same within a borough and room type.
        min_cell_rows: Listings that a borough and room type needs on both sides for it.
        max_place_km: Kilometres that the mean place of a borough's listings may move.
        min_place_rows: Listings that a borough needs on both sides for that.
        max_moved_share: Highest share of rows whose neighbourhood lies in another borough
            than on the other side: a neighbourhood does not move.
        max_new_share: Highest share of rows in neighbourhoods that the other side lacks,
            beyond what its size explains.
    """

    rows: Band
    min_rows: int = Field(ge=1)
    max_divergence: CategoryDivergences
    smoothing: float = Field(gt=0)
    alpha: float = Field(gt=0, lt=1)
    min_effect: dict[BinnedColumn, Share]
    max_outside_bins: Share
    max_missing_change: Share
    max_correlation_change: Limit
    min_own_place_ratio: Share
    min_own_place_titles: int = Field(ge=1)
    max_median_change: Limit
    max_cell_median_change: Limit
    min_cell_rows: int = Field(ge=1)
    max_place_km: Limit
    min_place_rows: int = Field(ge=1)
    max_moved_share: Share
    max_new_share: Share


class QualityParameters(Parameters):
    """The rules that each delivery, and the listings as a whole, must meet.

    Attributes:
        rows: Limits of the number of listings.
        min_rows_per_borough: Listings that every known borough must have.
        max_missing_share: Highest share of missing values, by column; of each delivery and
            of the listings.
        max_rejected_share: Highest share of rows set aside; of each delivery, and of all
            rows that no newer one replaced.
        max_rejected_share_by_reason: The same by reason, of each delivery.
        max_rejected_rows: Highest number of rows set aside, by reason; ``null`` is any.
        deliveries: Each delivery by itself.
        drift: Each delivery against the previous one, or a named reference.
        bins: Histogram bins of the profiles, by column.
        examples: How many offenders the report shows for each rule.
    """

    rows: RowLimits
    min_rows_per_borough: int = Field(ge=0)
    max_missing_share: dict[DeliveredColumn, Share]
    max_rejected_share: Share
    max_rejected_share_by_reason: dict[RejectReason, Share]
    max_rejected_rows: dict[RejectReason, Annotated[int, Field(ge=0)] | None]
    deliveries: DeliveryParameters
    drift: DriftParameters
    bins: dict[BinnedColumn, Bins]
    examples: int = Field(ge=1, le=100)

    @model_validator(mode="after")
    def _same_columns(self) -> Self:
        if "price" not in self.bins:
            msg = "bins must have the column 'price': medians are read from its histogram"
            raise ValueError(msg)
        if differing := set(self.bins) ^ set(self.drift.min_effect):
            msg = (
                f"bins and drift.min_effect must name the same columns; only one of them has "
                f"{', '.join(sorted(differing))}"
            )
            raise ValueError(msg)
        return self

"""Parameters of the rules that deliveries and listings must meet."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rental_pricing.listings.parameters import (
    ColumnName,
    NumericColumnName,
    Parameters,
    RejectReason,
)

Share = Field(ge=0, le=1)


class Bins(Parameters):
    """Fixed histogram bins: the same for every week, so that histograms can be added.

    Attributes:
        start: Lower edge of the first bin, in the column's unit.
        stop: Upper edge of the last bin, in the column's unit.
        count: Number of bins between them.
        scale: ``linear`` or ``log`` (bins equally wide on a logarithmic scale).
    """

    start: float
    stop: float
    count: int = Field(ge=1, le=10_000)
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.start >= self.stop:
            msg = f"start ({self.start}) is not below stop ({self.stop})"
            raise ValueError(msg)
        if self.scale == "log" and self.start <= 0:
            msg = f"start ({self.start}) must be above 0 on a logarithmic scale"
            raise ValueError(msg)
        return self


class RowLimits(Parameters):
    """Limits of the number of listings: ``min`` and ``max`` are both allowed."""

    min: int = Field(ge=1)
    max: int = Field(ge=1)


class DriftParameters(Parameters):
    """When a difference from the reference profile counts as a failure.

    Attributes:
        max_borough_divergence: Highest Kullback-Leibler divergence, in nats, of the
            boroughs' shares from the reference's.
        smoothing: Listings added to each borough's count before the divergence is
            taken, so that a new or a missing borough gives a large, finite number.
        alpha: False discovery rate of the two-sample tests (Benjamini-Hochberg).
        min_effect: Smallest Kolmogorov-Smirnov distance (the largest difference of the
            two cumulative shares, 0 to 1) that is worth an alarm.
    """

    max_borough_divergence: float = Field(ge=0)
    smoothing: float = Field(gt=0)
    alpha: float = Field(gt=0, lt=1)
    min_effect: float = Share


class QualityParameters(Parameters):
    """The rules that the listings must meet.

    Attributes:
        rows: Limits of the number of listings.
        min_rows_per_borough: Every known borough must have so many listings.
        max_missing_share: Highest share of missing values, by column.
        max_rejected_share: Highest share of raw rows set aside (superseded rows do not
            count: they were replaced by newer ones).
        max_rejected_rows: Highest number of rows set aside, by reason; ``null`` is any.
        bins: Histogram bins of the profile, by numeric column.
        drift: The comparison with the reference profile.
        examples: How many offending values the report shows for each rule.
    """

    rows: RowLimits
    min_rows_per_borough: int = Field(ge=0)
    max_missing_share: dict[ColumnName, Annotated[float, Share]]
    max_rejected_share: float = Share
    max_rejected_rows: dict[RejectReason, int | None]
    bins: dict[NumericColumnName, Bins]
    drift: DriftParameters
    examples: int = Field(ge=1, le=100)

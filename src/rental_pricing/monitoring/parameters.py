"""Parameters of the monitoring: the block ``monitoring``."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from rental_pricing.listings.parameters import ColumnName, Parameters
from rental_pricing.quality.parameters import Band, Limit, Share


class StabilityParameters(Parameters):
    """The population stability index of each column.

    Attributes:
        groups: Groups of about equally many training listings; those who set the usual
            limits count with ten.
        moderate: Above this a shift is told.
        large: Above this retraining is advised.
        large_by_column: The same for columns that move more than others by nature.
        smoothing: Listings added to each group's count, so that an empty group gives a
            finite number.
    """

    groups: int = Field(ge=2, le=50)
    moderate: Limit
    large: Limit
    large_by_column: dict[ColumnName, Limit]
    smoothing: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.moderate > self.large:
            msg = f"moderate ({self.moderate}) is above large ({self.large})"
            raise ValueError(msg)
        return self


class ErrorParameters(Parameters):
    """The model's error on listings that it never learnt from.

    Attributes:
        min_listings: With fewer such listings in a delivery, its rules are not run.
        max_growth: Highest relative growth of the mean absolute error since the release,
            at the lower end of its interval: chance alone is no reason.
        max_ratio_to_median: Highest mean absolute error as a ratio to that of the median
            price by borough and room type.
        max_unpriced_share: Highest share of listings that the model gives no price.
        resamples: Of the bootstrap of the interval.
        confidence: Of the interval.
        seed: Of the resampling.
    """

    min_listings: int = Field(ge=2)
    max_growth: Limit
    max_ratio_to_median: Limit
    max_unpriced_share: Share
    resamples: int = Field(ge=100, le=100_000)
    confidence: float = Field(gt=0, lt=1)
    seed: int = Field(ge=0, lt=2**64)


class MonitoringParameters(Parameters):
    """When the production model should learn anew, or a delivery be looked at.

    Attributes:
        stability: Population stability index by column.
        error: The model's error.
        max_median_shift: Highest relative change of the median price since the training.
        max_new_category_share: Highest share of accepted rows of a borough or room type
            that no training listing had.
        max_unknown_share: Highest share of rows set aside for a borough or room type that
            is not of the market; fewer are told.
        rows: Band of the delivered rows: ``min`` times the smallest of the deliveries that
            the model learnt from, to ``max`` times the largest.
        max_rejected_change: Highest change of the share of rows set aside, since then.
        max_age_weeks: Highest age of the model's newest data, in weeks before the delivery.
    """

    stability: StabilityParameters
    error: ErrorParameters
    max_median_shift: Limit
    max_new_category_share: Share
    max_unknown_share: Share
    rows: Band
    max_rejected_change: Share
    max_age_weeks: int = Field(ge=0, le=5000)

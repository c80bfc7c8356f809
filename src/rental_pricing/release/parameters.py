"""Parameters of the release: the block ``release``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rental_pricing.listings.parameters import Parameters


class BootstrapParameters(Parameters):
    """Resampling of the test listings.

    Attributes:
        resamples: How often the test listings are drawn anew.
        seed: Of these draws, and of the draw from the stock.
    """

    resamples: int = Field(ge=100, le=100_000)
    seed: int = Field(ge=0, lt=2**64)


class ReleaseParameters(Parameters):
    """When a candidate takes the champion's place.

    Errors are absolute, in currency per night, of test listings that neither has learnt from.

    Attributes:
        mode: ``auto``: the run releases; ``manual``: it decides, and ``kedro release`` does.
        bootstrap: Of the interval of the difference of the mean errors.
        max_mae_increase: Highest upper end of its 95 % interval.
        min_mae_gain: The candidate's mean error is lower by this, or there is another reason.
        max_champion_age_weeks: A champion whose data is older is reason enough.
        min_gain_over_median: Share by which a model's mean error must be below that of the
            median by borough and room type: the candidate's, and the champion's to stay
            acceptable.
        max_coverage_error: Farthest that the share of prices inside of their intervals may be
            from what the intervals aim at; of both, likewise.
        min_segment_rows: Test listings that a borough or room type needs to be judged.
        max_segment_mae_increase: Most that its mean error may rise.
        moved_by: Relative change from which on an estimate counts as moved.
        max_moved_share: Highest share of the stock that may move.
        max_stock_rows: Listings of the stock that both models estimate for that.
    """

    mode: Literal["auto", "manual"]
    bootstrap: BootstrapParameters
    max_mae_increase: float = Field(ge=0)
    min_mae_gain: float = Field(ge=0)
    max_champion_age_weeks: int = Field(ge=0, le=5000)
    min_gain_over_median: float = Field(ge=0, lt=1)
    max_coverage_error: float = Field(ge=0, lt=1)
    min_segment_rows: int = Field(ge=1)
    max_segment_mae_increase: float = Field(ge=0)
    moved_by: float = Field(gt=0)
    max_moved_share: float = Field(ge=0, le=1)
    max_stock_rows: int = Field(ge=1)

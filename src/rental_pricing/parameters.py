"""Typed parameters: what ``conf/`` and ``--params`` may say, with units and limits.

Kedro builds these models from the parameters before anything runs, so that a wrong
value or a mistyped name stops the run at once.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rental_pricing.columns import LISTING_DTYPES
from rental_pricing.errors import did_you_mean
from rental_pricing.model.options import FeatureOptions

BLOCKS = ("market", "data_processing", "data_validation", "modeling")
"""The blocks of parameters in ``conf/``."""

RUNTIME_PARAMETERS = ("listings", "as_of", "reference", "experiment")
"""Places, dates and names that only ``--params`` gives; the catalog and the tracking read them."""

RejectReason = Literal[
    "malformed_value", "missing_value", "superseded", "outside_city", "price_out_of_range"
]
"""Why a raw row did not become a listing."""

EstimatorName = Literal["gradient_boosting", "random_forest", "linear", "median"]

Share = Field(ge=0, le=1)


def _known_column(name: str) -> str:
    if name not in LISTING_DTYPES:
        known = list(LISTING_DTYPES)
        msg = f"there is no column {name!r}{did_you_mean(name, known)}; known: {', '.join(known)}"
        raise ValueError(msg)
    return name


ColumnName = Annotated[str, AfterValidator(_known_column)]
"""A column of the listings."""


class Options(BaseModel):
    """Base of all parameter blocks: closed (unknown names are errors) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(Options):
    """A closed interval."""

    min: float = Field(allow_inf_nan=False)
    max: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            msg = f"min ({self.min}) is above max ({self.max})"
            raise ValueError(msg)
        return self


class Market(Options):
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

    @model_validator(mode="after")
    def _prices_above_zero(self) -> Self:
        if self.price.min <= 0:
            msg = "price.min must be above 0: errors and intervals are ratios of prices"
            raise ValueError(msg)
        return self


class ProcessingOptions(Options):
    """How raw rows become listings.

    Attributes:
        malformed_rows: What to do with a drop in which a value can't be read (text for
            a number, another date format, a negative price): ``fail`` stops the run
            and names them, ``set_aside`` puts those rows into ``rejected_listings``.
        missing_markers: Texts that mean "no value" in columns of numbers and dates.
    """

    malformed_rows: Literal["fail", "set_aside"]
    missing_markers: tuple[str, ...]


class Bins(Options):
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


class RowLimits(Options):
    """Limits of the number of listings: ``min`` and ``max`` are both allowed."""

    min: int = Field(ge=1)
    max: int = Field(ge=1)


class DriftOptions(Options):
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


class ValidationOptions(Options):
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
    bins: dict[ColumnName, Bins]
    drift: DriftOptions
    examples: int = Field(ge=1, le=100)


class SplitOptions(Options):
    """Which part of the data a listing belongs to, for ever.

    Attributes:
        test_share: Share of all listings kept for the final judgement.
        validation_share: Share of the rest, for calibration and for choosing.
        seed: Another seed gives another split.
        min_rows: Fewest listings that each part must have.
    """

    test_share: float = Field(gt=0, lt=1)
    validation_share: float = Field(gt=0, lt=1)
    seed: int = Field(ge=0)
    min_rows: int = Field(ge=1)


class IntervalOptions(Options):
    """Prediction intervals.

    Attributes:
        coverage: Share of prices that the interval is to hold.
        by: Column whose groups are calibrated on their own.
        min_group_rows: Groups with fewer calibration listings use those of all.
    """

    coverage: float = Field(gt=0, lt=1)
    by: str | None
    min_group_rows: int = Field(ge=10)


class ExplainOptions(Options):
    """Permutation importance.

    Attributes:
        repeats: Shuffles of each column.
        max_rows: Validation listings used at most.
    """

    repeats: int = Field(ge=1)
    max_rows: int = Field(ge=10)


class ModelingOptions(Options):
    """Training and judging the price model.

    Attributes:
        estimator: Which of ``estimators`` to train.
        estimators: Constructor parameters of each estimator; any that scikit-learn's
            class knows may be given.
        features: How raw columns become features.
        seed: Random state of everything that draws random numbers in training.
        split: The parts of the data.
        interval: The prediction intervals.
        explain: The feature importance.
    """

    estimator: EstimatorName
    estimators: dict[EstimatorName, dict[str, Any]]
    features: FeatureOptions
    seed: int = Field(ge=0, lt=2**32)
    split: SplitOptions
    interval: IntervalOptions
    explain: ExplainOptions

    @model_validator(mode="after")
    def _constructors_know_their_parameters(self) -> Self:
        # Imported here: a run that trains nothing need not import scikit-learn.
        from rental_pricing.model.estimators import build_pipeline  # noqa: PLC0415

        for name, params in self.estimators.items():
            build_pipeline(name, params, seed=self.seed, features=self.features)
        return self

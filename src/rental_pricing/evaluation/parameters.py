"""Parameters of the split and the judgement of models: the block ``modeling``."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.listings.parameters import ColumnName, Parameters
from rental_pricing.model.parameters import TrainingParameters


class SplitParameters(Parameters):
    """Which part of the data a listing belongs to, for ever.

    Attributes:
        test_share: Share of all listings kept for the final judgement.
        validation_share: Share of the rest, for calibration and for choosing.
        seed: Another seed gives another split.
        min_rows: Fewest listings that each part must have.
        max_listings: Of more listings than so many, some are taken, by their ids.
    """

    test_share: float = Field(gt=0, lt=1)
    validation_share: float = Field(gt=0, lt=1)
    seed: int = Field(ge=0, lt=2**64)
    min_rows: int = Field(ge=2)
    max_listings: int = Field(ge=1000)


class ExplainParameters(Parameters):
    """Permutation importance.

    Attributes:
        repeats: Shuffles of each group of columns.
        max_rows: Test listings used at most.
        groups: Columns that belong together, by the name of their group: they are
            shuffled as one. Each column that the model reads is in one group.
    """

    repeats: int = Field(ge=2)
    max_rows: int = Field(ge=10)
    groups: dict[str, tuple[ColumnName, ...]]

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        named = [column for columns in self.groups.values() for column in columns]
        wrong = [
            f"{column} is in {named.count(column)}"
            for column in sorted({*named, *MODEL_COLUMNS})
            if named.count(column) != (column in MODEL_COLUMNS)
        ]
        if wrong:
            msg = f"each column that the model reads must be in one group; {', '.join(wrong)}"
            raise ValueError(msg)
        return self


class ModelingParameters(TrainingParameters):
    """Training and judging the price model.

    Attributes:
        split: The parts of the data.
        explain: The feature importance.
        min_gain_over_median: By which share a candidate's mean absolute error on the
            validation listings must be below that of the median price by borough and
            room type; ``None`` lets every candidate pass.
    """

    split: SplitParameters
    explain: ExplainParameters
    min_gain_over_median: float | None = Field(ge=0, lt=1)

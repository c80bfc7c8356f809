"""Parameters of the split and the judgement of models: the block ``modeling``."""

from __future__ import annotations

from pydantic import Field

from rental_pricing.listings.parameters import Parameters
from rental_pricing.model.parameters import TrainingParameters


class SplitParameters(Parameters):
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


class ExplainParameters(Parameters):
    """Permutation importance.

    Attributes:
        repeats: Shuffles of each column.
        max_rows: Validation listings used at most.
    """

    repeats: int = Field(ge=1)
    max_rows: int = Field(ge=10)


class ModelingParameters(TrainingParameters):
    """Training and judging the price model.

    Attributes:
        split: The parts of the data.
        explain: The feature importance.
    """

    split: SplitParameters
    explain: ExplainParameters

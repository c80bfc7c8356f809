"""Parameters of the search: the block ``tuning``. Cheap to import: without scikit-learn."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from rental_pricing.errors import did_you_mean
from rental_pricing.listings.parameters import Parameters
from rental_pricing.model.parameters import (
    EstimatorName,
    FeatureParameters,
    KernelParameters,
)

Bound = Annotated[int | float, Field(allow_inf_nan=False)]
Choice = bool | int | float | str | None

_BLOCKS: dict[str, type[Parameters]] = {"features": FeatureParameters, "kernel": KernelParameters}
_FEWEST_CHOICES = 2


class Dimension(Parameters):
    """One parameter of the model, and the values to search.

    Attributes:
        parameter: Its place under ``modeling``, such as ``kernel.weight``.
        low: Lowest value; whole numbers if both ends are whole.
        high: Highest value.
        log: Search evenly on the logarithmic scale.
        choices: The values themselves, instead of a range.
    """

    parameter: str
    low: Bound | None = None
    high: Bound | None = None
    log: bool = False
    choices: tuple[Choice, ...] | None = None

    @model_validator(mode="after")
    def _range_or_choices(self) -> Self:
        if self.choices is not None:
            if self.low is not None or self.high is not None or self.log:
                msg = "give low and high, or choices, not both"
                raise ValueError(msg)
            kinds = {(type(each), each) for each in self.choices}
            if len(kinds) != len(self.choices) or len(kinds) < _FEWEST_CHOICES:
                msg = "choices must be two or more, each once"
                raise ValueError(msg)
        elif self.low is None or self.high is None:
            msg = "give low and high, or choices"
            raise ValueError(msg)
        elif self.low >= self.high:
            msg = f"low ({self.low}) must be below high ({self.high})"
            raise ValueError(msg)
        elif self.log and self.low <= 0:
            msg = f"log needs a low above 0, not {self.low}"
            raise ValueError(msg)
        return self

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of ``parameter``."""
        return tuple(self.parameter.split("."))

    @property
    def is_whole(self) -> bool:
        """Whether its range is of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: Choice) -> bool:
        """Whether the search could come upon this value."""
        if self.choices is not None:
            return any(type(each) is type(value) and each == value for each in self.choices)
        if isinstance(value, bool | str) or value is None or self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high and (not self.is_whole or isinstance(value, int))


Space = dict[str, Dimension]


class PruneParameters(Parameters):
    """When a trial is given up.

    Attributes:
        after_folds: Folds that every trial is judged on.
        worse_by: Share by which its MAE on its folds so far may be above that of the best
            trial of the batches before, on the same folds.
    """

    after_folds: int = Field(ge=1)
    worse_by: float = Field(gt=0)


class TuningParameters(Parameters):
    """A search for parameters of the chosen estimator.

    Attributes:
        trials: Of a search, besides the present configuration.
        batch_size: Trials that are asked for together, knowing the batches before alone.
        startup_trials: Finished ones, before which parameters are drawn at random.
        folds: Parts of the training listings, of which each is estimated once.
        workers: Processes; they change how long it takes, and nothing else.
        seed: Of the folds and of the search.
        prune: When a trial is given up; ``None``: never.
        space: Which values to search, by estimator and a short name of one's own.
    """

    trials: int = Field(ge=1, le=999)
    batch_size: int = Field(ge=1, le=100)
    startup_trials: int = Field(ge=1)
    folds: int = Field(ge=2, le=50)
    workers: int = Field(ge=1, le=256)
    seed: int = Field(ge=0, lt=2**32)
    prune: PruneParameters | None
    space: dict[EstimatorName, Space]

    @model_validator(mode="after")
    def _prunes_before_the_end(self) -> Self:
        if self.prune is not None and self.prune.after_folds >= self.folds:
            msg = f"prune.after_folds must be below folds ({self.folds})"
            raise ValueError(msg)
        return self

    @field_validator("space")
    @classmethod
    def _parameters_are_known(cls, space: dict[EstimatorName, Space]) -> dict[EstimatorName, Space]:
        for estimator, dimensions in space.items():
            seen: dict[str, str] = {}
            for name, dimension in dimensions.items():
                at = f"{estimator}.{name}"
                if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
                    msg = f"{at}: a name is letters, digits and _"
                    raise ValueError(msg)
                problem = _unknown(estimator, dimension.path)
                if problem:
                    msg = f"{at}.parameter: {problem}"
                    raise ValueError(msg)
                other = seen.setdefault(dimension.parameter, name)
                if other != name:
                    msg = f"{at} and {other} are both {dimension.parameter}"
                    raise ValueError(msg)
        return space


def _unknown(estimator: str, path: tuple[str, ...]) -> str | None:
    """Return why a path leads to no parameter of the estimator's training, if so."""
    match path:
        case ("estimators", named, _) if named == estimator:
            return None
        case ("kernel", _) if estimator != "gradient_boosting":
            return "the kernel model stands beside gradient_boosting alone"
        case ("features" | "kernel" as block, field):
            known = list(_BLOCKS[block].model_fields)
            return None if field in known else f"no {block}.{field}{did_you_mean(field, known)}"
    return (
        f"{'.'.join(path)!r} is not searched for {estimator}; it can be "
        f"estimators.{estimator}.NAME, features.NAME or kernel.NAME"
    )

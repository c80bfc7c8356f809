"""Cross-validation: each training listing is estimated by a model that has not seen it."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import KFold

from rental_pricing.errors import EstimatorParameterError, TooFewListingsError, cut
from rental_pricing.model.training import HeldOut, estimate_held_out, hold_out
from rental_pricing.tuning.trials import Trial

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from rental_pricing.model.parameters import TrainingParameters

    Fold = HeldOut | tuple[pd.DataFrame, pd.DataFrame]

_LONGEST = 200
_LEAST_LISTINGS = 2


@dataclass(frozen=True)
class Task:
    """What a worker is given for one trial.

    Attributes:
        number: Of the trial.
        values: Its parameters by short name.
        parameters: The whole configuration with them.
        limits: By the number of folds judged, the highest mean MAE with which the trial goes
            on, in currency per night.
    """

    number: int
    values: dict[str, Any]
    parameters: TrainingParameters
    limits: tuple[float, ...]


def make_folds(
    listings: pd.DataFrame, folds: int, seed: int
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Part listings into folds of equal size; the order of the rows changes nothing.

    Args:
        listings: With unique ``id``.
        folds: How many.
        seed: Another seed gives other folds.

    Returns:
        For each fold the other listings, and its own.

    Raises:
        TooFewListingsError: A fold would have fewer than two listings.
    """
    if len(listings) < _LEAST_LISTINGS * folds:
        msg = (
            f"{len(listings)} training listings are too few for {folds} folds (tuning.folds). "
            "Bring more data."
        )
        raise TooFewListingsError(msg)
    rows = listings.sort_values("id", kind="stable", ignore_index=True)
    split = KFold(folds, shuffle=True, random_state=seed).split(np.arange(len(rows)))
    return [(rows.iloc[learn], rows.iloc[held_out]) for learn, held_out in split]


def with_features(fold: Fold, parameters: TrainingParameters) -> HeldOut:
    """Return a fold with the features of its listings, which may be there already."""
    return fold if isinstance(fold, HeldOut) else hold_out(*fold, parameters)


def run_task(task: Task, folds: Sequence[Fold], price_range: tuple[float, float]) -> Trial:
    """Judge a configuration fold by fold, as long as it is not hopeless.

    Args:
        task: The trial.
        folds: With their features, where no trial changes them.
        price_range: Lowest and highest price of the market, in currency per night.
    """
    errors: list[float] = []
    try:
        for fold in folds:
            held_out = with_features(fold, task.parameters)
            estimates = estimate_held_out(
                held_out, price_range=price_range, parameters=task.parameters
            )
            errors.append(float(np.abs(estimates - held_out.actual).mean()))
            if not math.isfinite(errors[-1]):
                msg = "the estimates are no finite numbers"
                raise EstimatorParameterError(msg)  # noqa: TRY301 - as scikit-learn's own
            if is_hopeless(errors, task.limits):
                return Trial(task.number, task.values, "pruned", tuple(errors))
    except EstimatorParameterError as error:
        return Trial(task.number, task.values, "failed", (), cut(str(error), _LONGEST))
    return Trial(task.number, task.values, "finished", tuple(errors))


def is_hopeless(errors: Sequence[float], limits: Sequence[float]) -> bool:
    """Whether a trial's mean error on its folds so far is above its limit.

    >>> is_hopeless([30.0, 31.0], (math.inf, 30.5)), is_hopeless([30.0, 31.1], (math.inf, 30.5))
    (False, True)
    """
    judged = len(errors)
    return judged <= len(limits) and statistics.fmean(errors) > limits[judged - 1]

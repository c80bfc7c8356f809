"""How complex a model of given parameters is: the fewer numbers it may learn, the simpler."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

from rental_pricing.model.estimators import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rental_pricing.model.parameters import TrainingParameters
    from rental_pricing.tuning.trials import Trial

UNITS = {
    "gradient_boosting": "leaves and landmarks",
    "neural_network": "units of all members",
    "random_forest": "leaves",
    "linear": "freedom (1 / penalty)",
    "median": "prices",
}
"""What the complexity of each estimator counts."""


def complexity(parameters: TrainingParameters, rows: int) -> float:
    """Return how complex the chosen estimator is; comparable for one estimator alone.

    Boosted trees: leaves of all trees, and the landmarks of the kernel model if it has a
    share. A forest: leaves of all trees. A linear model: the inverse of its penalty. Neural
    networks: the hidden units of all. A tree has at most as many leaves as its limits and its
    listings allow.

    Args:
        parameters: Of the training.
        rows: Listings that a model learns from.
    """
    name = parameters.estimator
    given = _with_defaults(parameters)
    if name == "gradient_boosting":
        landmarks = parameters.kernel.landmarks if parameters.kernel.weight > 0 else 0
        return float(given["max_iter"] * _leaves(given, rows) + landmarks)
    if name == "random_forest":
        return float(given["n_estimators"] * _leaves(given, rows))
    if name == "neural_network":
        return float(given["members"] * sum(given["hidden"]))
    if name == "linear":
        return 1 / given["alpha"] if given["alpha"] > 0 else math.inf
    return 1.0


def _with_defaults(parameters: TrainingParameters) -> dict[str, Any]:
    signature = inspect.signature(ESTIMATORS[parameters.estimator]).parameters
    defaults = {name: each.default for name, each in signature.items()}
    return {**defaults, **parameters.estimators.get(parameters.estimator, {})}


def _leaves(given: dict[str, Any], rows: int) -> float:
    """Return the most leaves that a tree can have."""
    fewest = given["min_samples_leaf"]
    listings = fewest if isinstance(fewest, int) else math.ceil(fewest * rows)
    limits = [max(rows // max(listings, 1), 1)]
    if given["max_leaf_nodes"] is not None:
        limits.append(given["max_leaf_nodes"])
    if given["max_depth"] is not None:
        limits.append(2 ** min(given["max_depth"], 60))
    return float(min(limits))


def simplest(trials: Sequence[Trial], complexities: Sequence[float]) -> Trial:
    """Return the simplest trial within one standard error of the best.

    The rule of Breiman, Friedman, Olshen and Stone (1984): what is so close to the best may
    be as good, so the simplest of it is taken. Among equally simple ones the better one is.

    Args:
        trials: That have finished; one or more.
        complexities: Of each.
    """
    best = best_of(trials)
    limit = best.mae + best.standard_error
    near = [
        (complexity, trial.mae, trial.number, trial)
        for trial, complexity in zip(trials, complexities, strict=True)
        if trial.mae <= limit
    ]
    return min(near, key=lambda each: each[:3])[-1]


def best_of(trials: Sequence[Trial]) -> Trial:
    """Return the trial with the lowest MAE; of equal ones the earliest."""
    return min(trials, key=lambda trial: (trial.mae, trial.number))

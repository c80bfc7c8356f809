"""Between a search space and the parameters of a training."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rental_pricing.errors import UserInputError, cut
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.model.estimators import ESTIMATORS
from rental_pricing.model.trial import try_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.listings.parameters import MarketParameters
    from rental_pricing.tuning.parameters import Dimension, Space, TuningParameters

_DIGITS = 3


class SearchSpaceError(UserInputError):
    """A search space has values that the model can't take, or there is none."""


def space_of(tuning: TuningParameters, estimator: str) -> Space:
    """Return what is searched for an estimator.

    Raises:
        SearchSpaceError: Nothing is.
    """
    spaces: dict[str, Space] = {str(name): each for name, each in tuning.space.items()}
    space = spaces.get(estimator)
    if not space:
        known = ", ".join(name for name, dimensions in spaces.items() if dimensions) or "none"
        msg = (
            f"tuning.space has nothing to search for {estimator}, which modeling.estimator names; "
            f"it has something for: {known}. Write what to search into it, or name another "
            "estimator."
        )
        raise SearchSpaceError(msg)
    return space


def present_values(modeling: ModelingParameters, space: Space) -> dict[str, Any]:
    """Return what the configuration has for each dimension, by its short name.

    Where it says nothing, the default of the estimator's class counts.
    """
    return {name: value_at(modeling, dimension.path) for name, dimension in space.items()}


def value_at(modeling: ModelingParameters, path: tuple[str, ...]) -> Any:
    """Return what a configuration has at a place under ``modeling``.

    Args:
        modeling: The configuration.
        path: To a parameter of the chosen estimator, the features or the kernel model.

    Raises:
        SearchSpaceError: The estimator has no such parameter.
    """
    if path[0] != "estimators":
        block, field = path
        return getattr(getattr(modeling, block), field)
    _, estimator, name = path
    given: Mapping[str, Any] = dict(modeling.estimators).get(modeling.estimator, {})
    if name in given:
        return given[name]
    parameters = inspect.signature(ESTIMATORS[estimator]).parameters
    if name not in parameters:
        msg = f"modeling.estimators.{estimator} has no parameter {cut(name)!r} (tuning.space)."
        raise SearchSpaceError(msg)
    return parameters[name].default


def configured(
    modeling: ModelingParameters, space: Space, values: Mapping[str, Any]
) -> ModelingParameters:
    """Return the configuration with other values.

    Args:
        modeling: The configuration.
        space: Where the values belong.
        values: By short name.

    Raises:
        SearchSpaceError: The configuration allows no such value.
    """
    changed = modeling.model_dump()
    for name, value in values.items():
        *blocks, last = space[name].path
        inside = changed
        for block in blocks:
            inside = inside.setdefault(block, {})
        inside[last] = value
    try:
        return ModelingParameters.model_validate(changed)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        msg = f"modeling.{place}={cut(repr(first['input']))}: {first['msg']} (tuning.space)."
        raise SearchSpaceError(msg) from error


def rounded(dimension: Dimension, value: Any) -> Any:
    """Return a drawn value with three digits, inside of its range.

    What is tried is what people read, and what ``kedro tuning adopt`` writes.
    """
    if dimension.low is None or dimension.high is None or isinstance(value, int):
        return value
    return min(max(float(f"{value:.{_DIGITS}g}"), float(dimension.low)), float(dimension.high))


def try_space(
    tuning: TuningParameters, modeling: ModelingParameters, market: MarketParameters
) -> None:
    """Fit on a handful of made-up listings with the ends of the space, before a search.

    Args:
        tuning: With the space.
        modeling: The configuration.
        market: For the range of prices.

    Raises:
        SearchSpaceError: There is no space, or the configuration allows no such value.
        EstimatorParameterError: scikit-learn accepts no such value.
    """
    space = space_of(tuning, modeling.estimator)
    present_values(modeling, space)
    for values in _ends(space):
        try_parameters(configured(modeling, space, values), market)


def _ends(space: Space) -> list[dict[str, Any]]:
    """Return configurations that together have each end and each choice of a space."""
    ends = {name: each.choices or (each.low, each.high) for name, each in space.items()}
    most = max(map(len, ends.values()))
    return [{name: of[n % len(of)] for name, of in ends.items()} for n in range(most)]

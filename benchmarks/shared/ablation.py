"""What each part of the price model buys: cross-validation inside the training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model import kernel, linear_features, reading
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.intervals import conformal_ends
from rental_pricing.model.parameters import TrainingParameters
from rental_pricing.model.training import fit_calibrated

FOLDS, SEED = 5, 7
NEVER = 10**9
"""No term is in so many titles."""

Floats = NDArray[np.float64]
Change = Callable[[Pipeline], None]


class PlainScaler(linear_features.LogScaler):
    """The numbers themselves, centred and divided by their spread; 0 where missing."""

    def fit(self, numbers: Floats) -> PlainScaler:
        """Learn centre and spread of each column."""
        known = np.nan_to_num(numbers)
        self.mean_, self.scale_ = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-9)
        return self

    def transform(self, numbers: Floats) -> Floats:
        """Return them, and which are missing or 0."""
        scaled = (np.nan_to_num(numbers) - self.mean_) / self.scale_
        return np.hstack([scaled, ~(numbers > 0)])


class WithoutCopies(linear_features.LinearFeatures):
    """No second columns for the commonest room type."""

    def fit(self, X: Any, y: object = None) -> WithoutCopies:  # noqa: N803 - as its base
        """Fit as usual; then no room type is the commonest."""
        super().fit(X, y)
        self.commonest_ = -2
        return self


@dataclass(frozen=True)
class Variant:
    """A model without one of its parts.

    Attributes:
        parameters: Blocks of parameters, and what changes in each.
        patches: Names in the product, and what replaces them.
        change: Changes the pipeline before it is fitted.
    """

    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    patches: tuple[tuple[Any, str, Any], ...] = ()
    change: Change | None = None


def _without_copies(pipeline: Pipeline) -> None:
    tree_features = pipeline[1]
    given = tree_features.linear.get_params(deep=False)
    tree_features.linear = WithoutCopies(**given)


def _without_scores(pipeline: Pipeline) -> None:
    pipeline.steps[1] = ("features", FunctionTransformer(lambda listings: listings.known))


def _title(**least: int) -> dict[str, dict[str, Any]]:
    return {"features": {f"{kind}_min_listings": count for kind, count in least.items()}}


VARIANTS: dict[str, Variant] = {
    "the whole model": Variant(),
    "without words of titles": Variant(_title(word=NEVER)),
    "without letters of titles": Variant(_title(letter=NEVER)),
    "without either": Variant(_title(word=NEVER, letter=NEVER)),
    "without landmarks": Variant({"features": {"location_bumps": 0}}),
    "without copies for the commonest room type": Variant(change=_without_copies),
    "without linear scores": Variant(change=_without_scores),
    "without logarithms of numbers": Variant(
        patches=((linear_features, "LogScaler", PlainScaler), (kernel, "LogScaler", PlainScaler))
    ),
    "without the kernel model": Variant({"kernel": {"weight": 0.0}}),
    "learning plain prices": Variant({"features": {"price_power": 1.0}}),
    "without bedrooms": Variant(patches=((reading, "count_bedrooms", lambda _: np.nan),)),
}


@dataclass(frozen=True)
class Row:
    """What leaving a part out costs.

    Attributes:
        mae: Mean absolute error, currency per night.
        cost: Difference to the whole model's, listing by listing.
        error: Standard error of that difference.
    """

    mae: float
    cost: float
    error: float


def ablation(train: pd.DataFrame, parameters: TrainingParameters) -> dict[str, Row]:
    """Leave out each part in turn; all variants have the same folds."""
    rows: dict[str, Row] = {}
    whole: Floats | None = None
    for name, variant in VARIANTS.items():
        errors = np.abs(_left_out(train, parameters, variant) - train["price"].to_numpy())
        whole = errors if whole is None else whole
        paired = errors - whole
        rows[name] = Row(
            float(errors.mean()), float(paired.mean()), float(paired.std() / len(paired) ** 0.5)
        )
        print(f"{name:45}{errors.mean():8.3f}{paired.mean():+8.3f}", flush=True)
    return rows


def _folds(rows: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    yield from KFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(rows))


def _left_out(train: pd.DataFrame, parameters: TrainingParameters, variant: Variant) -> Floats:
    blocks = {
        name: getattr(parameters, name).model_copy(update=variant.parameters.get(name, {}))
        for name in ("features", "kernel")
    }
    estimates = np.empty(len(train))
    listings, prices = train[list(MODEL_COLUMNS)], train["price"].to_numpy()
    given = parameters.estimators[parameters.estimator]
    with ExitStack() as stack:
        for module, name, replacement in variant.patches:
            stack.enter_context(mock.patch.object(module, name, replacement))
        for others, held_out in _folds(len(train)):
            model = build_pipeline(parameters.estimator, given, seed=parameters.seed, **blocks)
            if variant.change is not None:
                variant.change(model)
            model.fit(listings.iloc[others], prices[others])
            estimates[held_out] = model.predict(listings.iloc[held_out])
    return estimates


def cross_validated_intervals(
    train: pd.DataFrame, parameters: TrainingParameters, price_range: tuple[float, float]
) -> pd.DataFrame:
    """Estimate each training listing by models and ends that have not seen it.

    The ends for a fold are calibrated on all the other folds' errors, each of them of a
    model that had not seen the listing.

    Returns:
        ``price``, ``typical_price``, ``price_low``, ``price_high``, in the order of ``train``.
    """
    estimate, size, fold = (np.empty(len(train)) for _ in range(3))
    for number, (others, held_out) in enumerate(_folds(len(train))):
        rows = train.iloc[held_out]
        fitted = fit_calibrated(
            train.iloc[others], rows, price_range=price_range, parameters=parameters
        )
        plain = fitted.pipeline[0].transform(rows)
        estimate[held_out] = np.clip(fitted.pipeline[1:].predict(plain), *price_range)
        size[held_out] = fitted.intervals.size.predict(plain, estimate[held_out])
        fold[held_out] = number
    price = train["price"].to_numpy()
    scores = np.log(price / estimate) / size
    ends = np.empty((len(train), 2))
    for number in range(FOLDS):
        held_out = fold == number
        factors = conformal_ends(scores[~held_out], parameters.interval.coverage)
        ends[held_out] = estimate[held_out, None] * np.exp(np.outer(size[held_out], factors))
    low, high = np.clip(ends, *price_range).T
    return pd.DataFrame(
        {"price": price, "typical_price": estimate, "price_low": low, "price_high": high}
    )

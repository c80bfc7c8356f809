"""How large the error of an estimate is expected to be, listing by listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import KFold

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model.estimators import SteadyGradientBoostingRegressor
from rental_pricing.model.frame import COORDINATES, NUMBERS

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from rental_pricing.model.parameters import IntervalParameters

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorSize:
    """Expected ``|log(price / estimate)|``, learnt from errors of estimates out of fold.

    Attributes:
        listing: First step of the model's pipeline: raw listings to plain columns.
        trees: Fitted regressor of the logarithm of the size.
        smallest: No size below this is told.
    """

    listing: Any
    trees: Any
    smallest: float

    @classmethod
    def learn(
        cls, pipeline: Pipeline, listings: pd.DataFrame, parameters: IntervalParameters, seed: int
    ) -> Self:
        """Learn from the listings that a fitted pipeline was trained on."""
        rows, prices = listings[list(MODEL_COLUMNS)], listings["price"].to_numpy()
        estimates = np.empty(len(rows))
        folds = KFold(min(parameters.folds, len(rows)), shuffle=True, random_state=seed)
        for others, held_out in folds.split(rows):
            model = clone(pipeline).fit(rows.iloc[others], prices[others])
            estimates[held_out] = model.predict(rows.iloc[held_out])
        errors = np.maximum(np.abs(np.log(prices / estimates)), parameters.smallest_error)
        trees = SteadyGradientBoostingRegressor(
            max_iter=parameters.trees, max_leaf_nodes=8, early_stopping=False, random_state=seed
        )
        trees.fit(cls._columns(pipeline[0], rows, estimates), np.log(errors))
        return cls(pipeline[0], trees, parameters.smallest_error)

    def predict(self, listings: pd.DataFrame, estimate: Floats) -> Floats:
        """Return the expected sizes, shape (n,)."""
        columns = self._columns(self.listing, listings, estimate)
        return np.maximum(np.exp(self.trees.predict(columns)), self.smallest)

    @staticmethod
    def _columns(listing: Any, rows: pd.DataFrame, estimate: Floats) -> Floats:
        known = listing.transform(rows)[[*NUMBERS, *COORDINATES]].to_numpy()
        return np.column_stack([known, np.log(estimate)])

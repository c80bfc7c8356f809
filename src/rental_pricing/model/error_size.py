"""How large the error of an estimate is expected to be, listing by listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from rental_pricing.model.estimators import SteadyGradientBoostingRegressor

if TYPE_CHECKING:
    from rental_pricing.model.parameters import IntervalParameters
    from rental_pricing.model.reading import Floats, PlainListings

LEAVES = 8
MIN_LEAF = 40
LEARNING_RATE = 0.1


@dataclass(frozen=True)
class ErrorSize:
    """Expected ``|log(price / estimate)|``, learnt from estimates for listings left out.

    Boosted trees with the gamma deviance, for a positive mean whose spread grows with it.

    Attributes:
        trees: Fitted regressor of the size.
        smallest: No size below this is told.
    """

    trees: Any
    smallest: float

    @classmethod
    def learn(
        cls,
        listings: PlainListings,
        price: Floats,
        estimate: Floats,
        parameters: IntervalParameters,
        seed: int,
    ) -> Self:
        """Learn from listings with estimates by models that have not seen them.

        Args:
            listings: Shape (n,).
            price: True prices, above 0.
            estimate: The estimates, above 0.
            parameters: Number of trees and the smallest size.
            seed: Of the trees.
        """
        sizes = np.maximum(np.abs(np.log(price / estimate)), parameters.smallest_error)
        trees = SteadyGradientBoostingRegressor(
            loss="gamma",
            max_iter=parameters.trees,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=MIN_LEAF,
            learning_rate=LEARNING_RATE,
            early_stopping=False,
            random_state=seed,
        )
        trees.fit(_columns(listings, estimate), sizes)
        return cls(trees, parameters.smallest_error)

    def predict(self, listings: PlainListings, estimate: Floats) -> Floats:
        """Return the expected sizes, shape (n,)."""
        sizes: Floats = self.trees.predict(_columns(listings, estimate))
        return np.maximum(sizes, self.smallest)


def _columns(listings: PlainListings, estimate: Floats) -> Floats:
    return np.column_stack([listings.known, np.log(estimate)])

"""A smooth model beside the trees: prices like those of similar listings."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.linalg import solve
from sklearn.base import BaseEstimator, RegressorMixin, clone

from rental_pricing.model.linear_features import LogScaler
from rental_pricing.model.reading import COORDINATES, NUMBERS, Floats
from rental_pricing.model.threads import one_thread

BLOCK = 96
"""Rows of a matrix product: always so many, as its last bits depend on its shape.

BLAS takes rows in tiles of 2 to 48, and their rest otherwise: here there is no rest.
"""

PLACE_WEIGHT = 3.0
"""How much farther apart, in standard deviations, places count than other things."""

JITTER = 1e-4

_NUMBERS = slice(0, len(NUMBERS))
_PLACE = slice(len(NUMBERS), len(NUMBERS) + len(COORDINATES))
_CODES = slice(_PLACE.stop, _PLACE.stop + 2)
_SCORES = slice(_CODES.stop, None)
"""Columns of ``TreeFeatures``."""


class KernelRegressor(RegressorMixin, BaseEstimator):
    """Kernel ridge regression on landmarks: a sum of bells around some training listings.

    Least squares with the penalty of the landmarks' own Gram matrix ("subset of
    regressors": Rasmussen and Williams 2006, section 8.3.1; Nyström's approximation).

    Args:
        landmarks: Number of training listings that bells stand on (or all, if fewer).
        gamma: The bell is ``exp(-gamma distance²)`` of standardised features.
        penalty: On the squared norm of the function.
        random_state: Seed of the draw of landmarks.

    Attributes:
        landmarks_: Standardised features of the landmarks, shape (landmarks, features).
        weights_: Heights of their bells, shape (landmarks,).
        level_: What is told far from all landmarks.
    """

    def __init__(self, landmarks: int, gamma: float, penalty: float, random_state: int) -> None:
        self.landmarks = landmarks
        self.gamma = gamma
        self.penalty = penalty
        self.random_state = random_state

    def fit(self, X: Floats, y: Floats) -> Self:
        """Fit on the features of ``TreeFeatures``, shape (rows, 14)."""
        self.scaler_ = LogScaler().fit(_with_gaps(X[:, _NUMBERS]))
        plain = X[:, [*range(_PLACE.start, _PLACE.stop), *range(_SCORES.start, X.shape[1])]]
        self.mean_ = plain.mean(axis=0)
        spread = plain.std(axis=0)
        self.scale_ = np.where(spread > 0, spread, 1.0)
        self.scale_[: len(COORDINATES)] /= PLACE_WEIGHT
        self.codes_ = [np.unique(codes) for codes in X[:, _CODES].T]
        features = self._standardised(X)
        draw = np.random.default_rng(self.random_state).permutation(len(X))[: self.landmarks]
        self.landmarks_ = features[draw]
        bells = self._bells(features, features @ self.landmarks_.T)
        centre = bells.mean(axis=0)
        bells -= centre
        among = self._bells(self.landmarks_, self.landmarks_ @ self.landmarks_.T)
        gram = bells.T @ bells + self.penalty * among
        gram[np.diag_indices_from(gram)] += JITTER
        self.weights_ = solve(gram, bells.T @ (y - y.mean()), assume_a="pos")
        self.level_ = float(y.mean() - centre @ self.weights_)
        return self

    def predict(self, X: Floats) -> Floats:
        """Return estimates, shape (rows,), the same for a row in any batch."""
        features = self._standardised(X)
        estimates = np.empty(len(X))
        block = np.zeros((BLOCK, features.shape[1]))
        with one_thread("blas"):
            for start in range(0, len(X), BLOCK):
                rows = features[start : start + BLOCK]
                block[: len(rows)] = rows
                bells = self._bells(rows, (block @ self.landmarks_.T)[: len(rows)])
                estimates[start : start + BLOCK] = (bells * self.weights_).sum(axis=1)
        return estimates + self.level_

    def _bells(self, features: Floats, products: Floats) -> Floats:
        """Return the bells around the landmarks, shape (rows, landmarks).

        Args:
            features: Standardised, shape (rows, features).
            products: ``features @ landmarks_.T``; they are overwritten.
        """
        # In place: memory for each of the steps would cost more than they do.
        bells: Floats = (features**2).sum(axis=1)[:, None] + (self.landmarks_**2).sum(axis=1)
        products *= 2
        bells -= products
        np.maximum(bells, 0, out=bells)
        bells *= -self.gamma
        return np.exp(bells, out=bells)

    def _standardised(self, X: Floats) -> Floats:
        plain = np.hstack([X[:, _PLACE], X[:, _SCORES]])
        kinds = [
            codes[:, None] == known
            for codes, known in zip(X[:, _CODES].T, self.codes_, strict=True)
        ]
        numbers = self.scaler_.transform(_with_gaps(X[:, _NUMBERS]))
        return np.hstack([numbers, *kinds, (plain - self.mean_) / self.scale_])


def _with_gaps(numbers: Floats) -> Floats:
    return np.where(numbers < 0, np.nan, numbers)


class BlendedRegressor(RegressorMixin, BaseEstimator):
    """A weighted mean of trees and of the kernel model: they err differently.

    Args:
        trees: Regressor of the features.
        kernel: Another one.
        weight: Share of the second, 0 to 1.
    """

    def __init__(self, trees: Any, kernel: Any, weight: float) -> None:
        self.trees = trees
        self.kernel = kernel
        self.weight = weight

    def fit(self, X: Floats, y: Floats) -> Self:
        """Fit both."""
        self.trees_ = clone(self.trees).fit(X, y)
        self.kernel_ = clone(self.kernel).fit(X, y)
        return self

    def predict(self, X: Floats) -> Floats:
        """Return the weighted mean of their estimates, shape (rows,)."""
        trees, kernel = self.trees_.predict(X), self.kernel_.predict(X)
        mean: Floats = (1 - self.weight) * trees + self.weight * kernel
        return mean

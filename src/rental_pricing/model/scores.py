"""Thousands of sparse features summed up for trees: what linear models make of them."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

from rental_pricing.model.linear_features import LinearFeatures, side_by_side
from rental_pricing.model.price_scale import PriceScale
from rental_pricing.model.reading import Floats, PlainListings

STEPS = 16
"""Steps of the conjugate gradients; after more of them the estimates are no better."""


@dataclass(frozen=True)
class Ridges:
    """A ridge regression, and its estimates by models that left each row out.

    Attributes:
        coefficients: Of the model of all rows, shape (columns,).
        intercept: Of that model.
        out_of_fold: Each row's estimate by a model that has not seen it, shape (rows,).
    """

    coefficients: Floats
    intercept: float
    out_of_fold: Floats


def fit_ridges(
    matrix: sparse.csr_matrix, target: Floats, *, penalty: float, folds: int, seed: int
) -> Ridges:
    """Fit a ridge regression on all rows, and one for each fold on the rows outside of it.

    All of them at once, by ``STEPS`` steps of conjugate gradients on the normal equations
    with a diagonal preconditioner (Saad 2003, algorithm 9.1): they share each pass over
    the matrix. The intercepts bear no penalty.

    Args:
        matrix: Shape (rows, columns).
        target: Shape (rows,).
        penalty: On the squared coefficients.
        folds: Number of folds (or of rows, if there are fewer).
        seed: Of the division into folds.
    """
    fold = _folds(len(target), folds, seed)
    learns = np.column_stack([fold != each for each in [*range(fold.max() + 1), -1]]) * 1.0
    rows = np.maximum(learns.sum(axis=0), 1)
    # By columns both products are faster, with so few right-hand sides.
    forward, transposed = matrix.tocsc(), matrix.T
    means = transposed @ learns / rows
    level = target @ learns / rows
    squares = transposed.power(2) @ learns - means**2 * rows
    preconditioner = 1 / (np.maximum(squares, 0) + penalty)

    def gradient(errors: Floats) -> Floats:
        fall: Floats = transposed @ errors - means * errors.sum(axis=0)
        return fall

    residual = gradient((target[:, None] - level) * learns)
    coefficients = np.zeros_like(residual)
    direction = preconditioner * residual
    norm = (residual * direction).sum(axis=0)
    for _ in range(STEPS):
        values = (forward @ direction - (means * direction).sum(axis=0)) * learns
        image = gradient(values) + penalty * direction
        step = norm / np.maximum((direction * image).sum(axis=0), np.finfo(float).tiny)
        coefficients += step * direction
        residual -= step * image
        scaled = preconditioner * residual
        former, norm = norm, (residual * scaled).sum(axis=0)
        direction = scaled + norm / np.maximum(former, np.finfo(float).tiny) * direction
    intercepts = level - (means * coefficients).sum(axis=0)
    estimates = forward @ coefficients + intercepts
    out_of_fold = estimates[np.arange(len(target)), fold]
    return Ridges(coefficients[:, -1].copy(), float(intercepts[-1]), out_of_fold)


def _folds(rows: int, folds: int, seed: int) -> np.ndarray:
    """Return the number of each row's fold, shape (rows,)."""
    fold = np.zeros(rows, dtype="int64")
    if rows > 1:
        parts = KFold(min(folds, rows), shuffle=True, random_state=seed).split(fold)
        for number, (_, held_out) in enumerate(parts):
            fold[held_out] = number
    return fold


class TreeFeatures(TransformerMixin, BaseEstimator):
    """The few dense features from which trees learn: they can't use thousands of words.

    They are all that is known besides the title (-1 where missing), and two scores: the
    price, on the models' scale, that a linear model makes of the title's words and all
    else, and what another makes of its runs of letters and all else. Within the training
    listings each gets the scores of models that have not seen it (out of fold): otherwise
    the trees would trust them too much. New listings get those of a model of all.

    Args:
        linear: Makes the features of the linear models.
        penalty: On their squared coefficients.
        folds: Number of folds (or of listings, if there are fewer).
        price_power: Scale of the prices; see ``PriceScale``.
        random_state: Seed of the division into folds.

    Attributes:
        linear_: The fitted features of the linear models.
        coefficients_: Of words, letters, and all else for words and for letters, by block.
        intercepts_: Shape (2,).
    """

    def __init__(
        self,
        linear: LinearFeatures,
        penalty: float,
        folds: int,
        price_power: float,
        random_state: int,
    ) -> None:
        self.linear = linear
        self.penalty = penalty
        self.folds = folds
        self.price_power = price_power
        self.random_state = random_state

    def fit(self, X: PlainListings, y: Floats) -> Self:
        """Fit the linear models on everything."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: PlainListings, y: Floats) -> Floats:
        """Fit, and return the features with out-of-fold scores, of shape (rows, 14)."""
        self.linear_ = clone(self.linear).fit(X)
        *kinds, rest = self.linear_.blocks(X)
        target = PriceScale(self.price_power).fit(y).transform(y)
        ridges = [
            fit_ridges(
                side_by_side([*kind, *rest]),
                target,
                penalty=self.penalty,
                folds=self.folds,
                seed=self.random_state,
            )
            for kind in kinds
        ]
        parts = [
            _split(each.coefficients, [*kind, *rest])
            for each, kind in zip(ridges, kinds, strict=True)
        ]
        self.coefficients_ = [part[: len(kind)] for part, kind in zip(parts, kinds, strict=True)]
        shared = [part[len(kind) :] for part, kind in zip(parts, kinds, strict=True)]
        self.coefficients_.append([np.column_stack(each) for each in zip(*shared, strict=True)])
        self.intercepts_ = np.array([each.intercept for each in ridges])
        return np.column_stack([X.known, *(each.out_of_fold for each in ridges)])

    def transform(self, X: PlainListings) -> Floats:
        """Return the features, of shape (rows, 14)."""
        check_is_fitted(self)
        *kinds, rest = self.linear_.blocks(X)
        *own, shared = self.coefficients_
        scores = _sum(rest, shared) + self.intercepts_
        for column, (blocks, coefficients) in enumerate(zip(kinds, own, strict=True)):
            scores[:, column] += _sum(blocks, coefficients)
        return np.hstack([X.known, scores])


def _split(coefficients: Floats, blocks: list[sparse.csr_matrix]) -> list[Floats]:
    ends = np.cumsum([block.shape[1] for block in blocks])
    return [part.copy() for part in np.split(coefficients, ends[:-1])]


def _sum(blocks: list[sparse.csr_matrix], coefficients: list[Floats]) -> Floats:
    sums = [block @ part for block, part in zip(blocks, coefficients, strict=True)]
    return np.add.reduce(sums)  # type: ignore[no-any-return]

"""Transformers that turn listings into numbers, and prices into what models learn.

All of them are ordinary scikit-learn transformers. Whatever they learn (vocabulary,
landmarks, scores) they learn in ``fit`` and keep in attributes that end in an
underscore; a batch to be priced never changes it.
"""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.floating[Any]]

KM_PER_DEGREE = 111.2
"""Length of a degree of latitude, and of a degree of longitude on the equator."""

NEGLIGIBLE_SPREAD = 1e-9
"""A standard deviation below this is a rounding error."""


class NameVectorizer(TfidfVectorizer):
    """A ``TfidfVectorizer`` that can be stored compactly and the same way every time.

    The original keeps a memory address (``_stop_words_id``) and, for each word of its
    vocabulary, a number of its own.
    """

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes, with the vocabulary as an array in column order."""
        state = dict(super().__getstate__())
        state.pop("_stop_words_id", None)
        if "vocabulary_" in state:
            terms = sorted(state["vocabulary_"], key=state["vocabulary_"].__getitem__)
            state["vocabulary_"] = np.array(terms, dtype="str")
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the attributes back."""
        state = dict(state)
        if "vocabulary_" in state:
            terms = state["vocabulary_"].tolist()
            state["vocabulary_"] = {term: column for column, term in enumerate(terms)}
        super().__setstate__(state)


class LogScaler(TransformerMixin, BaseEstimator):
    """Put skewed, non-negative numbers on a comparable scale for a linear model.

    ``log(1 + x)``, then centred and divided by the standard deviation of the training
    listings; a missing number takes the centre. Each column has a second one that
    says whether it was missing or 0.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn centre and spread of each column, of shape (columns,)."""
        logs = np.log1p(np.maximum(np.asarray(X, dtype="float64"), 0))
        known = np.isfinite(logs)
        count = np.maximum(known.sum(axis=0), 1)
        self.mean_ = np.where(known, logs, 0).sum(axis=0) / count
        deviation = np.where(known, logs - self.mean_, 0)
        spread = np.sqrt((deviation**2).sum(axis=0) / count)
        self.scale_ = np.where(spread > NEGLIGIBLE_SPREAD, spread, 1.0)
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Return an array of shape (rows, 2 x columns)."""
        check_is_fitted(self)
        numbers = np.asarray(X, dtype="float64")
        logs = (np.log1p(np.maximum(numbers, 0)) - self.mean_) / self.scale_
        absent = ~(numbers > 0)
        return np.hstack([np.nan_to_num(logs), absent]).astype("float32")


class CopyForCommonest(TransformerMixin, BaseEstimator):
    """Repeat features for the commonest group, so that a linear model tells it apart.

    "Two bedrooms" is worth more in the name of an entire home than in that of a room.
    With a copy of each feature that is 0 outside the commonest group, a linear model
    can learn both values.

    Args:
        transformer: Makes the features of ``column``.
        column: Name of the column, or names of the columns, that it gets.
        group: Name of the column whose commonest value gets the copy.

    Attributes:
        transformer_: The fitted transformer.
        commonest_: That value; the first in alphabetical order of equally common ones.
    """

    def __init__(self, transformer: Any, column: str | list[str], group: str) -> None:
        self.transformer = transformer
        self.column = column
        self.group = group

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Fit the transformer and find the commonest group."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: object = None) -> sparse.csr_matrix:
        """Fit, and return the features of ``X`` as ``transform`` would."""
        self.commonest_ = str(X[self.group].mode().iloc[0])
        self.transformer_ = clone(self.transformer)
        return self._copied(self.transformer_.fit_transform(X[self.column], y), X)

    def transform(self, X: pd.DataFrame) -> sparse.csr_matrix:
        """Return a sparse matrix of shape (rows, 2 x features)."""
        check_is_fitted(self)
        return self._copied(self.transformer_.transform(X[self.column]), X)

    def _copied(self, features: Any, X: pd.DataFrame) -> sparse.csr_matrix:
        common = (X[self.group] == self.commonest_).to_numpy(dtype="float32")
        features = sparse.csr_matrix(features, dtype="float32")
        copy = sparse.diags(common, dtype="float32") @ features
        return sparse.csr_matrix(sparse.hstack([features, copy]))


class LocationBumps(TransformerMixin, BaseEstimator):
    """Nearness to landmarks: ``exp(-distance² / (2 radius²))``, a radial basis.

    The landmarks are training listings drawn at random, so that there are many where
    the listings are. A listing without coordinates counts as one in the centre. On the
    few tens of kilometres of a city the earth is flat enough to compute with a plane.

    Args:
        count: Number of landmarks (or of listings, if there are fewer).
        radius_km: Standard deviation of the bump, in kilometres.
        random_state: Seed of the draw.

    Attributes:
        centre_: Median latitude and longitude of the training listings, in degrees.
        landmarks_: Places of the landmarks, in kilometres from there, of shape
            (count, 2).
    """

    NEGLIGIBLE = 0.01

    def __init__(self, count: int, radius_km: float, random_state: int) -> None:
        self.count = count
        self.radius_km = radius_km
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Draw the landmarks from the listings' (latitude, longitude), in degrees."""
        self.centre_ = np.nan_to_num(X.median(axis=0).to_numpy(dtype="float64"))
        draw = np.random.default_rng(self.random_state).permutation(len(X))
        self.landmarks_ = self._kilometres(X)[draw[: self.count]]
        return self

    def transform(self, X: pd.DataFrame) -> sparse.csr_matrix:
        """Return a sparse matrix of shape (rows, landmarks), values from 0 to 1."""
        check_is_fitted(self)
        squares = cdist(self._kilometres(X), self.landmarks_, "sqeuclidean")
        nearness = np.exp(-squares / (2 * self.radius_km**2))
        nearness[nearness < self.NEGLIGIBLE] = 0
        return sparse.csr_matrix(nearness, dtype="float32")

    def _kilometres(self, X: pd.DataFrame) -> NDArray[np.float64]:
        degrees = np.asarray(X, dtype="float64")
        degrees = np.where(np.isfinite(degrees), degrees, self.centre_)
        shrink = np.cos(np.radians(self.centre_[0]))
        offsets: NDArray[np.float64] = (degrees - self.centre_) * KM_PER_DEGREE * [1.0, shrink]
        return offsets


class CrossFittedScore(TransformerMixin, BaseEstimator):
    """The prediction of another regressor as a feature.

    Within the training listings, each gets the prediction of a model that has not seen
    it (out of fold): otherwise the next model would trust the score too much. New
    listings get the prediction of a model of all training listings. ``X`` is an array
    or a sparse matrix in rows.

    Args:
        estimator: The regressor.
        folds: Number of folds (or of listings, if there are fewer).
        random_state: Seed of the division into folds.

    Attributes:
        estimator_: The regressor fitted on all training listings.
    """

    def __init__(self, estimator: Any, folds: int, random_state: int) -> None:
        self.estimator = estimator
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Floats) -> Self:
        """Fit the regressor on everything."""
        self.estimator_ = clone(self.estimator).fit(X, y)
        return self

    def fit_transform(self, X: Any, y: Floats) -> Floats:
        """Fit, and return the out-of-fold predictions, of shape (rows, 1)."""
        self.fit(X, y)
        rows = X.shape[0]
        if rows < 2:  # noqa: PLR2004 - nothing to leave out
            return self.transform(X)
        y = np.asarray(y)
        scores = np.empty(rows)
        folds = KFold(min(self.folds, rows), shuffle=True, random_state=self.random_state)
        for others, held_out in folds.split(scores):
            model = clone(self.estimator).fit(X[others], y[others])
            scores[held_out] = model.predict(X[held_out])
        return scores.reshape(-1, 1)

    def transform(self, X: Any) -> Floats:
        """Return the predictions, of shape (rows, 1)."""
        check_is_fitted(self)
        return np.asarray(self.estimator_.predict(X), dtype="float64").reshape(-1, 1)


class PriceScale(TransformerMixin, BaseEstimator):
    """The scale on which models learn prices: ``price ** power``, or the logarithm.

    Back from that scale, predictions are kept within the prices of the training
    listings.

    Args:
        power: Exponent; 0 means the natural logarithm.

    Attributes:
        lowest_: Lowest price seen in ``fit``.
        highest_: Highest price seen in ``fit``.
    """

    def __init__(self, power: float) -> None:
        self.power = power

    def fit(self, X: Floats, y: object = None) -> Self:  # noqa: ARG002
        """Learn the range of prices.

        Raises:
            ValueError: A price is not above 0.
        """
        self.lowest_, self.highest_ = float(np.min(X)), float(np.max(X))
        if not self.lowest_ > 0:
            msg = f"prices must be above 0 to train a model, the lowest is {self.lowest_}"
            raise ValueError(msg)
        return self

    def transform(self, X: Floats) -> Floats:
        """Return prices on the models' scale."""
        prices = np.asarray(X, dtype="float64")
        return np.log(prices) if self.power == 0 else prices**self.power

    def inverse_transform(self, X: Floats) -> Floats:
        """Return prices from values on the models' scale."""
        lowest, highest = self.transform(np.array([self.lowest_, self.highest_]))
        values = np.clip(np.asarray(X, dtype="float64"), lowest, highest)
        prices: Floats = np.exp(values) if self.power == 0 else values ** (1 / self.power)
        return prices

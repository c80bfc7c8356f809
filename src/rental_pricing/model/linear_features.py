"""The thousands of sparse features that a linear model can add up."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from rental_pricing.model.reading import ROOM, UNKNOWN, Codes, Floats, PlainListings
from rental_pricing.model.titles import letter_runs, words_and_pairs
from rental_pricing.model.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sized

KM_PER_DEGREE = 111.2
"""Length of a degree of latitude, and of a degree of longitude on the equator."""

NEGLIGIBLE_SPREAD = 1e-9
"""A standard deviation below this is a rounding error."""

NEGLIGIBLE_NEARNESS = 0.01


def kilometres_from(centre: Floats, place: Floats) -> Floats:
    """Return how far north and east of a centre places are, shape (rows, 2).

    Args:
        centre: Latitude and longitude, in degrees.
        place: Latitudes and longitudes, in degrees, shape (rows, 2).
    """
    shrink = np.cos(np.radians(centre[0]))
    offsets: Floats = (place - centre) * KM_PER_DEGREE * [1.0, shrink]
    return offsets


class LogScaler(BaseEstimator):
    """Put skewed, non-negative numbers on a comparable scale for sums and distances.

    ``log(1 + x)``, then centred and divided by the standard deviation of the training
    listings; a missing number takes the centre. Each column has a second one that
    says whether it was missing or 0.
    """

    def fit(self, numbers: Floats) -> Self:
        """Learn centre and spread of each column, of shape (columns,)."""
        logs = np.log1p(np.maximum(numbers, 0))
        known = np.isfinite(logs)
        count = np.maximum(known.sum(axis=0), 1)
        self.mean_ = np.where(known, logs, 0).sum(axis=0) / count
        deviation = np.where(known, logs - self.mean_, 0)
        spread = np.sqrt((deviation**2).sum(axis=0) / count)
        self.scale_ = np.where(spread > NEGLIGIBLE_SPREAD, spread, 1.0)
        return self

    def transform(self, numbers: Floats) -> Floats:
        """Return an array of shape (rows, 2 x columns)."""
        logs = (np.log1p(np.maximum(numbers, 0)) - self.mean_) / self.scale_
        return np.hstack([np.nan_to_num(logs), ~(numbers > 0)])


class LocationBumps(BaseEstimator):
    """Nearness to landmarks: ``exp(-distance² / (2 radius²))``, a radial basis.

    The landmarks are training listings drawn at random, so that there are many where
    the listings are. On the few tens of kilometres of a city the earth is flat enough to
    compute with a plane.

    Args:
        count: Number of landmarks (or of listings, if there are fewer).
        radius_km: Standard deviation of the bump, in kilometres.
        random_state: Seed of the draw.

    Attributes:
        centre_: Median latitude and longitude of the training listings, in degrees.
        landmarks_: Places of the landmarks, in kilometres from there, of shape
            (count, 2).
    """

    def __init__(self, count: int, radius_km: float, random_state: int) -> None:
        self.count = count
        self.radius_km = radius_km
        self.random_state = random_state

    def fit(self, place: Floats) -> Self:
        """Draw the landmarks from the listings' (latitude, longitude), in degrees."""
        self.centre_ = np.median(place, axis=0)
        draw = np.random.default_rng(self.random_state).permutation(len(place))
        self.landmarks_ = self._kilometres(place)[draw[: self.count]]
        return self

    def transform(self, place: Floats) -> Floats:
        """Return an array of shape (rows, landmarks), values from 0 to 1."""
        north, east = self._kilometres(place).T
        squares = (north[:, None] - self.landmarks_[:, 0]) ** 2
        squares += (east[:, None] - self.landmarks_[:, 1]) ** 2
        nearness: Floats = np.exp(squares / (-2 * self.radius_km**2))
        nearness[nearness < NEGLIGIBLE_NEARNESS] = 0
        return nearness

    def _kilometres(self, place: Floats) -> Floats:
        return kilometres_from(self.centre_, place)


class TitleTerms(BaseEstimator):
    """Which terms a title has: words and pairs of words, or runs of letters.

    Each term counts ``1 / sqrt(terms of the title)``, so that long titles say no more
    than short ones.

    Args:
        kind: ``words`` or ``letters``.
        min_listings: A term counts if so many titles of the training listings have it.
        max_terms: At most so many terms are kept, the commonest.

    Attributes:
        vocabulary_: The terms.
    """

    def __init__(self, kind: str, min_listings: int, max_terms: int) -> None:
        self.kind = kind
        self.min_listings = min_listings
        self.max_terms = max_terms

    def fit(self, titles: list[list[str]]) -> Self:
        """Learn the terms from the words of titles."""
        if self.kind == "words":
            counts = Counter(chain.from_iterable(set(words_and_pairs(words)) for words in titles))
        else:
            numbers: dict[str, int] = {}
            runs = _letters(titles, lambda run: numbers.setdefault(run, len(numbers)), numbers)
            counts = Counter(dict(zip(numbers, np.bincount(runs.indices).tolist(), strict=True)))
        self.vocabulary_ = Vocabulary.commonest(counts, self.min_listings, self.max_terms)
        return self

    def transform(self, titles: list[list[str]]) -> sparse.csr_matrix:
        """Return a matrix of shape (rows, terms)."""
        number = self.vocabulary_.number
        if self.kind == "words":
            terms = _numbered(map(words_and_pairs, titles), number, self.vocabulary_)
        else:
            terms = _letters(titles, number, self.vocabulary_)
        counts = np.asarray(terms.sum(axis=1)).ravel()
        terms.data /= np.repeat(np.sqrt(counts), np.diff(terms.indptr))
        return terms


def _letters(
    titles: list[list[str]], number: Callable[[str], int | None], known: Sized
) -> sparse.csr_matrix:
    """Return how often each title has each run of letters, by those of its distinct words."""
    words: dict[str, int] = {}
    has = _numbered(titles, lambda word: words.setdefault(word, len(words)), words)
    runs = has @ _numbered(map(letter_runs, words), number, known)
    runs.sort_indices()
    return sparse.csr_matrix(runs)


def _numbered(
    texts: Iterable[Iterable[str]], number: Callable[[str], int | None], known: Sized
) -> sparse.csr_matrix:
    """Return how often each row has each text, by columns; without those that have no number.

    Args:
        texts: Of each row.
        number: Gives a text's column.
        known: All columns, once all texts are numbered.
    """
    found = [[column for text in row if (column := number(text)) is not None] for row in texts]
    starts = np.cumsum([0, *map(len, found)], dtype="int32")
    columns = np.fromiter(chain.from_iterable(found), "int32", starts[-1])
    shape = (len(found), len(known))
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=shape)
    matrix.sum_duplicates()
    return matrix


class LinearFeatures(TransformerMixin, BaseEstimator):
    """Terms of the title, categories, numbers and nearness to landmarks, side by side.

    Terms and landmarks have a second column each that counts for listings of the
    commonest room type alone: "two bedrooms" is worth more in the title of an entire
    home than in that of a room, and so is a good place.

    Args:
        words: Terms of titles that are words.
        letters: Terms of titles that are runs of letters.
        bumps: Nearness to landmarks; ``None`` leaves it out.

    Attributes:
        commonest_: Code of the commonest room type; the first of equally common ones.
        sizes_: How many codes each category has.
    """

    def __init__(self, words: TitleTerms, letters: TitleTerms, bumps: LocationBumps | None) -> None:
        self.words = words
        self.letters = letters
        self.bumps = bumps

    def fit(self, X: PlainListings, y: object = None) -> Self:  # noqa: ARG002
        """Learn terms, landmarks and scales."""
        self.words_ = clone(self.words).fit(X.words)
        self.letters_ = clone(self.letters).fit(X.words)
        self.bumps_ = None if self.bumps is None else clone(self.bumps).fit(X.place)
        self.scaler_ = LogScaler().fit(X.numbers)
        self.commonest_ = int(np.bincount(X.codes[:, ROOM] + 1).argmax()) - 1
        self.sizes_ = X.codes.max(axis=0, initial=UNKNOWN) + 1
        return self

    def transform(self, X: PlainListings) -> sparse.csr_matrix:
        """Return a sparse matrix of shape (rows, features)."""
        words, letters, rest = self.blocks(X)
        return side_by_side([*words, *letters, *rest])

    def blocks(self, X: PlainListings) -> tuple[list[sparse.csr_matrix], ...]:
        """Return the features of words, of letters, and the rest, in blocks of columns.

        For a few rows that is much faster than one matrix.
        """
        check_is_fitted(self)
        common = X.codes[:, ROOM] == self.commonest_
        rest = [self._categories(X.codes), _rows(self.scaler_.transform(X.numbers))]
        if self.bumps_ is not None:
            rest += _with_copy(_rows(self.bumps_.transform(X.place)), common)
        return (
            _with_copy(self.words_.transform(X.words), common),
            _with_copy(self.letters_.transform(X.words), common),
            rest,
        )

    def _categories(self, codes: Codes) -> sparse.csr_matrix:
        """One column a category and code, and one for unknown codes of each category."""
        rows, kinds = codes.shape
        first = np.concatenate([[0], np.cumsum(self.sizes_ + 1)])
        columns = (codes + 1 + first[:-1]).astype("int32").ravel()
        starts = np.arange(0, rows * kinds + 1, kinds, dtype="int32")
        shape = (rows, int(first[-1]))
        return sparse.csr_matrix((np.ones(rows * kinds), columns, starts), shape=shape)


def side_by_side(blocks: list[sparse.csr_matrix]) -> sparse.csr_matrix:
    """Return blocks of columns as one matrix, without zeros."""
    matrix = sparse.csr_matrix(sparse.hstack(blocks, format="csr"))
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _rows(dense: Floats) -> sparse.csr_matrix:
    """Return a sparse matrix: its products add up row by row, alike in any batch."""
    rows, columns = dense.shape
    indices = np.tile(np.arange(columns, dtype="int32"), rows)
    starts = np.arange(0, rows * columns + 1, columns, dtype="int32")
    return sparse.csr_matrix((dense.ravel(), indices, starts), shape=dense.shape)


def _with_copy(block: sparse.csr_matrix, group: NDArray[np.bool_]) -> list[sparse.csr_matrix]:
    """Return the block, and again with 0 outside of the group."""
    inside = np.repeat(group, np.diff(block.indptr))
    copy = sparse.csr_matrix((block.data * inside, block.indices, block.indptr), shape=block.shape)
    return [block, copy]

"""Linear scores for trees: fitted at once, out of fold for what they have learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold

from rental_pricing.model.linear_features import (
    LinearFeatures,
    LocationBumps,
    TitleTerms,
    side_by_side,
)
from rental_pricing.model.reading import ListingReader, PlainListings
from rental_pricing.model.scores import TreeFeatures, fit_ridges

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Make = Callable[..., pd.DataFrame]


def problem(rows: int = 60, columns: int = 6) -> tuple[sparse.csr_matrix, np.ndarray]:
    draw = np.random.default_rng(3)
    matrix = draw.normal(1, 1, (rows, columns)) * (draw.random((rows, columns)) < 0.5)
    return sparse.csr_matrix(matrix), matrix.sum(axis=1) + draw.normal(5, 0.1, rows)


def test_the_model_of_all_is_a_ridge() -> None:
    """Coefficients and intercept are those of scikit-learn."""
    matrix, target = problem()

    ours = fit_ridges(matrix, target, penalty=2.0, folds=5, seed=0)

    ridge = Ridge(alpha=2.0).fit(matrix.toarray(), target)
    assert ours.coefficients == pytest.approx(ridge.coef_, rel=1e-6)
    assert ours.intercept == pytest.approx(ridge.intercept_, rel=1e-6)


def test_scores_of_training_rows_are_out_of_fold() -> None:
    """Each row's score is that of a ridge that has not seen its target."""
    matrix, target = problem()
    expected = np.empty(len(target))
    for others, held_out in KFold(4, shuffle=True, random_state=0).split(target):
        ridge = Ridge(alpha=2.0).fit(matrix.toarray()[others], target[others])
        expected[held_out] = ridge.predict(matrix.toarray()[held_out])

    ours = fit_ridges(matrix, target, penalty=2.0, folds=4, seed=0).out_of_fold

    assert ours == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_few_rows_are_left_out_one_by_one(rows: int) -> None:
    """With fewer rows than folds every row is a fold of its own; a single one stays."""
    matrix, target = problem(rows)

    ours = fit_ridges(matrix, target, penalty=2.0, folds=5, seed=0)

    assert np.isfinite([*ours.coefficients, *ours.out_of_fold]).all()


def test_no_columns_give_the_mean() -> None:
    """A model without features tells the mean."""
    ours = fit_ridges(sparse.csr_matrix((4, 0)), np.arange(4.0), penalty=1.0, folds=4, seed=0)

    assert ours.intercept == 1.5


@pytest.fixture(scope="module")
def plain(make_listings: Make) -> PlainListings:
    plain: PlainListings = ListingReader(5).fit_transform(make_listings(80))
    return plain


def features(words: int = 2) -> TreeFeatures:
    linear = LinearFeatures(
        TitleTerms("words", words, 50), TitleTerms("letters", words, 50), LocationBumps(5, 1.0, 0)
    )
    return TreeFeatures(linear, 1.0, 3, 0.5, 0)


def test_new_rows_are_scored_as_by_one_matrix(plain: PlainListings) -> None:
    """The blocks' sums are the linear models' estimates."""
    target = np.arange(80.0) + 10
    fitted = features().fit(plain, target)
    words, letters, rest = fitted.linear_.blocks(plain)

    for column, blocks in ((-2, words), (-1, letters)):
        matrix = side_by_side([*blocks, *rest])
        ridge = fit_ridges(matrix, np.sqrt(target), penalty=1.0, folds=3, seed=0)
        expected = matrix @ ridge.coefficients + ridge.intercept
        assert fitted.transform(plain)[:, column] == pytest.approx(expected)


def test_training_rows_get_other_scores_than_new_ones(plain: PlainListings) -> None:
    """All that is known is the same; the scores are not."""
    target = np.arange(80.0) + 10
    learner = features()

    learnt, new = learner.fit_transform(plain, target), learner.transform(plain)

    assert (learnt[:, :-2] == new[:, :-2]).all()
    assert not (learnt[:, -2:] == new[:, -2:]).any()


def test_titles_without_common_terms_are_no_error(plain: PlainListings) -> None:
    """Empty vocabularies leave the rest to be summed up."""
    fitted = features(words=100_000).fit(plain, np.arange(80.0) + 10)

    assert np.isfinite(fitted.transform(plain)).all()


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_row_has_the_same_scores_in_any_batch(plain: PlainListings, rows: int) -> None:
    """To the last bit."""
    fitted = features().fit(plain, np.arange(80.0) + 10)

    batch = fitted.transform(plain[np.arange(3, 3 + rows)])

    assert batch.tobytes() == fitted.transform(plain)[3 : 3 + rows].tobytes()

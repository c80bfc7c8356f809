"""The transformers learn from the training listings alone, and cope with any batch."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor

from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.model.features import (
    CopyForCommonest,
    CrossFittedScore,
    LocationBumps,
    LogScaler,
    NameVectorizer,
    PriceScale,
)
from rental_pricing.model.frame import ListingFrame, count_bedrooms, normalise_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from sklearn.base import BaseEstimator

    Make = Callable[..., pd.DataFrame]

TRANSFORMERS = [
    CopyForCommonest(CountVectorizer(), "name", "room_type"),
    CrossFittedScore(LinearRegression(), 5, 0),
    ListingFrame(),
    LocationBumps(10, 1.0, 0),
    LogScaler(),
    NameVectorizer(),
    PriceScale(0.5),
]


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda one: type(one).__name__)
def test_clone_keeps_parameters(transformer: BaseEstimator) -> None:
    """A clone has the same constructor parameters."""
    copy = clone(transformer)

    assert str(transformer.get_params()) == str(copy.get_params())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LUXURY 2BR", "luxury 2 bed"),
        ("Two bedrooms", "2 bed"),
        ("3 Bdrm Apt.", "3 bed apartment."),
        ("Someone's bedding", "someone's bedding"),
    ],
)
def test_names_spell_the_same_thing_the_same(name: str, expected: str) -> None:
    """Usual ways to write bedrooms and apartments become one; other words stay."""
    assert expected == normalise_name(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("2 bed", 2), ("1 large bed", 1), ("studio", 0), ("studio with 1 bed", 1), ("10 bed", 10)],
)
def test_bedrooms_are_read_from_the_name(name: str, expected: float) -> None:
    """The number before "bed" counts, and a studio has none."""
    assert expected == count_bedrooms(name)


@pytest.mark.parametrize("name", ["", "sunny place", "11 bed", "2 minutes to bed and bath"])
def test_bedrooms_are_missing_if_the_name_is_silent(name: str) -> None:
    """A name without a believable number of bedrooms gives NaN."""
    assert np.isnan(count_bedrooms(name))


def test_days_since_review_count_from_the_training_listings(make_listings: Make) -> None:
    """The reference date is the newest review in fit, whatever the batch to price has."""
    frame = ListingFrame().fit(make_listings())
    newest = make_listings()["last_review"].max()
    batch = make_listings(1).assign(last_review=newest - pd.Timedelta(days=7))

    assert frame.transform(batch)["days_since_review"].tolist() == [7.0]


def test_no_reviews_at_all_are_no_error(make_listings: Make) -> None:
    """Without any review in training, days since the last one are missing."""
    listings = make_listings().assign(last_review=pd.NaT)

    frame = ListingFrame().fit_transform(listings)

    assert frame["days_since_review"].isna().all()


def test_listing_frame_gives_plain_types(make_listings: Make) -> None:
    """Categories and nullable integers become text and floats, with their gaps kept."""
    listings = make_listings()
    listings.loc[0, ["room_type", "minimum_nights"]] = pd.NA

    row = ListingFrame().fit_transform(listings).iloc[0]

    assert row["room_type"] == "missing"
    assert np.isnan(row["minimum_nights"])


def test_listing_frame_keeps_rows_with_the_same_label(make_listings: Make) -> None:
    """Rows stay in order even if their index labels repeat."""
    listings = pd.concat([make_listings(3), make_listings(3, seed=2)])

    frame = ListingFrame().fit_transform(listings)

    assert listings["latitude"].tolist() == frame["latitude"].tolist()


def test_listing_frame_does_not_change_its_input(make_listings: Make) -> None:
    """The listings are the same after the transformation as before."""
    listings = make_listings()
    before = listings.copy(deep=True)

    ListingFrame().fit_transform(listings)

    pd.testing.assert_frame_equal(before, listings)


@pytest.mark.parametrize("column", MODEL_COLUMNS)
def test_an_absent_column_is_named(make_listings: Make, column: str) -> None:
    """A frame without a needed column is refused, and the column named."""
    with pytest.raises(ValueError, match=column):
        ListingFrame().fit(make_listings().drop(columns=column))


def test_vectorizer_survives_its_state() -> None:
    """A vectorizer rebuilt from its stored state gives the same matrix."""
    names = ["sunny 2 bed", "quiet studio", "sunny room"]
    fitted = NameVectorizer(ngram_range=(1, 2)).fit(names)

    copy = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - made one line above

    assert fitted.vocabulary_ == copy.vocabulary_
    assert (fitted.transform(names) != copy.transform(names)).nnz == 0


def test_vectorizer_stores_no_memory_address() -> None:
    """The stored state has no address of the stop words."""
    assert "_stop_words_id" not in NameVectorizer().fit(["sunny room"]).__getstate__()


def test_log_scaler_centres_and_marks_gaps() -> None:
    """Known numbers have mean 0 and deviation 1 as logarithms; gaps and 0 are marked."""
    numbers = pd.DataFrame({"nights": [0.0, 1.0, 7.0, np.nan]})

    scaled = LogScaler().fit_transform(numbers)

    assert scaled[:3, 0].mean() == pytest.approx(0, abs=1e-6)
    assert scaled[:3, 0].std() == pytest.approx(1, abs=1e-6)
    assert scaled[:, 1].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("value", [5.0, np.nan])
def test_log_scaler_copes_with_a_constant_column(value: float) -> None:
    """A column without any spread, or without any value, gives zeros."""
    scaled = LogScaler().fit_transform(pd.DataFrame({"nights": [value] * 3}))

    assert scaled[:, 0].tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_commonest_group_gets_the_copy() -> None:
    """Features appear twice for the commonest group, and once for the others."""
    rooms = pd.DataFrame({"name": ["loft", "loft", "loft"], "kind": ["b", "a", "b"]})

    features = CopyForCommonest(CountVectorizer(), "name", "kind").fit_transform(rooms)

    assert features.toarray().tolist() == [[1, 1], [1, 0], [1, 1]]


def test_equally_common_groups_are_taken_by_name() -> None:
    """Of two equally common groups, the alphabetically first gets the copy."""
    rooms = pd.DataFrame({"name": ["loft", "loft"], "kind": ["b", "a"]})

    assert CopyForCommonest(CountVectorizer(), "name", "kind").fit(rooms).commonest_ == "a"


def test_bump_is_highest_at_its_landmark() -> None:
    """Nearness is 1 at the landmark and exp(-1/2) one radius away."""
    north = np.degrees(2.0 / 6371.3)  # two kilometres on the globe
    places = pd.DataFrame({"latitude": [40.0, 40.0 + north], "longitude": [-74.0, -74.0]})
    bumps = LocationBumps(1, 2.0, 0).fit(places.iloc[:1])

    nearness = bumps.transform(places).toarray().ravel()

    assert nearness == pytest.approx([1, np.exp(-0.5)], rel=1e-3)


def test_unknown_place_counts_as_the_centre() -> None:
    """A listing without coordinates gets the nearness of the median one."""
    places = pd.DataFrame({"latitude": [40.0, 40.1, 40.2], "longitude": [-74.0, -74.1, -74.2]})
    bumps = LocationBumps(3, 5.0, 0).fit(places)
    nowhere = pd.DataFrame({"latitude": [np.nan], "longitude": [np.nan]})

    expected = bumps.transform(places.iloc[[1]]).toarray()

    assert expected.tolist() == bumps.transform(nowhere).toarray().tolist()


def test_training_scores_are_out_of_fold() -> None:
    """No training row's score comes from a model that has seen its target."""
    x, y = np.arange(20.0).reshape(-1, 1), np.arange(20.0)
    nearest = CrossFittedScore(KNeighborsRegressor(1), folds=4, random_state=0)

    assert not (nearest.fit_transform(x, y).ravel() == y).any()


def test_new_rows_are_scored_by_a_model_of_all() -> None:
    """After fitting, known rows are scored by the model that has seen every row."""
    x, y = np.arange(20.0).reshape(-1, 1), np.arange(20.0)
    nearest = CrossFittedScore(KNeighborsRegressor(1), folds=4, random_state=0).fit(x, y)

    assert y.tolist() == nearest.transform(x).ravel().tolist()


def test_fewer_rows_than_folds_are_left_out_one_by_one() -> None:
    """With fewer rows than folds every row is a fold of its own."""
    x, y = np.array([[0.0], [1.0], [5.0]]), np.array([1.0, 2.0, 9.0])

    scores = CrossFittedScore(KNeighborsRegressor(1), folds=5, random_state=0).fit_transform(x, y)

    assert scores.ravel().tolist() == [2.0, 1.0, 2.0]


@pytest.mark.parametrize("power", [0, 0.25, 1])
def test_price_scale_goes_there_and_back(power: float) -> None:
    """The inverse gives the price back."""
    prices = np.array([[10.0], [100.0], [350.0]])
    scale = PriceScale(power).fit(prices)

    assert prices == pytest.approx(scale.inverse_transform(scale.transform(prices)))


def test_price_scale_stays_within_the_known_prices() -> None:
    """Values beyond those of training become the lowest or highest price of training."""
    scale = PriceScale(0.5).fit(np.array([[16.0], [100.0]]))

    assert pytest.approx(scale.inverse_transform(np.array([-5.0, 50.0]))) == [16.0, 100.0]


def test_price_scale_refuses_prices_of_zero() -> None:
    """A price that is not above 0 is named as the reason to refuse."""
    with pytest.raises(ValueError, match=r"above 0 .* lowest is 0"):
        PriceScale(0).fit(np.array([[0.0], [10.0]]))

"""The random forest that the price model is compared with: a common way to solve the task.

Ordinal room types, one-hot boroughs, plain numbers with 0 for missing ones, days since the
last review counted from the batch's own newest one (2010-01-01 for none), the 15 commonest
words of the title as TF-IDF, 100 trees of depth 15 with 3 listings a leaf.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder


def reference_forest(criterion: str, seed: int) -> Pipeline:
    """Build the forest; ``criterion`` is its measure of errors."""
    zero = SimpleImputer(strategy="constant", fill_value=0)
    numbers = [
        "minimum_nights",
        "number_of_reviews",
        "reviews_per_month",
        "calculated_host_listings_count",
        "availability_365",
        "longitude",
        "latitude",
    ]
    features = ColumnTransformer(
        [
            ("room_type", OrdinalEncoder(), ["room_type"]),
            ("borough", OneHotEncoder(), ["neighbourhood_group"]),
            ("numbers", make_pipeline(_named(_plain), zero), numbers),
            ("recency", _named(_days_before_newest), ["last_review"]),
            ("words", _name_words(), "name"),
        ]
    )
    forest = RandomForestRegressor(
        n_estimators=100,
        criterion=criterion,
        max_depth=15,
        min_samples_split=4,
        min_samples_leaf=3,
        max_features=0.5,
        n_jobs=-1,
        random_state=seed,
    )
    return make_pipeline(features, forest)


def _named(function: Callable[..., object]) -> FunctionTransformer:
    return FunctionTransformer(function, feature_names_out="one-to-one")


def _name_words() -> Pipeline:
    words = TfidfVectorizer(max_features=15, stop_words="english")
    return make_pipeline(_named(_no_missing), words)


def _no_missing(names: pd.Series) -> pd.Series:
    return names.fillna("")


def _plain(numbers: pd.DataFrame) -> pd.DataFrame:
    return numbers.astype("float64")


def _days_before_newest(dates: pd.DataFrame) -> pd.DataFrame:
    days = dates.fillna(pd.Timestamp("2010-01-01")).to_numpy(dtype="datetime64[D]").astype("int64")
    return pd.DataFrame(days.max(axis=0) - days)

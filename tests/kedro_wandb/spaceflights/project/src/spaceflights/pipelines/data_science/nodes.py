"""Learn prices."""

import logging
from typing import Any

import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split


def split_data(table: pd.DataFrame, options: dict[str, Any]) -> tuple[Any, ...]:
    """Split features and prices into a training and a test part."""
    features, prices = table[options["features"]], table["price"]
    return tuple(
        train_test_split(
            features,
            prices,
            test_size=options["test_size"],
            random_state=options["random_state"],
        )
    )


def train_model(features: pd.DataFrame, prices: pd.Series) -> LinearRegression:
    """Fit a linear regression."""
    return LinearRegression().fit(features, prices)


def evaluate_model(regressor: LinearRegression, features: pd.DataFrame, prices: pd.Series) -> None:
    """Log the share of the variance that is explained."""
    score = regressor.score(features, prices)
    logging.getLogger(__name__).info("Model has a coefficient R^2 of %.3f on test data.", score)

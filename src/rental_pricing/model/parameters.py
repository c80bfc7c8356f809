"""Parameters of features, estimators and intervals. Cheap to import: without scikit-learn."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from rental_pricing.listings.parameters import Parameters

EstimatorName = Literal["gradient_boosting", "random_forest", "linear", "median"]


class FeatureParameters(Parameters):
    """How raw columns become features.

    Attributes:
        word_min_listings: A word, or a pair of words, counts as a feature if so many
            names of the training listings have it.
        word_max_features: At most so many words and pairs are kept, the commonest.
        category_min_listings: Rarer neighbourhoods, boroughs and room types are taken
            together as one "rare" category.
        location_bumps: Number of landmarks whose nearness is a feature; 0 leaves
            them out.
        location_radius_km: Nearness to a landmark falls off as a bell curve with this
            standard deviation, in kilometres.
        score_penalty: Penalty on squared coefficients (Ridge's ``alpha``) of the
            linear score that sums up words, place and numbers for the trees.
        folds: Parts of the training listings for the out-of-fold values of features
            that are learnt from prices.
        price_power: Models learn ``price ** price_power``; 0 means the logarithm. Nearer
            to 0 they aim at the median price (lower absolute errors), nearer to 1 at
            the mean price (lower squared errors).
    """

    word_min_listings: int = Field(default=2, ge=1)
    word_max_features: int = Field(default=20_000, ge=1)
    category_min_listings: int = Field(default=5, ge=1)
    location_bumps: int = Field(default=100, ge=0)
    location_radius_km: float = Field(default=1.5, gt=0, allow_inf_nan=False)
    score_penalty: float = Field(default=10.0, gt=0, allow_inf_nan=False)
    folds: int = Field(default=5, ge=2)
    price_power: float = Field(default=0.25, ge=0, le=1)


class IntervalParameters(Parameters):
    """Prediction intervals.

    Attributes:
        coverage: Share of prices that the interval is to hold.
        folds: Parts of the training listings: errors are learnt from estimates by models
            that have not seen the listing.
        trees: Trees of the model that expects the size of the error.
        smallest_error: Smallest expected size of an error, as a natural logarithm of price
            to estimate (0.05 is about 5 %).
    """

    coverage: float = Field(gt=0, lt=1)
    folds: int = Field(default=3, ge=2, le=20)
    trees: int = Field(default=100, ge=1, le=10_000)
    smallest_error: float = Field(default=0.05, gt=0, le=1)


class TrainingParameters(Parameters):
    """What is trained, and how.

    Attributes:
        estimator: Which of ``estimators`` to train.
        estimators: Constructor parameters of each estimator; any that scikit-learn's
            class knows may be given.
        features: How raw columns become features.
        seed: Random state of everything that draws random numbers in training.
        interval: The prediction intervals.
    """

    estimator: EstimatorName
    estimators: dict[EstimatorName, dict[str, Any]]
    features: FeatureParameters
    seed: int = Field(ge=0, lt=2**32)
    interval: IntervalParameters

"""Parameters of features, estimators and intervals. Cheap to import: without scikit-learn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from rental_pricing.listings.parameters import Parameters

EstimatorName = Literal["gradient_boosting", "neural_network", "random_forest", "linear", "median"]


Count = Annotated[int, Field(strict=True)]
"""A whole number; ``true`` is none."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; ``true`` is none."""

MOST_FEATURES = 1_000_000
MOST_LANDMARKS = 5_000
MOST_UNITS = 4_096
MOST_LAYERS = 8

Units = Annotated[Count, Field(ge=1, le=MOST_UNITS)]
"""Numbers that stand for a category or a title, or that a layer has."""


class FeatureParameters(Parameters):
    """How raw columns become features.

    Attributes:
        word_min_listings: A word, or a pair of words, counts as a feature if so many
            titles of the training listings have it.
        word_max_features: At most so many words and pairs are kept, the commonest.
        letter_min_listings: The same for a run of two to five letters.
        letter_max_features: The same for runs of letters.
        category_min_listings: Rarer neighbourhoods, boroughs and room types count as
            unknown ones.
        location_bumps: Number of landmarks whose nearness is a feature; 0 leaves
            them out.
        location_radius_km: Nearness to a landmark falls off as a bell curve with this
            standard deviation, in kilometres.
        score_penalty: Penalty on squared coefficients of the linear scores that sum up
            titles, place and numbers for the trees.
        folds: Parts of the training listings for the out-of-fold values of the scores.
        price_power: Models learn ``price ** price_power``; 0 means the logarithm. Nearer
            to 0 they aim at the median price (lower absolute errors), nearer to 1 at
            the mean price (lower squared errors).
    """

    word_min_listings: Count = Field(default=2, ge=1)
    word_max_features: Count = Field(default=20_000, ge=1, le=MOST_FEATURES)
    letter_min_listings: Count = Field(default=3, ge=1)
    letter_max_features: Count = Field(default=40_000, ge=1, le=MOST_FEATURES)
    category_min_listings: Count = Field(default=5, ge=1)
    location_bumps: Count = Field(default=100, ge=0, le=MOST_LANDMARKS)
    location_radius_km: Number = Field(default=1.5, ge=0.01, le=1000)
    score_penalty: Number = Field(default=10.0, ge=1e-6, le=1e9)
    folds: Count = Field(default=5, ge=2, le=50)
    price_power: Number = Field(default=0.25, ge=0, le=1)


class KernelParameters(Parameters):
    """The smooth model whose estimates are blended with those of the boosted trees.

    Attributes:
        weight: Its share of the estimate; 0 leaves it out.
        landmarks: Training listings to which a listing is compared.
        gamma: How fast their say falls off: ``exp(-gamma distance²)``, with distances in
            standard deviations of the features.
        penalty: On its complexity.
    """

    weight: Number = Field(default=0.35, ge=0, le=1)
    landmarks: Count = Field(default=500, ge=1, le=MOST_LANDMARKS)
    gamma: Number = Field(default=0.02, ge=1e-6, le=1e3)
    penalty: Number = Field(default=0.1, ge=1e-6, le=1e9)


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

    coverage: Number = Field(default=0.8, gt=0, lt=1)
    folds: Count = Field(default=2, ge=2, le=50)
    trees: Count = Field(default=50, ge=1, le=10_000)
    smallest_error: Number = Field(default=0.05, ge=1e-6, le=1)


class NeuralNetworkParameters(Parameters):
    """The network that PyTorch fits: ``estimators.neural_network``.

    Attributes:
        hidden: Units of each hidden layer, from the inputs to the price.
        dropout: Share of a hidden layer's outputs that are left out at random in each step.
        title_dropout: Share of the terms of titles that are left out likewise.
        borough_size: Numbers that stand for a borough, learnt with all else.
        neighbourhood_size: The same for a neighbourhood.
        room_type_size: The same for a room type.
        title_size: The same for the words of a title, added up.
        title_min_listings: A word, or a pair of words, counts if so many titles of the
            training listings have it.
        waves: Waves over the city, drawn at random; a listing's place is their heights there.
        wave_km: Their usual length, over 2π, in kilometres.
        epochs: Most passes over the training listings. The rate of learning rises and falls
            once, over all of them.
        patience: Passes without a smaller error on the listings held out, after which it ends.
        held_out: Share of the training listings that tell which pass was the best; it is
            chosen by a hash of the id, another one for each member, and is not learnt from.
        batch_size: Listings of a step.
        learning_rate: Highest rate of learning, of AdamW.
        weight_decay: Pull of all weights towards 0, of AdamW.
        members: Networks, each with another seed, whose mean is the estimate.
        device: Where PyTorch computes: ``cpu``, ``cuda``, or ``auto``, a GPU where there is
            one.
    """

    hidden: tuple[Units, ...] = Field(default=(256, 128), min_length=1, max_length=MOST_LAYERS)
    dropout: Number = Field(default=0.4, ge=0, lt=1)
    title_dropout: Number = Field(default=0.5, ge=0, lt=1)
    borough_size: Units = 4
    neighbourhood_size: Units = 24
    room_type_size: Units = 4
    title_size: Units = 24
    title_min_listings: Count = Field(default=3, ge=1)
    waves: Count = Field(default=32, ge=0, le=MOST_UNITS)
    wave_km: Number = Field(default=2.0, ge=0.01, le=1000)
    epochs: Count = Field(default=12, ge=1, le=10_000)
    patience: Count = Field(default=6, ge=1)
    held_out: Number = Field(default=0.1, ge=0, le=0.5)
    batch_size: Count = Field(default=256, ge=2, le=MOST_FEATURES)
    learning_rate: Number = Field(default=0.001, gt=0, le=1)
    weight_decay: Number = Field(default=0.5, ge=0, le=100)
    members: Count = Field(default=2, ge=1, le=50)
    device: Literal["auto", "cpu", "cuda"] = "auto"


class _Typed(Parameters):
    """The estimators whose parameters have types of ours, for the places in messages."""

    neural_network: NeuralNetworkParameters


Estimators = dict[EstimatorName, dict[str, Any]]


class TrainingParameters(Parameters):
    """What is trained, and how.

    Attributes:
        estimator: Which of ``estimators`` to train.
        estimators: Constructor parameters of each estimator; any that scikit-learn's
            class knows may be given, and those of ``NeuralNetworkParameters``.
        features: How raw columns become features.
        kernel: The model beside the boosted trees.
        seed: Random state of everything that draws random numbers in training.
        interval: The prediction intervals.
    """

    estimator: EstimatorName
    estimators: Estimators
    features: FeatureParameters
    kernel: KernelParameters = KernelParameters()
    seed: Count = Field(ge=0, lt=2**32)
    interval: IntervalParameters

    @field_validator("estimators")
    @classmethod
    def _network_is_typed(cls, estimators: Estimators) -> Estimators:
        # A name that it does not know is told as that of any other estimator is.
        given = estimators.get("neural_network", {})
        known = {
            name: given[name] for name in given if name in NeuralNetworkParameters.model_fields
        }
        _Typed.model_validate({"neural_network": known})
        return estimators

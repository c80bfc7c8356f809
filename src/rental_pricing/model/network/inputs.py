"""What a network is given of a listing: numbers, codes of categories, terms of the title."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator

from rental_pricing.model.linear_features import LogScaler, TitleTerms, kilometres_from
from rental_pricing.model.reading import COORDINATES, NUMBERS, UNKNOWN, Codes, Floats, PlainListings

MOST_TERMS = 20_000
"""Words and pairs of words that are kept, the commonest."""

NEAR_KM = 5.0
"""Kilometres that count as 1 in a place."""


@dataclass(frozen=True)
class NetworkInputs:
    """Listings as a network reads them, row for row.

    Attributes:
        numbers: Scaled logarithms of ``NUMBERS``, whether each is 0 or missing, the place, and
            its heights on waves over the city, shape (rows, numbers).
        codes: Of each category, 0 where it is unknown, shape (rows, 3).
        terms: Share of each term in its title, shape (rows, terms).
    """

    numbers: Floats
    codes: Codes
    terms: sparse.csr_matrix

    def __len__(self) -> int:
        """Return the number of listings."""
        return len(self.numbers)

    def __getitem__(self, rows: Codes | slice) -> NetworkInputs:
        """Return the listings of these rows, in that order."""
        return NetworkInputs(self.numbers[rows], self.codes[rows], self.terms[rows])


class InputReader(BaseEstimator):
    """Bring listings into the form that a network reads.

    A place is told by the heights of waves that are drawn at random: with normal frequencies
    they are features of a Gaussian kernel (Rahimi and Recht 2007), and let a network follow
    prices from one quarter to the next.

    Args:
        title_min_listings: A term of titles counts if so many training listings have it.
        waves: How many, each with a sine and a cosine.
        wave_km: Their usual length, over 2π, in kilometres.
        random_state: Seed of the draw.

    Attributes:
        centre_: Median latitude and longitude of the training listings, in degrees.
        waves_: Radians per kilometre north and east, shape (2, waves).
        sizes_: How many codes each category has.
        terms_: Terms of titles.
    """

    def __init__(
        self, title_min_listings: int, waves: int, wave_km: float, random_state: int
    ) -> None:
        self.title_min_listings = title_min_listings
        self.waves = waves
        self.wave_km = wave_km
        self.random_state = random_state

    def fit(self, X: PlainListings) -> Self:
        """Learn scales, codes and terms, and draw the waves."""
        self.scaler_ = LogScaler().fit(X.numbers)
        self.centre_ = np.median(X.place, axis=0)
        draw = np.random.default_rng(self.random_state)
        self.waves_ = draw.normal(size=(2, self.waves)) / self.wave_km
        self.sizes_ = X.codes.max(axis=0, initial=UNKNOWN) + 1
        self.terms_ = TitleTerms("words", self.title_min_listings, MOST_TERMS).fit(X.words)
        return self

    @property
    def width(self) -> int:
        """How many numbers there are of a listing."""
        return 2 * len(NUMBERS) + len(COORDINATES) + 2 * self.waves

    @property
    def term_count(self) -> int:
        """How many terms there are."""
        return len(self.terms_.vocabulary_)

    def transform(self, X: PlainListings) -> NetworkInputs:
        """Return the listings as a network reads them."""
        place = kilometres_from(self.centre_, X.place)
        # Row by row: a matrix product's last bits would depend on the rows beside.
        phase = place[:, :1] * self.waves_[0] + place[:, 1:] * self.waves_[1]
        scaled = self.scaler_.transform(X.numbers)
        return NetworkInputs(
            np.hstack([scaled, place / NEAR_KM, np.sin(phase), np.cos(phase)]),
            np.where(X.codes < self.sizes_, X.codes + 1, 0),
            self.terms_.transform(X.words),
        )

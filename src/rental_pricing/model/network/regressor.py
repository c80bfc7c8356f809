"""The neural network as an estimator of scikit-learn's kind."""

# ruff: noqa: N803 - X is what scikit-learn calls it, also by keyword

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from rental_pricing.listings.spreading import spread
from rental_pricing.model.network.architecture import Architecture, network_outputs
from rental_pricing.model.network.inputs import InputReader
from rental_pricing.model.parameters import NeuralNetworkParameters
from rental_pricing.model.versions import require_trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rental_pricing.model.reading import Floats, PlainListings

_DEFAULT = NeuralNetworkParameters()


class NeuralNetworkRegressor(RegressorMixin, BaseEstimator):
    """A mean of neural networks, from listings as plain arrays to prices on any scale.

    The parameters are those of ``NeuralNetworkParameters``, and the seed.

    Attributes:
        reader_: Brings listings into the form that the networks read.
        level_: Mean of the target.
        spread_: Its standard deviation.
        networks_: Weights of each member, by name.
        learning_: How each member has learnt: its seed, passes, and error on the listings held
            out, on the target's scale.
        learnt_with_: Release of PyTorch, and on what it has computed.
    """

    def __init__(
        self,
        hidden: Sequence[int] = _DEFAULT.hidden,
        dropout: float = _DEFAULT.dropout,
        title_dropout: float = _DEFAULT.title_dropout,
        borough_size: int = _DEFAULT.borough_size,
        neighbourhood_size: int = _DEFAULT.neighbourhood_size,
        room_type_size: int = _DEFAULT.room_type_size,
        title_size: int = _DEFAULT.title_size,
        title_min_listings: int = _DEFAULT.title_min_listings,
        waves: int = _DEFAULT.waves,
        wave_km: float = _DEFAULT.wave_km,
        epochs: int = _DEFAULT.epochs,
        patience: int = _DEFAULT.patience,
        held_out: float = _DEFAULT.held_out,
        batch_size: int = _DEFAULT.batch_size,
        learning_rate: float = _DEFAULT.learning_rate,
        weight_decay: float = _DEFAULT.weight_decay,
        members: int = _DEFAULT.members,
        device: str = _DEFAULT.device,
        random_state: int = 0,
    ) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.title_dropout = title_dropout
        self.borough_size = borough_size
        self.neighbourhood_size = neighbourhood_size
        self.room_type_size = room_type_size
        self.title_size = title_size
        self.title_min_listings = title_min_listings
        self.waves = waves
        self.wave_km = wave_km
        self.epochs = epochs
        self.patience = patience
        self.held_out = held_out
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.members = members
        self.device = device
        self.random_state = random_state

    def fit(self, X: PlainListings, y: Floats) -> Self:
        """Fit each member, with a seed and held-out listings of its own.

        Raises:
            MissingExtraError: PyTorch is not installed.
            ValueError: A parameter is out of its range, or there is no such device.
        """
        require_trainer("neural_network")
        from rental_pricing.model.network.learning import learn, where_learnt  # noqa: PLC0415

        settings = self.settings()
        self.read(X, y)
        inputs, target = self.reader_.transform(X), (y - self.level_) / self.spread_
        self.learnt_with_ = where_learnt(settings.device)
        self.networks_, self.learning_ = [], []
        for member in range(settings.members):
            seed = int(np.random.SeedSequence([self.random_state, member]).generate_state(1)[0])
            held_out = _held_out(X.ids, settings.held_out, f"stop early {seed}")
            learnt = learn(inputs, target, held_out, self.architecture, settings, seed)
            self.networks_.append(learnt.weights)
            self.learning_.append(
                {
                    "seed": seed,
                    "epochs": learnt.epochs,
                    "best_epoch": learnt.best_epoch,
                    "held_out_error": learnt.error,
                }
            )
        return self

    def settings(self) -> NeuralNetworkParameters:
        """Return the parameters, typed.

        Raises:
            ValueError: One of them is out of its range.
        """
        given = {name: getattr(self, name) for name in NeuralNetworkParameters.model_fields}
        return NeuralNetworkParameters(**given)

    def read(self, X: PlainListings, y: Floats) -> None:
        """Learn what the inputs are and the scale of the target: all but the weights."""
        self.reader_ = InputReader(
            self.title_min_listings, self.waves, self.wave_km, self.random_state
        ).fit(X)
        self.level_ = float(y.mean())
        self.spread_ = float(y.std()) or 1.0

    @property
    def architecture(self) -> Architecture:
        """How each member is built."""
        reader = self.reader_
        return Architecture(
            numbers=reader.width,
            codes=tuple(int(size) + 1 for size in reader.sizes_),
            code_sizes=(self.borough_size, self.neighbourhood_size, self.room_type_size),
            terms=reader.term_count,
            title_size=self.title_size,
            hidden=tuple(self.hidden),
        )

    def predict(self, X: PlainListings) -> Floats:
        """Return the mean of the members' estimates, shape (rows,), alike in any batch."""
        inputs, layers = self.reader_.transform(X), self.architecture.layers
        total = np.zeros(len(inputs))
        for weights in self.networks_:
            total += network_outputs(weights, layers, inputs)
        return self.level_ + self.spread_ * (total / len(self.networks_))


def _held_out(ids: Any, share: float, key: str) -> NDArray[np.bool_]:
    """Return which listings are held out: none where all would be."""
    chosen = np.array([spread(id_, key) for id_ in ids.tolist()]) < share
    return chosen if not chosen.all() else np.zeros(len(chosen), dtype=bool)

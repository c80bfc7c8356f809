"""Fitting a network with PyTorch: the one module that imports it."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from rental_pricing.errors import EstimatorParameterError
from rental_pricing.model.network.architecture import (
    SCORES,
    TERMS,
    Architecture,
    network_outputs,
)
from rental_pricing.model.reading import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from rental_pricing.model.network.inputs import NetworkInputs
    from rental_pricing.model.parameters import NeuralNetworkParameters
    from rental_pricing.model.reading import Floats

_ONE_AT_A_TIME = threading.Lock()
"""PyTorch draws, and is told how to compute, for all threads together."""

SMALL = 0.1
"""Standard deviation of what first stands for codes and terms."""


@dataclass(frozen=True)
class Learnt:
    """A fitted network.

    Attributes:
        weights: Arrays by name, as ``Architecture.shapes`` has them; each number is one of
            PyTorch's 32-bit floats.
        epochs: Passes over the listings.
        best_epoch: After how many of them the weights are.
        error: Mean absolute error on the listings held out, on the target's scale; ``None``
            without any.
    """

    weights: dict[str, Floats]
    epochs: int
    best_epoch: int
    error: float | None


class Network(nn.Module):
    """The network that ``network_outputs`` estimates with, to be fitted.

    Args:
        architecture: Its layers and sizes.
        dropout: Share of a hidden layer's outputs that are left out at random.
        title_dropout: Share of the terms of titles, likewise.
    """

    def __init__(self, architecture: Architecture, dropout: float, title_dropout: float) -> None:
        super().__init__()
        categories = zip(architecture.codes, architecture.code_sizes, strict=True)
        self.categories = nn.ModuleList(nn.Embedding(*each) for each in categories)
        self.terms = nn.EmbeddingBag(architecture.terms, architecture.title_size, mode="sum")
        self.scores = nn.EmbeddingBag(architecture.terms, 1, mode="sum")
        self.layers = nn.ModuleList(nn.Linear(*each) for each in architecture.layers.values())
        self.dropout, self.title_dropout = nn.Dropout(dropout), nn.Dropout(title_dropout)
        self.names = list(architecture.layers)
        with torch.no_grad():
            for embedding in (*self.categories, self.terms):
                embedding.weight.mul_(SMALL)
            for embedding in self.categories:
                embedding.weight[0] = 0  # unknown: nothing is known of it
            self.scores.weight.zero_()

    def forward(self, numbers: Any, codes: Any, *title: Any) -> Any:
        """Return estimates, shape (rows,).

        Args:
            numbers: Shape (rows, numbers).
            codes: Shape (rows, 3).
            title: Terms of all titles, the first of each title, and the weight of each term.
        """
        terms, starts, shares = title
        shares = self.title_dropout(shares)
        known = [each(codes[:, number]) for number, each in enumerate(self.categories)]
        words = self.terms(terms, starts, per_sample_weights=shares)
        rows = torch.cat([numbers, *known, words], dim=1)
        *hidden, price = self.layers
        for layer in hidden:
            rows = self.dropout(nn.functional.silu(layer(rows)))
        scores = self.scores(terms, starts, per_sample_weights=shares)
        return (price(rows) + scores)[:, 0]

    def weights(self) -> dict[str, Floats]:
        """Return the weights as ``network_outputs`` takes them."""
        named = dict(zip(CATEGORIES, self.categories, strict=True))
        arrays = {name: each.weight for name, each in named.items()}
        arrays |= {TERMS: self.terms.weight, SCORES: self.scores.weight}
        for name, layer in zip(self.names, self.layers, strict=True):
            arrays |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
        return {
            name: array.detach().cpu().numpy().astype("float64") for name, array in arrays.items()
        }


def learn(
    inputs: NetworkInputs,
    target: Floats,
    held_out: NDArray[np.bool_],
    architecture: Architecture,
    settings: NeuralNetworkParameters,
    seed: int,
) -> Learnt:
    """Fit a network to the least absolute errors, and keep the weights of its best pass.

    AdamW (Loshchilov and Hutter 2019), its rate rising and falling once ("one cycle": Smith
    and Topin 2018). On a CPU equal arguments give equal weights, to the last bit.

    Args:
        inputs: The listings.
        target: What to estimate, about 0 and of about one unit's spread, shape (rows,).
        held_out: The listings that tell which pass is the best and are not learnt from; where
            there are none, it is the last one. Shape (rows,).
        architecture: Of the network.
        settings: How to learn.
        seed: Of the first weights, the order of the listings and what is left out at random.

    Raises:
        EstimatorParameterError: The weights have grown without end.
        ValueError: There is no such device.
    """
    device = chosen_device(settings.device)
    judged, price = inputs[np.flatnonzero(held_out)], target[held_out]
    rows = np.flatnonzero(~held_out)
    draw = np.random.default_rng(seed)
    best = Learnt({}, 0, 0, None)
    with _ONE_AT_A_TIME, _repeatable(device, seed):
        network = Network(architecture, settings.dropout, settings.title_dropout).to(device)
        steps = _Steps(network, settings, math.ceil(len(rows) / settings.batch_size))
        for epoch in range(1, settings.epochs + 1):
            order = draw.permutation(rows)
            for start in range(0, len(order), settings.batch_size):
                some = order[start : start + settings.batch_size]
                steps.take(_tensors(inputs[some], device), _tensor(target[some], device))
            weights = network.weights()
            _require_finite(weights)
            error = None
            if len(price):
                errors = network_outputs(weights, architecture.layers, judged) - price
                error = float(np.abs(errors).mean())
            if error is None or best.error is None or error < best.error:
                best = Learnt(weights, epoch, epoch, error)
            elif epoch - best.best_epoch >= settings.patience:
                break
    return dataclasses.replace(best, epochs=epoch)


def _require_finite(weights: Mapping[str, Floats]) -> None:
    if not all(np.isfinite(array).all() for array in weights.values()):
        msg = (
            "The weights of the network have grown without end. Lower its learning_rate "
            "(modeling.estimators.neural_network)."
        )
        raise EstimatorParameterError(msg)


class _Steps:
    """Steps down the slope of the error."""

    def __init__(
        self, network: Network, settings: NeuralNetworkParameters, steps_of_epoch: int
    ) -> None:
        self._network = network
        self._optimizer = torch.optim.AdamW(
            network.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,  # a tenth less time
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, settings.learning_rate, settings.epochs * steps_of_epoch
        )

    def take(self, inputs: tuple[Any, ...], target: Any) -> None:
        loss = (self._network(*inputs) - target).abs().mean()
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        self._schedule.step()


def chosen_device(name: str) -> str:
    """Return ``cpu`` or ``cuda``.

    Args:
        name: One of these, or ``auto``: a GPU where PyTorch finds one.

    Raises:
        ValueError: A GPU is asked for, and PyTorch finds none.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        msg = "PyTorch finds no GPU; take device=cpu, or install its build for your GPU"
        raise ValueError(msg)
    return name


def where_learnt(name: str) -> str:
    """Return the release of PyTorch and the kind of device, such as ``2.13.0+cpu on cpu``."""
    return f"{torch.__version__} on {chosen_device(name)}"


@contextmanager
def _repeatable(device: str, seed: int) -> Iterator[None]:
    """Let PyTorch draw and compute alike each time, and leave it as it was.

    With more threads sums would depend on their number. On a GPU some operations have no such
    form: they are used all the same, and equal data may give other bits.
    """
    threads = torch.get_num_threads()
    strict, lenient = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    with torch.random.fork_rng(devices=None if device == "cuda" else []):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(mode=True, warn_only=device == "cuda")
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(mode=strict, warn_only=lenient)
            torch.set_num_threads(threads)


def _tensors(inputs: NetworkInputs, device: str) -> tuple[Any, ...]:
    terms = inputs.terms
    return (
        _tensor(inputs.numbers, device),
        _tensor(inputs.codes, device, "int64"),
        _tensor(terms.indices, device, "int64"),
        _tensor(terms.indptr[:-1], device, "int64"),
        _tensor(terms.data, device),
    )


def _tensor(array: Any, device: str, dtype: str = "float32") -> Any:
    return torch.from_numpy(array.astype(dtype)).to(device)

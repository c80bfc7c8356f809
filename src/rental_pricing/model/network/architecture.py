"""How a network is built, and what it estimates: the one implementation of that in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from rental_pricing.model.kernel import BLOCK
from rental_pricing.model.reading import CATEGORIES
from rental_pricing.model.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.model.network.inputs import NetworkInputs
    from rental_pricing.model.reading import Floats

    Weights = Mapping[str, Floats]

TERMS, SCORES, PRICE = "title.terms", "title.scores", "price"


@dataclass(frozen=True)
class Architecture:
    """A network: embeddings and numbers side by side, hidden layers, and one price.

    Beside the layers, a linear score of the title's terms is added to the price.

    Attributes:
        numbers: Numbers of a listing.
        codes: Codes of each of ``CATEGORIES``, and one for unknown ones.
        code_sizes: Numbers that stand for a code, of each.
        terms: Terms of titles.
        title_size: Numbers that stand for a term.
        hidden: Units of each hidden layer.
    """

    numbers: int
    codes: tuple[int, ...]
    code_sizes: tuple[int, ...]
    terms: int
    title_size: int
    hidden: tuple[int, ...]

    @property
    def layers(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of each layer, by name, in order; the last one tells the price."""
        first = self.numbers + sum(self.code_sizes) + self.title_size
        widths = [first, *self.hidden]
        named = {f"hidden.{number}": each for number, each in enumerate(pairwise(widths))}
        return {**named, PRICE: (widths[-1], 1)}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each array of weights, by name."""
        categories = zip(CATEGORIES, self.codes, self.code_sizes, strict=True)
        shapes: dict[str, tuple[int, ...]] = {
            name: (codes, size) for name, codes, size in categories
        }
        shapes |= {TERMS: (self.terms, self.title_size), SCORES: (self.terms, 1)}
        for name, (inputs, outputs) in self.layers.items():
            shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
        return shapes

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, ready for JSON."""
        categories = zip(CATEGORIES, self.codes, self.code_sizes, strict=True)
        return {
            "numbers": self.numbers,
            **{name: {"codes": codes, "size": size} for name, codes, size in categories},
            "title": {"terms": self.terms, "size": self.title_size},
            "hidden": list(self.hidden),
            "activation": "silu",
            "weights": {name: " x ".join(map(str, shape)) for name, shape in self.shapes.items()},
        }


def network_outputs(
    weights: Weights, layers: Mapping[str, object], inputs: NetworkInputs
) -> Floats:
    """Return what a network estimates, shape (rows,), the same for a row in any batch.

    Args:
        weights: Arrays by name, as ``Architecture.shapes`` has them.
        layers: Names of the layers, in order.
        inputs: The listings.
    """
    *hidden, last = layers
    categories = [
        weights[name][codes] for name, codes in zip(CATEGORIES, inputs.codes.T, strict=True)
    ]
    rows = np.hstack([inputs.numbers, *categories, inputs.terms @ weights[TERMS]])
    scores = inputs.terms @ weights[SCORES]
    outputs = np.empty(len(rows))
    with one_thread("blas"):
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            for name in hidden:
                block = _layer(weights, name, block)
                block *= expit(block)  # SiLU
            outputs[start : start + BLOCK] = (block * weights[f"{last}.weight"]).sum(axis=1)
    outputs += weights[f"{last}.bias"]
    outputs += scores[:, 0]
    return outputs


def _layer(weights: Weights, name: str, rows: Floats) -> Floats:
    """Return the outputs of a layer for at most ``BLOCK`` rows: see there."""
    full = np.zeros((BLOCK, rows.shape[1]))
    full[: len(rows)] = rows
    outputs: Floats = (full @ weights[f"{name}.weight"].T)[: len(rows)]
    outputs += weights[f"{name}.bias"]
    return outputs

"""How a network is built, and what it estimates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from rental_pricing.model.network.architecture import Architecture, network_outputs
from rental_pricing.model.network.inputs import NetworkInputs

TINY = Architecture(
    numbers=1, codes=(2, 2, 3), code_sizes=(1, 1, 2), terms=2, title_size=1, hidden=(2,)
)


def drawn(architecture: Architecture, seed: int = 1) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    return {name: draw.normal(size=shape) for name, shape in architecture.shapes.items()}


def inputs(rows: int, architecture: Architecture, seed: int = 2) -> NetworkInputs:
    draw = np.random.default_rng(seed)
    return NetworkInputs(
        draw.normal(size=(rows, architecture.numbers)),
        np.column_stack([draw.integers(0, codes, rows) for codes in architecture.codes]),
        sparse.random_array((rows, architecture.terms), density=0.5, rng=draw, format="csr"),
    )


def test_the_layers_lead_from_the_inputs_to_one_price() -> None:
    """Numbers, categories and title stand side by side."""
    assert TINY.layers == {"hidden.0": (6, 2), "price": (2, 1)}
    deep = Architecture(3, (2, 2, 2), (1, 1, 1), 4, 5, (7, 6))
    assert deep.layers == {"hidden.0": (11, 7), "hidden.1": (7, 6), "price": (6, 1)}


def test_each_array_of_weights_has_its_shape() -> None:
    """An embedding has a row a code or term, a layer a row an output."""
    assert TINY.shapes == {
        "neighbourhood_group": (2, 1),
        "neighbourhood": (2, 1),
        "room_type": (3, 2),
        "title.terms": (2, 1),
        "title.scores": (2, 1),
        "hidden.0.weight": (2, 6),
        "hidden.0.bias": (2,),
        "price.weight": (1, 2),
        "price.bias": (1,),
    }


def test_an_estimate_can_be_followed_by_hand() -> None:
    """Embeddings beside the number, one layer with SiLU, the price, and the title's score."""
    weights = {
        "neighbourhood_group": np.array([[0.0], [1.0]]),
        "neighbourhood": np.array([[0.0], [2.0]]),
        "room_type": np.array([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]]),
        "title.terms": np.array([[10.0], [20.0]]),
        "title.scores": np.array([[0.5], [0.25]]),
        "hidden.0.weight": np.array([[1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, -0.1]], dtype=float),
        "hidden.0.bias": np.array([1.0, 0.0]),
        "price.weight": np.array([[2.0, 3.0]]),
        "price.bias": np.array([7.0]),
    }
    listing = NetworkInputs(
        np.array([[0.5]]), np.array([[1, 1, 1]]), sparse.csr_matrix([[1.0, 2.0]])
    )

    (found,) = network_outputs(weights, TINY.layers, listing)

    title = 10 * 1 + 20 * 2
    first, second = 0.5 + 1 + 2 + 3 + 4 + title + 1, -0.1 * title
    silu = [one / (1 + math.exp(-one)) for one in (first, second)]
    assert found == pytest.approx(2 * silu[0] + 3 * silu[1] + 7 + 0.5 * 1 + 0.25 * 2, rel=1e-12)


def test_a_row_is_estimated_alike_in_any_batch() -> None:
    """To the last bit: alone, among few, and among more than a block of rows."""
    wide = Architecture(31, (5, 9, 4), (3, 7, 2), 40, 13, (29, 17))
    weights, many = drawn(wide), inputs(200, wide)

    together = network_outputs(weights, wide.layers, many)

    for rows in (slice(0, 1), slice(7, 12), slice(95, 193)):
        assert network_outputs(weights, wide.layers, many[rows]).tolist() == together[rows].tolist()


def test_no_terms_are_no_words() -> None:
    """A vocabulary may be empty."""
    silent = Architecture(2, (2, 2, 2), (1, 1, 1), 0, 3, (4,))
    assert np.isfinite(network_outputs(drawn(silent), silent.layers, inputs(3, silent))).all()


def test_large_numbers_do_not_overflow() -> None:
    """SiLU of a very negative number is 0, without a warning."""
    far = inputs(2, TINY)
    far.numbers[:] = [[1e6], [-1e6]]
    assert np.isfinite(network_outputs(drawn(TINY), TINY.layers, far)).all()


def test_an_architecture_is_told_in_plain_types() -> None:
    """For the file beside the weights."""
    assert TINY.to_dict() == {
        "numbers": 1,
        "neighbourhood_group": {"codes": 2, "size": 1},
        "neighbourhood": {"codes": 2, "size": 1},
        "room_type": {"codes": 3, "size": 2},
        "title": {"terms": 2, "size": 1},
        "hidden": [2],
        "activation": "silu",
        "weights": {
            "neighbourhood_group": "2 x 1",
            "neighbourhood": "2 x 1",
            "room_type": "3 x 2",
            "title.terms": "2 x 1",
            "title.scores": "2 x 1",
            "hidden.0.weight": "2 x 6",
            "hidden.0.bias": "2",
            "price.weight": "1 x 2",
            "price.bias": "1",
        },
    }

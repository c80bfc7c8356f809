"""Fitting a network with PyTorch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse

from rental_pricing.errors import EstimatorParameterError
from rental_pricing.model.network.architecture import Architecture, network_outputs
from rental_pricing.model.network.inputs import NetworkInputs
from rental_pricing.model.parameters import NeuralNetworkParameters

if TYPE_CHECKING:
    from rental_pricing.model.network.learning import Learnt

pytestmark = pytest.mark.torch

ARCHITECTURE = Architecture(6, (3, 4, 3), (2, 3, 2), 12, 4, (16, 8))
SETTINGS = NeuralNetworkParameters(
    hidden=(16, 8), epochs=8, batch_size=32, learning_rate=0.02, dropout=0.1, device="cpu"
)
ROWS = 300


@pytest.fixture(scope="module")
def inputs() -> NetworkInputs:
    draw = np.random.default_rng(1)
    return NetworkInputs(
        draw.normal(size=(ROWS, 6)),
        np.column_stack([draw.integers(0, codes, ROWS) for codes in ARCHITECTURE.codes]),
        sparse.random_array((ROWS, 12), density=0.3, rng=draw, format="csr"),
    )


@pytest.fixture(scope="module")
def target(inputs: NetworkInputs) -> np.ndarray:
    room = np.array([-1.0, 0.0, 1.0])[inputs.codes[:, 2]]
    told: np.ndarray = room + 0.5 * inputs.numbers[:, 0] + inputs.terms.toarray()[:, 3]
    return (told - told.mean()) / told.std()


HELD_OUT = np.arange(ROWS) % 5 == 0


def fit(inputs: NetworkInputs, target: Any, held_out: Any = HELD_OUT, **changes: Any) -> Learnt:
    from rental_pricing.model.network.learning import learn

    seed = changes.pop("seed", 3)
    settings = SETTINGS.model_copy(update=changes)
    return learn(inputs, target, held_out, ARCHITECTURE, settings, seed)


def test_numpy_estimates_what_pytorch_does(inputs: NetworkInputs) -> None:
    """The one implementation that prices are estimated with is held to the one that learns."""
    import torch

    from rental_pricing.model.network.learning import Network, _tensors

    torch.manual_seed(5)
    network = Network(ARCHITECTURE, 0.5, 0.5).double().eval()
    with torch.no_grad():
        for array in network.parameters():
            array.copy_(torch.randn_like(array))
        tensors = [
            each.double() if each.is_floating_point() else each for each in _tensors(inputs, "cpu")
        ]
        expected = network(*tensors).numpy()

    found = network_outputs(network.weights(), ARCHITECTURE.layers, _rounded(inputs))

    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert {name: each.shape for name, each in network.weights().items()} == ARCHITECTURE.shapes


def _rounded(inputs: NetworkInputs) -> NetworkInputs:
    """Return the inputs as PyTorch was given them: in 32 bits."""
    return NetworkInputs(
        inputs.numbers.astype("float32").astype("float64"),
        inputs.codes,
        inputs.terms.astype("float32").astype("float64"),
    )


def test_networks_that_learn_at_the_same_time_learn_as_if_alone(
    inputs: NetworkInputs, target: np.ndarray
) -> None:
    """A training fits two models in two threads, and PyTorch draws for all of them together."""
    alone = [fit(inputs, target, seed=seed).weights for seed in (3, 4)]

    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(fit, inputs, target, seed=seed) for seed in (3, 4)]
        together = [each.result().weights for each in begun]

    for one, other in zip(alone, together, strict=True):
        assert all((one[name] == other[name]).all() for name in one)


def test_it_learns(inputs: NetworkInputs, target: np.ndarray) -> None:
    """Its error on listings held out is well below that of the median."""
    learnt = fit(inputs, target)
    assert learnt.error is not None
    assert learnt.error < 0.5 * np.abs(target[HELD_OUT] - np.median(target)).mean()


def test_equal_data_give_equal_weights(inputs: NetworkInputs, target: np.ndarray) -> None:
    """To the last bit, whatever was drawn before; another seed gives others."""
    import torch

    first = fit(inputs, target)
    torch.rand(7)
    again, other = fit(inputs, target), fit(inputs, target, seed=4)
    for name, array in first.weights.items():
        assert array.tobytes() == again.weights[name].tobytes()
    assert first.weights["price.weight"].tolist() != other.weights["price.weight"].tolist()


def test_pytorch_is_left_as_it_was(inputs: NetworkInputs, target: np.ndarray) -> None:
    """Its threads, its rules and its random numbers are those of the program around."""
    import torch

    before = torch.get_num_threads(), torch.random.get_rng_state().tolist()
    fit(inputs, target, epochs=1)
    assert before == (torch.get_num_threads(), torch.random.get_rng_state().tolist())
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_weights_are_those_of_32_bits(inputs: NetworkInputs, target: np.ndarray) -> None:
    """So that nothing is lost when they are stored as such."""
    for array in fit(inputs, target, epochs=1).weights.values():
        assert (array.astype("float32") == array).all()


def test_it_ends_where_it_gets_no_better(inputs: NetworkInputs) -> None:
    """Noise can't be learnt: the best pass is early, and some more are tried."""
    noise = np.random.default_rng(8).normal(size=ROWS)
    learnt = fit(inputs, noise, epochs=60, patience=3, learning_rate=0.05)
    assert learnt.epochs == learnt.best_epoch + 3 < 60


def test_the_best_pass_is_kept(inputs: NetworkInputs, target: np.ndarray) -> None:
    """Its error is that of the weights that are returned."""
    learnt = fit(inputs, target)
    judged = network_outputs(learnt.weights, ARCHITECTURE.layers, inputs[np.flatnonzero(HELD_OUT)])
    assert learnt.error == np.abs(judged - target[HELD_OUT]).mean()


def test_listings_held_out_are_not_learnt_from(inputs: NetworkInputs, target: np.ndarray) -> None:
    """Their prices choose the pass, and nothing else."""
    spoilt = np.where(HELD_OUT, -target, target)
    first, other = fit(inputs, target, epochs=1), fit(inputs, spoilt, epochs=1)
    assert first.error != other.error
    assert first.weights["price.weight"].tolist() == other.weights["price.weight"].tolist()


def test_without_listings_held_out_the_last_pass_counts(
    inputs: NetworkInputs, target: np.ndarray
) -> None:
    """There is nothing to choose by."""
    learnt = fit(inputs, target, np.zeros(ROWS, dtype=bool), epochs=4, patience=1)
    assert (learnt.epochs, learnt.best_epoch, learnt.error) == (4, 4, None)


def test_weights_without_end_are_told(inputs: NetworkInputs, target: np.ndarray) -> None:
    """With the parameter to lower."""
    with pytest.raises(
        EstimatorParameterError, match=r"grown without end\. Lower its learning_rate"
    ):
        fit(inputs, target * 1e30, learning_rate=1.0, weight_decay=100.0)


@pytest.mark.parametrize(
    ("asked", "there", "chosen"),
    [("auto", False, "cpu"), ("auto", True, "cuda"), ("cuda", True, "cuda"), ("cpu", True, "cpu")],
)
def test_a_gpu_is_used_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, asked: str, chosen: str, *, there: bool
) -> None:
    """Unless the CPU is asked for."""
    from rental_pricing.model.network.learning import chosen_device

    monkeypatch.setattr("torch.cuda.is_available", lambda: there)
    assert chosen_device(asked) == chosen


def test_a_gpu_learns_as_a_cpu_does(inputs: NetworkInputs, target: np.ndarray) -> None:
    """Not to the last bit; where there is one."""
    import torch

    if not torch.cuda.is_available():
        pytest.skip("PyTorch finds no GPU on this machine")
    there, here = fit(inputs, target, device="cuda"), fit(inputs, target, device="cpu")
    assert there.error == pytest.approx(here.error, rel=0.2)


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not replaced by the CPU in silence."""
    from rental_pricing.model.network.learning import chosen_device

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match="PyTorch finds no GPU; take device=cpu"):
        chosen_device("cuda")

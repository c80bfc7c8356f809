"""A network as two files: its architecture, to be read by people, and its weights.

``network.json`` tells how it is built and how it has learnt; ``network.safetensors`` holds the
weights of all members, by number and name, as 32-bit floats. The latter is a table of names,
shapes and bytes: reading it runs nothing, and needs no PyTorch. Both must be what the pipeline
beside them says, to the last name and shape.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
from sklearn.compose import TransformedTargetRegressor

from rental_pricing.errors import cut
from rental_pricing.model.network.regressor import NeuralNetworkRegressor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklearn.pipeline import Pipeline

    from rental_pricing.model.reading import Floats

ARCHITECTURE, WEIGHTS = NETWORK_FILES = ("network.json", "network.safetensors")


class NetworkFileError(ValueError):
    """The files of a network are not what its pipeline says."""


def network_of(pipeline: Pipeline) -> NeuralNetworkRegressor | None:
    """Return the fitted network of a pipeline; ``None`` where it has none."""
    last = pipeline[-1]
    fitted = last.regressor_ if isinstance(last, TransformedTargetRegressor) else last
    return fitted if isinstance(fitted, NeuralNetworkRegressor) else None


def learnt_with(pipeline: Pipeline) -> dict[str, str]:
    """Return what has fitted the network of a pipeline, by name; empty where it has none."""
    network = network_of(pipeline)
    return {} if network is None else {"torch": network.learnt_with_}


def take_weights(pipeline: Pipeline) -> tuple[Pipeline, dict[str, bytes]]:
    """Return a pipeline without the weights of its network, and the network's files.

    Args:
        pipeline: Fitted; it is not changed. One without a network has no such files.
    """
    network = network_of(pipeline)
    if network is None:
        return pipeline, {}
    weights = {
        f"{member}.{name}": np.ascontiguousarray(array, dtype="<f4")
        for member, arrays in enumerate(network.networks_)
        for name, array in arrays.items()
    }
    bare = copy.deepcopy(pipeline, {id(network.networks_): []})  # all but these
    return bare, {ARCHITECTURE: _described(network), WEIGHTS: safetensors.numpy.save(weights)}


def put_weights(pipeline: Pipeline, files: Mapping[str, bytes]) -> None:
    """Give the network of a pipeline its weights.

    Args:
        pipeline: As from :func:`take_weights`; it is changed.
        files: Those of the network, by name; others do not matter.

    Raises:
        NetworkFileError: They are not what the pipeline says, or not there, or there for
            another estimator.
    """
    network = network_of(pipeline)
    given = [name for name in NETWORK_FILES if name in files]
    if network is None:
        if given:
            msg = f"{given[0]} is there, and the model has no network"
            raise NetworkFileError(msg)
        return
    if len(given) < len(NETWORK_FILES):
        (absent, *_) = [name for name in NETWORK_FILES if name not in files]
        msg = f"{absent} is not there, and the model is a network"
        raise NetworkFileError(msg)
    try:
        described = _described(network)
    except Exception as error:  # whatever a crafted model lacks
        msg = f"the network of the model is not as it was written: {cut(str(error))}"
        raise NetworkFileError(msg) from error
    if files[ARCHITECTURE] != described:
        msg = f"{ARCHITECTURE} is refused: it describes another network than that of the model"
        raise NetworkFileError(msg)
    weights = _read(files[WEIGHTS])
    shapes = network.architecture.shapes
    members = range(len(network.learning_))
    expected = {f"{member}.{name}": shape for member in members for name, shape in shapes.items()}
    _require(weights, expected)
    network.networks_ = [
        {name: weights[f"{member}.{name}"].astype("float64") for name in shapes}
        for member in members
    ]


def _described(network: NeuralNetworkRegressor) -> bytes:
    content = {
        "estimate": "mean of the members; level + spread * output is on the scale of the model",
        "level": network.level_,
        "spread": network.spread_,
        "members": network.learning_,
        "learnt_with": network.learnt_with_,
        "architecture": network.architecture.to_dict(),
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def _read(content: bytes) -> dict[str, Any]:
    try:
        return dict(safetensors.numpy.load(content))
    except Exception as error:  # whatever a crafted or damaged file makes the library stumble over
        msg = f"{WEIGHTS} is refused: it is no such file, or a damaged one: {cut(str(error))}"
        raise NetworkFileError(msg) from error


def _require(weights: Mapping[str, Floats], expected: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse arrays of other names, shapes or types, and numbers that are not finite."""
    for name in sorted({*weights, *expected}):
        if name not in expected:
            problem = "is none of the network's"
        elif name not in weights:
            problem = "is not there"
        elif weights[name].dtype != np.dtype("<f4"):
            problem = f"is of {weights[name].dtype}, and must be of float32"
        elif weights[name].shape != expected[name]:
            problem = f"has the shape {weights[name].shape}, and must have {expected[name]}"
        elif not np.isfinite(weights[name]).all():
            problem = "has numbers that are not finite"
        else:
            continue
        msg = f"{WEIGHTS} is refused: {cut(name)} {problem}"
        raise NetworkFileError(msg)

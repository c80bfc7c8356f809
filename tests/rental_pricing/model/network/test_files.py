"""A network as two files, and what is refused in their place."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import safetensors.numpy

from rental_pricing.model.network.files import (
    NetworkFileError,
    learnt_with,
    network_of,
    put_weights,
    take_weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from sklearn.pipeline import Pipeline

    from rental_pricing.model.price_model import PriceModel

    Change = Callable[[dict[str, Any]], object]

JSON, WEIGHTS = "network.json", "network.safetensors"
FIRST = "0.hidden.0.weight"


@pytest.fixture
def taken(lake_network: PriceModel) -> tuple[Pipeline, dict[str, bytes]]:
    """A pipeline without its weights, and the files that have them."""
    return take_weights(lake_network.pipeline)


def test_what_is_taken_is_what_is_put_back(
    taken: tuple[Pipeline, dict[str, bytes]], lake_network: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Bit by bit; the pipeline that was given keeps its weights."""
    bare, files = taken
    bare = copy.deepcopy(bare)
    network = network_of(bare)
    assert network is not None
    assert network.networks_ == []
    put_weights(bare, files)
    expected = lake_network.pipeline.predict(lake_listings)
    assert bare.predict(lake_listings).tobytes() == expected.tobytes()


def test_equal_networks_are_equal_bytes(lake_network: PriceModel) -> None:
    """Also after they were put back."""
    bare, files = take_weights(lake_network.pipeline)
    put_weights(bare, files)
    assert take_weights(bare)[1] == files


def test_the_architecture_can_be_read(taken: tuple[Pipeline, dict[str, bytes]]) -> None:
    """It names the inputs, the layers, the members, and what has fitted them."""
    described = json.loads(taken[1][JSON])
    assert described["learnt_with"] == "drawn by lot"
    assert [each["epochs"] for each in described["members"]] == [3, 3]
    assert described["architecture"]["hidden"] == [8, 4]
    assert described["architecture"]["weights"]["hidden.1.weight"] == "4 x 8"
    arrays = safetensors.numpy.load(taken[1][WEIGHTS])
    assert len(arrays) == 2 * len(described["architecture"]["weights"])


def test_other_estimators_have_no_such_files(lake_model: PriceModel) -> None:
    """And none may be there."""
    pipeline, files = take_weights(lake_model.pipeline)
    assert (pipeline is lake_model.pipeline, files) == (True, {})
    assert learnt_with(pipeline) == {}
    put_weights(pipeline, {})
    with pytest.raises(NetworkFileError, match=r"network\.json is there, and the model has no net"):
        put_weights(pipeline, {JSON: b"{}"})


def spoilt(files: dict[str, bytes], change: Change) -> dict[str, bytes]:
    arrays = dict(safetensors.numpy.load(files[WEIGHTS]))
    change(arrays)
    return files | {WEIGHTS: safetensors.numpy.save(arrays)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one: one.update(more=np.zeros(1, "f4")), "more is none of the network's"),
        (lambda one: one.update({"2.price.bias": np.zeros(1, "f4")}), r"2\.price\.bias is none of"),
        (lambda one: one.pop(FIRST), r"0\.hidden\.0\.weight is not there"),
        (
            lambda one: one.update({FIRST: one[FIRST].T.copy()}),
            r"has the shape \(\d+, 8\), and mus",
        ),
        (lambda one: one.update({FIRST: one[FIRST].ravel()}), r"has the shape \(\d+,\), and must"),
        (lambda one: one.update({FIRST: one[FIRST].astype("f8")}), "is of float64, and must be of"),
        (lambda one: one.update({FIRST: one[FIRST].astype("f2")}), "is of float16, and must be of"),
        (lambda one: one.update({FIRST: one[FIRST] * np.float32("nan")}), "that are not finite"),
        (lambda one: one.update({FIRST: one[FIRST] + np.float32("inf")}), "that are not finite"),
        (lambda one: one.clear(), "is not there"),
    ],
)
def test_other_weights_are_refused(
    taken: tuple[Pipeline, dict[str, bytes]], change: Change, told: str
) -> None:
    """Other names, shapes, types, and numbers that are none."""
    bare, files = taken
    with pytest.raises(NetworkFileError, match=rf"^network\.safetensors is refused: .*{told}") as e:
        put_weights(bare, spoilt(files, change))
    assert "\n" not in str(e.value)


def header(length: int, text: bytes = b"{}") -> bytes:
    return length.to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        pickle.dumps({"0.price.bias": 1}),
        header(2**62),
        header(2**30, b"{}" + bytes(100)),
        header(2, b"{]"),
        header(70, b'{"a": {"dtype": "F32", "shape": [99999999], "data_offsets": [0, 4]}}  '),
    ],
    ids=["empty", "zip", "pickle", "huge", "longer than the file", "no json", "beyond the end"],
)
def test_what_is_no_such_file_is_refused(
    taken: tuple[Pipeline, dict[str, bytes]], content: bytes
) -> None:
    """With one error, and without taking the memory that it asks for."""
    bare, files = taken
    with pytest.raises(NetworkFileError, match=r"^network\.safetensors is refused: it is no such"):
        put_weights(bare, files | {WEIGHTS: content})


def test_damaged_weights_are_refused_or_are_numbers(
    taken: tuple[Pipeline, dict[str, bytes]],
) -> None:
    """Cut, or with other bytes in the header."""
    bare, files = taken
    content = files[WEIGHTS]
    for damaged in (content[:-1], content + b"\0", content[:20] + b"!!" + content[22:]):
        with pytest.raises(NetworkFileError, match="is refused"):
            put_weights(bare, files | {WEIGHTS: damaged})


def test_another_architecture_is_refused(taken: tuple[Pipeline, dict[str, bytes]]) -> None:
    """The file for people must tell the truth, to the last byte."""
    bare, files = taken
    for content in (b"", files[JSON].replace(b"silu", b"relu"), files[JSON][:-1]):
        with pytest.raises(NetworkFileError, match=r"network\.json is refused: it describes anoth"):
            put_weights(bare, files | {JSON: content})


@pytest.mark.parametrize("name", [JSON, WEIGHTS])
def test_an_absent_file_is_told(taken: tuple[Pipeline, dict[str, bytes]], name: str) -> None:
    """A network without its weights estimates nothing."""
    bare, files = taken
    rest = {each: content for each, content in files.items() if each != name}
    with pytest.raises(NetworkFileError, match=f"{name} is not there, and the model is a network"):
        put_weights(bare, rest)


def test_a_crafted_model_is_refused(taken: tuple[Pipeline, dict[str, bytes]]) -> None:
    """Whatever it lacks."""
    bare, files = taken
    network = network_of(bare)
    assert network is not None
    del network.reader_
    with pytest.raises(NetworkFileError, match="is not as it was written"):
        put_weights(bare, files)

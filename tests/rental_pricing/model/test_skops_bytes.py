"""Models survive as bytes, the bytes repeat, and foreign code stays out."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.tree import DecisionTreeRegressor

from rental_pricing.model.pricing import estimate_prices
from rental_pricing.model.skops_bytes import (
    NotAModelError,
    UntrustedTypesError,
    _unpadded,
    dumps,
    loads,
)
from rental_pricing.model.training import fit_calibrated

if TYPE_CHECKING:
    from rental_pricing.model.parameters import TrainingParameters
    from rental_pricing.model.price_model import PriceModel

CATALOG = Path(__file__).parents[3] / "conf/base/catalog_modeling.yml"
TRUSTED = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))["_model_types"]
SMALL: dict[str, dict[str, object]] = {
    "gradient_boosting": {"max_iter": 15, "min_samples_leaf": 5},
    "random_forest": {"n_estimators": 8},
    "linear": {},
    "median": {},
}
LOAD_AND_HASH = """
import hashlib, sys
import pandas as pd
from pathlib import Path
from rental_pricing.model.skops_bytes import dumps, loads

listings = pd.read_parquet(sys.argv[1])
data = Path(sys.argv[2]).read_bytes()
model = loads(data, {trusted!r})
assert data == dumps(model)
print(hashlib.sha256(model.predict(listings).tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def models(
    lake_listings: pd.DataFrame, few_trees: TrainingParameters, lake_network: PriceModel
) -> dict[str, Any]:
    """All estimators with their intervals, fitted on the same listings."""
    network = SimpleNamespace(pipeline=lake_network.pipeline, intervals=lake_network.interval)
    return {"neural_network": network} | {
        name: fit_calibrated(
            lake_listings[:180],
            lake_listings[180:],
            price_range=(10, 350),
            parameters=few_trees.model_copy(
                update={"estimator": name, "estimators": {name: given}}
            ),
        )
        for name, given in SMALL.items()
    }


class Evil:
    """An object that runs a command when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Ask pickle to run a shell command."""
        return os.system, ("echo evil",)


@pytest.mark.parametrize("name", [*SMALL, "neural_network"])
def test_round_trip_keeps_every_bit_of_the_predictions(
    models: dict, lake_listings: pd.DataFrame, name: str
) -> None:
    """A stored and loaded model predicts the same to the last bit, with its intervals."""
    model = models[name]

    pipeline, intervals = loads(dumps([model.pipeline, model.intervals]), TRUSTED)

    expected = estimate_prices(model.pipeline, model.intervals, lake_listings, (10, 350))
    found = estimate_prices(pipeline, intervals, lake_listings, (10, 350))
    pd.testing.assert_frame_equal(expected, found, check_exact=True)


@pytest.mark.parametrize("name", [*SMALL, "neural_network"])
def test_storing_a_loaded_model_gives_the_same_bytes(models: dict, name: str) -> None:
    """Bytes do not change from storing to loading to storing again."""
    data = dumps(models[name].pipeline)

    assert data == dumps(loads(data, TRUSTED))


def test_another_process_predicts_the_same(
    models: dict, lake_listings: pd.DataFrame, tmp_path: Path
) -> None:
    """A process that has only the bytes predicts the same to the last bit."""
    lake_listings.to_parquet(tmp_path / "new.parquet")
    pipeline = models["gradient_boosting"].pipeline
    (tmp_path / "model.skops").write_bytes(dumps(pipeline))
    files = [str(tmp_path / "new.parquet"), str(tmp_path / "model.skops")]
    estimates = pipeline.predict(lake_listings)

    child = subprocess.run(
        [sys.executable, "-c", LOAD_AND_HASH.format(trusted=TRUSTED), *files],
        env={**os.environ, "PYTHONHASHSEED": "5"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert hashlib.sha256(estimates.tobytes()).hexdigest() == child.stdout.strip()


def test_every_trusted_type_is_needed(models: dict) -> None:
    """The types that the catalog trusts are exactly those in models of all estimators."""
    needed: set[str] = set()
    for model in models.values():
        with pytest.raises(UntrustedTypesError) as refused:
            loads(dumps([model.pipeline, model.intervals]), [])
        needed.update(refused.value.types)

    assert set(TRUSTED) == needed


@pytest.mark.parametrize("name", [*SMALL, "neural_network"])
def test_bytes_tell_nothing_of_the_process(models: dict, name: str) -> None:
    """There are no paths, addresses or times in the file."""
    with zipfile.ZipFile(io.BytesIO(dumps(models[name].pipeline))) as archive:
        schema = archive.read("schema.json").decode()
        dates = {member.date_time for member in archive.infolist()}
        names = [name for name in archive.namelist() if name != "schema.json"]

    assert {(1980, 1, 1, 0, 0, 0)} == dates
    assert [name for name in names if not re.fullmatch(r"\d{6}\.npy", name)] == []
    assert re.findall(r"0x[0-9a-f]+|\"/[a-z]+/|\b1[34]\d{13}\b", schema) == []
    assert sorted(names) == names


def test_gaps_between_fields_are_zero() -> None:
    """What was in memory between the fields of a tree's nodes is not stored."""
    x = np.random.default_rng(1).random((500, 2))
    data = dumps(DecisionTreeRegressor(random_state=1).fit(x, x[:, 0]))

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [archive.read(name) for name in archive.namelist() if name.endswith("npy")]
    nodes = next(m for m in members if np.load(io.BytesIO(m)).dtype.names)
    count = len(np.load(io.BytesIO(nodes)))
    padding = np.frombuffer(nodes[-64 * count :], dtype="u1").reshape(count, 64)[:, 57:]

    assert not padding.any()


def test_equal_values_are_equal_bytes_however_they_are_held() -> None:
    """Two equal texts give the same bytes as one text held twice."""
    text = "a text"
    other = text[:1] + text[1:]

    assert dumps([text, text]) == dumps([text, other])


def test_shared_arrays_stay_shared() -> None:
    """One array held twice is still one after loading."""
    array = np.arange(3.0)

    first, second = loads(dumps([array, array]), [])

    assert first is second


def test_untrusted_types_are_named_and_not_run(capfd: pytest.CaptureFixture[str]) -> None:
    """An object that would run a command is refused by the name of its type."""
    data = dumps(Evil())

    with pytest.raises(UntrustedTypesError, match=r"not trusted: .*Evil"):
        loads(data, TRUSTED)

    assert "evil" not in capfd.readouterr().out


@pytest.mark.parametrize(
    "data",
    [pickle.dumps(Evil()), b"", b"PK no archive", b"\x00" * 100],
    ids=["pickle", "empty", "text", "zeros"],
)
def test_anything_else_is_no_model(data: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """A pickle, or other bytes in the place of a model, is refused and not run."""
    with pytest.raises(NotAModelError, match="no model in skops' format"):
        loads(data, TRUSTED)

    assert "evil" not in capfd.readouterr().out


def test_a_foreign_archive_is_no_model() -> None:
    """A zip archive without a schema is refused."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")

    with pytest.raises(NotAModelError):
        loads(buffer.getvalue(), TRUSTED)


def test_a_damaged_model_is_refused(models: dict) -> None:
    """A model with wrong bytes in its middle is not loaded."""
    data = bytearray(dumps(models["linear"].pipeline))
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)

    with pytest.raises(NotAModelError):
        loads(bytes(data), TRUSTED)


class Loud:
    """An object that prints when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Ask pickle to print."""
        return print, ("unpickled",)


def test_no_member_is_unpickled_while_storing(capfd: pytest.CaptureFixture[str]) -> None:
    """Arrays are read back to clean them; one of objects, a pickle inside, is refused."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([Loud()], dtype=object), allow_pickle=True)

    with pytest.raises(ValueError, match="allow_pickle=False"):
        _unpadded(buffer.getvalue())

    assert "unpickled" not in capfd.readouterr().out


def test_members_are_in_order_of_their_names(models: dict) -> None:
    """The arrays in the order of first use, then the schema, whatever skops' own order is."""
    with zipfile.ZipFile(io.BytesIO(dumps(models["random_forest"].pipeline))) as archive:
        names = archive.namelist()

    arrays = [f"{number:06d}.npy" for number in range(1, len(names))]
    assert names == [*arrays, "schema.json"]


def test_members_are_deflated_at_level_6(models: dict) -> None:
    """Another level would be other bytes: a new version of an unchanged model."""
    with zipfile.ZipFile(io.BytesIO(dumps(models["linear"].pipeline))) as archive:
        (schema,) = (info for info in archive.infolist() if info.filename == "schema.json")
        content = archive.read("schema.json")

    sizes = {}
    for level in range(1, 10):
        deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
        sizes[level] = len(deflate.compress(content) + deflate.flush())
    assert schema.compress_type == zipfile.ZIP_DEFLATED
    assert schema.compress_size == sizes[6]
    assert schema.compress_size not in {sizes[1], sizes[5], sizes[9]}


def test_array_libraries_that_are_there_are_imported_only_when_asked_for(tmp_path: Path) -> None:
    """Each would take as long as all that an estimate needs."""
    for name in ("torch", "dask"):
        (tmp_path / f"{name}.py").touch()
    program = """
import contextlib, importlib, sys
import skops, rental_pricing.model.skops_bytes
assert not {"torch", "dask"} & set(sys.modules)
assert "sklearn.linear_model._ridge.Ridge" in skops.io._trusted_types.SKLEARN_ESTIMATOR_TYPE_NAMES
with contextlib.suppress(Exception):  # the stand-in is empty
    importlib.import_module("sklearn.externals.array_api_compat.torch")
assert "torch" in sys.modules
"""
    places = os.pathsep.join([str(tmp_path), *sys.path])
    subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": places}, check=True
    )

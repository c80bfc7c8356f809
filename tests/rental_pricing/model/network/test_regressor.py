"""The neural network as an estimator."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

from rental_pricing.errors import MissingExtraError
from rental_pricing.listings.spreading import spread
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.network.files import network_of
from rental_pricing.model.network.regressor import NeuralNetworkRegressor, _held_out
from rental_pricing.model.package import pack

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from rental_pricing.model.price_model import PriceModel

    Make = Callable[..., pd.DataFrame]

CATALOG = Path(__file__).parents[4] / "conf/base/catalog_modeling.yml"
TRUSTED = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))["_model_types"]


def test_the_members_have_seeds_of_their_own(lake_network: PriceModel) -> None:
    """Which the seed of the training tells."""
    network = network_of(lake_network.pipeline)
    assert network is not None
    seeds = {each["seed"] for each in network.learning_}
    assert len(seeds) == len(network.networks_) == 2


def test_the_estimate_is_the_mean_of_the_members(
    lake_network: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """On the scale on which they learn."""
    network = network_of(lake_network.pipeline)
    assert network is not None
    plain = lake_network.pipeline[0].transform(lake_listings)
    members = network.networks_
    alone = []
    for each in members:
        network.networks_ = [each]
        alone.append(network.predict(plain))
    network.networks_ = members
    assert network.predict(plain) == pytest.approx(np.mean(alone, axis=0), rel=1e-12)


def test_listings_are_held_out_by_their_ids_alone() -> None:
    """Whatever others there are; another member has others, independent of the split."""
    ids = np.arange(1, 4001)
    chosen = _held_out(ids, 0.1, "a key")
    assert 300 < chosen.sum() < 500
    assert _held_out(ids[::3], 0.1, "a key").tolist() == chosen[::3].tolist()
    assert chosen.tolist() == [spread(id_, "a key") < 0.1 for id_ in range(1, 4001)]
    other = _held_out(ids, 0.1, "another key")
    assert (chosen & other).sum() < 0.3 * chosen.sum()


def test_not_all_listings_are_held_out() -> None:
    """Where all would be, none is: there must be something to learn from."""
    assert not _held_out(np.zeros(5, dtype=int), 1.0, "a key").any()


def test_without_pytorch_that_is_told(make_listings: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """How to get it, and what to take instead."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    listings = make_listings(30)
    with pytest.raises(MissingExtraError, match=r"pip install 'rental-pricing\[torch\]'.*pytorch"):
        build_pipeline("neural_network", {}, seed=1).fit(listings, listings["price"])


LOAD_AND_ESTIMATE = """
import pathlib, sys
from rental_pricing.model.package import FILES, unpack

folder, *trusted = sys.argv[1:]
model = unpack({name: pathlib.Path(folder, name).read_bytes() for name in FILES}, trusted)
assert model.estimate(model.example_frame())["typical_price"].notna().all()
sys.exit("torch" in sys.modules)
"""


def test_estimating_imports_no_pytorch(lake_network: PriceModel, tmp_path: Path) -> None:
    """Who has only a package prices with it: PyTorch need not be there, nor is it waited for."""
    for name, content in pack(lake_network, TRUSTED).items():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-c", LOAD_AND_ESTIMATE, str(tmp_path), *TRUSTED]
    subprocess.run(command, check=True)


def test_the_parameters_are_checked_where_it_is_fitted() -> None:
    """Also where no configuration was read."""
    network = NeuralNetworkRegressor(dropout=2.0)
    with pytest.raises(ValueError, match="dropout"):
        network.settings()

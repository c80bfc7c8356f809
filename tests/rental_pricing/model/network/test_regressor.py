"""The neural network as an estimator."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from rental_pricing.errors import MissingExtraError
from rental_pricing.listings.spreading import spread
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.model.network.files import network_of
from rental_pricing.model.network.regressor import NeuralNetworkRegressor, _held_out

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from rental_pricing.model.price_model import PriceModel

    Make = Callable[..., pd.DataFrame]


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


@pytest.mark.usefixtures("learning_by_lot")
def test_estimating_imports_no_pytorch(make_listings: Make, tmp_path: Any) -> None:
    """Who has only a package prices with it: PyTorch need not be there."""
    import pickle

    listings = make_listings(40)
    model = build_pipeline("neural_network", {"hidden": [4]}, seed=1)
    model.fit(listings, listings["price"])
    (tmp_path / "model").write_bytes(pickle.dumps((model, listings)))
    code = (
        "import pickle, sys, pathlib;"
        "model, listings = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes());"
        "assert len(model.predict(listings)) == 40;"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model")], check=True)


def test_the_parameters_are_checked_where_it_is_fitted() -> None:
    """Also where no configuration was read."""
    network = NeuralNetworkRegressor(dropout=2.0)
    with pytest.raises(ValueError, match="dropout"):
        network.settings()

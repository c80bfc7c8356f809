"""Typed parameters and their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from rental_pricing.errors import UnknownParameterError, WrongParameterError
from rental_pricing.listings.parameters import MarketParameters, Range
from rental_pricing.parameters import BLOCKS, RUNTIME_PARAMETERS
from rental_pricing.quality.parameters import Bins

ROOT = Path(__file__).parents[2]


def test_the_blocks_are_those_of_the_configuration() -> None:
    """A block that is added to conf/ has to be known, and the other way round."""
    names: list[str] = []
    for file in (ROOT / "conf/base").glob("parameters*.yml"):
        names += yaml.safe_load(file.read_text(encoding="utf-8"))
    assert sorted(set(names) - set(RUNTIME_PARAMETERS)) == sorted(BLOCKS)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"slit": {"seed": 1}}, "Unknown parameter 'slit'"),
        ({"modelling": {"seed": 1}}, "'modelling' (did you mean 'modeling'?)"),
        ({"drop": "folder"}, "'drop' (did you mean 'drops'?)"),
    ],
)
def test_a_mistyped_name_at_the_top_stops_the_run(project: Any, params: Any, told: str) -> None:
    """The nearest known name is suggested, and nothing is run."""
    with pytest.raises(UnknownParameterError) as error:
        project.run(params=params)
    assert told in str(error.value)
    assert project.outputs() == {}


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"modeling": {"sead": 1}}, "sead"),
        ({"modeling": {"split": {"test_share": 1.5}}}, "less than 1"),
        ({"modeling": {"estimator": "oracle"}}, "gradient_boosting"),
        (
            {"modeling": {"estimators": {"neural_network": {"dropout": 1.5}}}},
            "modeling.estimators.neural_network.dropout = 1.5: must be less than 1",
        ),
        ({"data_validation": {"max_rejected_rows": {"outside_town": 0}}}, "outside_city"),
        ({"market": {"latitude": {"min": 50, "max": 40}}}, "min (50.0) is above max (40.0)"),
        ({"data_validation": {"max_missing_share": {"nmae": 0.1}}}, "nmae"),
        ({"data_validation": {"bins": {"prise": {"start": 0, "stop": 1, "count": 2}}}}, "prise"),
    ],
)
def test_a_wrong_name_or_value_inside_a_block_stops_the_run(
    project: Any, params: Any, told: str
) -> None:
    """Each block is checked before anything is read or written."""
    with pytest.raises(WrongParameterError) as error:
        project.run(params=params)
    assert told in str(error.value)
    assert project.outputs() == {}


@pytest.mark.parametrize(
    "bins",
    [
        {"start": 1, "stop": 1, "count": 3},
        {"start": 0, "stop": 9, "count": 3, "scale": "log"},
        {"start": 0, "stop": 9, "count": 0},
    ],
)
def test_bins_must_make_sense(bins: dict[str, Any]) -> None:
    """An empty interval or a logarithm of 0 is refused."""
    with pytest.raises(ValidationError):
        Bins(**bins)


def test_prices_start_above_zero(parameters: dict[str, Any]) -> None:
    """Errors and intervals are ratios of prices."""
    market = parameters["market"].model_dump() | {"price": Range(min=0, max=350)}
    with pytest.raises(ValidationError, match=r"price.min must be above 0"):
        MarketParameters(**market)


def test_any_nested_value_can_be_given_for_a_run(synthetic_project: Any) -> None:
    """What conf/ says is the default; a run may say otherwise."""
    synthetic_project.run(
        ("data_processing",), params={"market": {"price": {"min": 100, "max": 200}}}
    )
    prices = synthetic_project.load("listings").whole()["price"]
    assert prices.between(100, 200).all()

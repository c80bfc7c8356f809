"""Which engine is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from rental_pricing.cli.run_command import run
from rental_pricing.cluster.parameters import EngineParameters, as_block
from rental_pricing.errors import WrongParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIGURED: Mapping[str, Any] = {"name": None, "scheduler": None, "workers": 2, "threads": 1,
              "memory_limit": 1.0, "patience": 10.0}  # fmt: skip
ADDRESS = "tcp://10.0.0.5:8786"


@pytest.mark.parametrize(
    ("given", "is_dask"),
    [
        ({}, False),
        ({"name": "pandas"}, False),
        ({"name": "dask"}, True),
        ({"scheduler": ADDRESS}, True),
        ({"scheduler": ADDRESS, "name": "dask"}, True),
    ],
)
def test_a_scheduler_is_a_cluster(given: dict[str, Any], *, is_dask: bool) -> None:
    """Its address alone will do."""
    assert EngineParameters(**{**CONFIGURED, **given}).is_dask is is_dask


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "spark"}, "pandas"),
        ({"name": "pandas", "scheduler": ADDRESS}, "leave it out"),
        ({"scheduler": "10.0.0.5:8786"}, "scheduler"),
        ({"workers": 0}, "workers"),
        ({"memory_limit": 0.1}, "memory_limit"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], told: str) -> None:
    """With the name of what is wrong."""
    with pytest.raises(ValidationError, match=told):
        EngineParameters(**{**CONFIGURED, **given})


def test_the_name_stands_for_the_block() -> None:
    """As ``--params engine=dask`` gives it."""
    assert as_block("dask") == {"name": "dask"}
    assert as_block({"scheduler": ADDRESS}) == {"scheduler": ADDRESS}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("engine=dask", {"engine": {"name": "dask"}}),
        (f"engine=dask,engine.scheduler={ADDRESS}",
         {"engine": {"name": "dask", "scheduler": ADDRESS}}),
        (f"engine.scheduler={ADDRESS}, engine = dask",
         {"engine": {"name": "dask", "scheduler": ADDRESS}}),
        ("as_of=2024-01-08,engine.workers=4,engine=dask",
         {"as_of": "2024-01-08", "engine": {"name": "dask", "workers": 4}}),
    ],
)  # fmt: skip
def test_both_forms_go_together_in_any_order(given: str, expected: dict[str, Any]) -> None:
    """Kedro by itself would keep the last one."""
    (option,) = [each for each in run.params if each.name == "params"]
    with run.make_context("run", []) as context:
        found = option.callback and option.callback(context, option, given)
    assert found == expected


def test_a_program_may_give_the_name_too(project: Any) -> None:
    """A wrong one is told in the words of the parameters, before anything is read."""
    with pytest.raises(WrongParameterError, match=r"engine\.name"):
        project.run(params={"engine": "spark"})

"""Parameters of the split and the judgement."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rental_pricing.evaluation.parameters import ExplainParameters, ModelingParameters
from rental_pricing.listings.columns import MODEL_COLUMNS


def test_each_column_of_the_model_is_in_one_group() -> None:
    """In any number of groups."""
    groups = {"first": MODEL_COLUMNS[:3], "rest": MODEL_COLUMNS[3:]}
    assert ExplainParameters(repeats=5, max_rows=10, groups=groups).groups == groups


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({"all but the title": MODEL_COLUMNS[1:]}, "name is in 0"),
        ({"all": MODEL_COLUMNS, "again": ("name",)}, "name is in 2"),
        ({"all": MODEL_COLUMNS, "more": ("host_id",)}, "host_id is in 1"),
        ({"all": ("nmae",)}, "did you mean 'name'"),
    ],
)
def test_a_column_left_out_or_named_twice_is_told(groups: Any, told: str) -> None:
    """It would go unnoticed in the report."""
    with pytest.raises(ValidationError, match=told):
        ExplainParameters(repeats=5, max_rows=10, groups=groups)


@pytest.mark.parametrize(("share", "valid"), [(0, True), (0.999, True), (None, True),
                                              (-0.01, False), (1, False)])  # fmt: skip
def test_the_least_gain_is_a_share(
    parameters: dict[str, Any],
    share: float | None,
    valid: bool,  # noqa: FBT001
) -> None:
    """From 0 to below 1, or null."""
    given = parameters["modeling"].model_dump() | {"min_gain_over_median": share}
    if valid:
        assert ModelingParameters(**given).min_gain_over_median == share
    else:
        with pytest.raises(ValidationError, match="min_gain_over_median"):
            ModelingParameters(**given)

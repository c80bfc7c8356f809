"""The profile that a person names to compare with."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.errors import ReferenceProfileError
from rental_pricing.quality.profiling import profile_rows
from rental_pricing.quality.reference import read_reference


def test_no_reference_is_none(profile: Any, parameters: dict[str, Any]) -> None:
    """Nothing was named."""
    assert read_reference(None, profile(), parameters["market"]) is None


def test_a_profile_is_read_back(profile: Any, parameters: dict[str, Any]) -> None:
    """Of other listings of the same market and bins."""
    other = profile(50, seed=3)
    assert read_reference(other.model_dump(), profile(), parameters["market"]) == other


@pytest.mark.parametrize(
    "content",
    [{}, [], "text", 7, {"passed": True, "checks": []}, {"format": 1, "rows": 3}, [{"a": 1}] * 999],
)
def test_another_json_is_told_in_one_message(
    profile: Any, parameters: dict[str, Any], content: object
) -> None:
    """Short, with what to do."""
    with pytest.raises(ReferenceProfileError, match="is no profile of format 2") as error:
        read_reference(content, profile(), parameters["market"])
    assert "--params reference=FILE" in str(error.value)
    assert len(str(error.value)) < 400


def test_a_profile_with_counts_that_fit_no_bins_is_no_profile(
    profile: Any, parameters: dict[str, Any]
) -> None:
    """The column is named."""
    content = profile().model_dump()
    content["numeric"]["latitude"]["counts"] = [1, 2]
    with pytest.raises(ReferenceProfileError, match=r"numeric\.latitude: .*2 counts do not fit"):
        read_reference(content, profile(), parameters["market"])


def test_another_market_is_told(profile: Any, parameters: dict[str, Any]) -> None:
    """Its prices mean something else."""
    other = profile(market="Paris").model_dump()
    with pytest.raises(ReferenceProfileError, match="of another market than New York City"):
        read_reference(other, profile(), parameters["market"])


def test_other_bins_are_told_by_column(profile: Any, rows: Any, parameters: dict[str, Any]) -> None:
    """Counts of other bins can't be compared."""
    bins = parameters["data_validation"].bins
    fewer = bins["latitude"].model_copy(update={"count": 3})
    other = profile_rows(rows(), market="here", bins={**bins, "latitude": fewer})
    with pytest.raises(ReferenceProfileError, match=r"other bins \(latitude\)"):
        read_reference(other.model_dump(), profile(), parameters["market"])


def test_other_columns_are_told(profile: Any, parameters: dict[str, Any]) -> None:
    """As where the format is the same and a column is gone."""
    content = profile().model_dump()
    del content["missing"]["name"]
    with pytest.raises(ReferenceProfileError, match="other columns"):
        read_reference(content, profile(), parameters["market"])

"""Permutation importance, of models whose importance is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.evaluation.importance import permutation_importance
from rental_pricing.evaluation.parameters import ExplainParameters

ROWS = 40
LISTINGS = pd.DataFrame(
    {
        "a": np.arange(ROWS, dtype="float64"),
        "twin": np.arange(ROWS, dtype="float64"),
        "word": pd.Categorical([f"w{i % 3}" for i in range(ROWS)]),
        "unused": 1.0,
        "price": 10.0 * np.arange(ROWS) + 5,
    }
)
GROUPS = {"unused": ("unused",), "a": ("a", "twin"), "word": ("word",)}


def explain(estimate: Any, *, groups: Any = GROUPS, **changed: Any) -> pd.DataFrame:
    stacked = {"stacked_rows": changed.pop("stacked_rows")} if "stacked_rows" in changed else {}
    settings = ExplainParameters.model_construct(repeats=5, max_rows=ROWS, groups=groups)
    parameters = settings.model_copy(update=changed)
    return permutation_importance(estimate, LISTINGS, parameters, seed=1, **stacked)


def ten_times_a(rows: pd.DataFrame) -> np.ndarray:
    return 10.0 * rows["a"].to_numpy() + 5


def test_what_the_model_does_not_read_has_no_importance() -> None:
    """The increase is exactly 0, in every shuffle."""
    table = explain(ten_times_a).set_index("group")
    assert (
        table.loc[["unused", "word"], ["mae_increase", "std"]].to_numpy().tolist() == [[0, 0]] * 2
    )


def test_the_increase_is_the_mean_over_the_shuffles() -> None:
    """Worked out from the estimates that the model was asked for."""
    asked: list[np.ndarray] = []

    def estimate(rows: pd.DataFrame) -> np.ndarray:
        asked.append(rows["a"].to_numpy())
        return ten_times_a(rows)

    row = explain(estimate, groups={"a": ("a", "twin")}).iloc[0]
    errors = [np.abs(10 * each - 10 * asked[0]).mean() for each in asked[1].reshape(5, ROWS)]
    assert row["mae_increase"] == pytest.approx(np.mean(errors), abs=1e-4)
    assert row["std"] == pytest.approx(np.std(errors, ddof=1), abs=1e-4)
    assert row["std"] > 0


def test_the_most_important_comes_first() -> None:
    """With its columns named."""
    table = explain(ten_times_a)
    assert table["group"].tolist() == ["a", "unused", "word"]
    assert table["columns"].tolist() == ["a, twin", "unused", "word"]


def test_columns_of_a_group_move_together() -> None:
    """A model that minds only their difference sees none."""
    table = explain(lambda rows: (rows["a"] - rows["twin"]).to_numpy()).set_index("group")
    assert table.loc["a", "mae_increase"] == 0


def test_other_columns_stay_where_they_were() -> None:
    """Each copy is the listings with one group moved."""

    def estimate(rows: pd.DataFrame) -> np.ndarray:
        for start in range(0, len(rows), ROWS):
            copy = rows.iloc[start : start + ROWS]
            moved = {name for name in copy if copy[name].tolist() != LISTINGS[name].tolist()}
            assert moved in (set(), {"a", "twin"}, {"word"})
            assert sorted(copy["a"]) == LISTINGS["a"].tolist()
        return ten_times_a(rows)

    explain(estimate)


@pytest.mark.parametrize("stacked_rows", [1, ROWS, 3 * ROWS, 10**6])
def test_few_rows_are_estimated_at_once_and_the_result_is_the_same(stacked_rows: int) -> None:
    """Memory is bounded: no call has more rows than allowed, but for a single copy."""
    sizes: list[int] = []

    def estimate(rows: pd.DataFrame) -> np.ndarray:
        sizes.append(len(rows))
        return ten_times_a(rows)

    assert explain(estimate, stacked_rows=stacked_rows).equals(explain(ten_times_a))
    assert max(sizes) <= max(stacked_rows, ROWS)
    assert sum(sizes) == ROWS * (1 + 3 * 5)


def test_at_most_so_many_listings_are_used() -> None:
    """Chosen by the seed, not by their order."""
    seen: list[list[float]] = []

    def estimate(rows: pd.DataFrame) -> np.ndarray:
        seen.append(rows["a"].tolist())
        return ten_times_a(rows)

    explain(estimate, max_rows=10)
    assert len(seen[0]) == 10
    assert seen[0] != list(range(10))


def test_types_of_columns_are_kept() -> None:
    """The model is asked with the same types as it was tested with."""

    def estimate(rows: pd.DataFrame) -> np.ndarray:
        assert rows.dtypes.to_dict() == LISTINGS.drop(columns="price").dtypes.to_dict()
        return ten_times_a(rows)

    explain(estimate)


def test_listings_without_an_estimate_are_left_out() -> None:
    """They make no importance a NaN."""
    table = explain(lambda rows: np.where(rows["word"] == "w0", np.nan, ten_times_a(rows)))
    assert table["mae_increase"].notna().all()

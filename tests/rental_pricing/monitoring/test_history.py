"""The weeks so far: a row for each delivery and model, in the same order every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from rental_pricing.datasets.files import CSVDataset
from rental_pricing.monitoring.decision import decide
from rental_pricing.monitoring.history import HISTORY_DTYPES, known_weeks, with_week

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = {"delivery": "str", "model": "str", "model_data": "str"}


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[pd.DataFrame], tuple[pd.DataFrame, bytes]]:
    """Write a history as the catalog does, and read it back."""
    dataset = CSVDataset(filepath=f"{tmp_path}/history.csv", save_args={"index": False},
                         load_args={"dtype": TEXTS})  # fmt: skip

    def through(history: pd.DataFrame) -> tuple[pd.DataFrame, bytes]:
        dataset.save(history)
        return dataset.load(), (tmp_path / "history.csv").read_bytes()

    return through


def week(quiet: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    report = quiet | changes
    return report, decide(report)


def test_the_first_week_has_one_row_of_what_was_found(quiet: dict[str, Any]) -> None:
    """Of the columns' shifts, the largest."""
    history = with_week(None, *week(quiet))
    assert list(history) == list(HISTORY_DTYPES)
    (row,) = history.to_dict("records")
    assert row["mae"] == quiet["error"]["mae"]
    assert row["release_mae"] == quiet["error_at_release"]["mae"]
    assert row["largest_psi"] == pytest.approx(max(c["index"] for c in quiet["columns"]), abs=1e-4)
    assert row["rows"] == 6000
    assert row["retrain"] is False


def test_the_same_week_again_changes_no_byte(quiet: dict[str, Any], saved: Any) -> None:
    """After it was written and read back, and a third time."""
    read, first = saved(with_week(None, *week(quiet)))
    read, second = saved(with_week(read, *week(quiet)))
    _, third = saved(with_week(read, *week(quiet)))
    assert first == second == third


def test_a_delivery_or_a_model_more_is_a_row_more(quiet: dict[str, Any], saved: Any) -> None:
    """By delivery, then by the age of the model's data; whatever was monitored first."""
    weeks = [
        week(quiet, delivery="2024-01-22"),
        week(quiet),
        week(quiet, model="0" * 16, model_data="2024-01-15"),
    ]
    histories = []
    for order in (weeks, weeks[::-1]):
        history = None
        for one in order:
            history, content = saved(with_week(history, *one))
        histories.append(content)
        assert list(zip(history["delivery"], history["model_data"], strict=True)) == [
            ("2024-01-15", "2024-01-08"),
            ("2024-01-15", "2024-01-15"),
            ("2024-01-22", "2024-01-08"),
        ]
    assert histories[0] == histories[1]
    assert history["model"][1] == "0" * 16  # digits stay text


def test_a_corrected_delivery_replaces_its_row(quiet: dict[str, Any]) -> None:
    """And leaves the others alone."""
    other = week(quiet, delivery="2024-01-22")
    before = with_week(with_week(None, *week(quiet)), *other)
    corrected = week(quiet, rows=quiet["rows"] | {"delivered": 5999})
    after = with_week(before, *corrected)
    assert list(after["rows"]) == [5999, 6000]
    pd.testing.assert_frame_equal(after[1:], before[1:])


def test_what_could_not_be_told_is_empty(quiet: dict[str, Any], saved: Any) -> None:
    """Also after it was written and read back."""
    found = week(
        quiet,
        columns=[],
        error=dict.fromkeys(quiet["error"]) | {"rows": 0, "unpriced": 0},
        error_at_release={"mae": None, "rows": None},
    )
    read, first = saved(with_week(None, *found))
    assert saved(with_week(read, *found))[1] == first
    row = known_weeks(read).iloc[0]
    assert row[["mae", "release_mae", "release_listings", "largest_psi_column"]].isna().all()


def test_columns_of_other_versions_are_added_or_left_out(quiet: dict[str, Any]) -> None:
    """An older history goes on."""
    older = with_week(None, *week(quiet)).drop(columns=["look"]).assign(then="x")
    found = with_week(older, *week(quiet, delivery="2024-01-22"))
    assert list(found) == list(HISTORY_DTYPES)
    assert found["look"].isna().tolist() == [True, False]

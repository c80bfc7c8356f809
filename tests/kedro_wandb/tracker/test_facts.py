"""What is read from files that were logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kedro_wandb.tracker.facts import flat_numbers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('{"mae": 30.5, "rows": 3}', {"mae": 30.5, "rows": 3.0}),
        ('{"model": "feed", "mae": 30.5, "r2": null}', {"mae": 30.5}),
        ('{"mae": 30.5, "by": {"a": 1}}', {}),
        ('{"mae": 30.5, "drops": [1]}', {}),
        ('{"mae": 30.5, "passed": true}', {}),
        ('{"mae": NaN, "rows": 3}', {}),
        ("[1, 2]", {}),
        ("no JSON", {}),
    ],
)
def test_the_numbers_of_a_flat_object_are_metrics(
    tmp_path: Path, text: str, numbers: dict[str, float]
) -> None:
    """Beside texts and nulls, which are none; a file of anything else has no metrics."""
    file = tmp_path / "file.json"
    file.write_text(text)
    assert flat_numbers(file) == numbers

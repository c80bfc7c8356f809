"""What the next command tells of runs that went on alone."""

from __future__ import annotations

from pathlib import Path

from kedro_wandb.hook.late import late_texts
from kedro_wandb.protocol.late import Late, LateReport
from kedro_wandb.protocol.rows import Row

ROWS = (
    Row("train", "model", "model", "v3", "new", size=10),
    Row("train", "rows", status="not logged", reason="rows was overwritten before it was stored"),
)


def test_there_is_nothing_to_tell_of_runs_that_were_waited_for(tmp_path: Path) -> None:
    """No folder is made for that."""
    assert late_texts(tmp_path / "store") == []
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_went_on_alone_is_told_once(tmp_path: Path) -> None:
    """With what was stored and what was lost."""
    report = LateReport(tmp_path, "run-1")
    report.write(Late("run-1"))
    (text,) = late_texts(tmp_path)
    assert text == "The run run-1 is still being stored by its tracker."
    report.write(Late("run-1", ended=True, rows=ROWS, where="kedro wandb"))
    (text,) = late_texts(tmp_path)
    assert "The run run-1 was stored to its end by its tracker, but for 1 dataset(s)" in text
    assert "model:v3" in text
    assert "rows was overwritten before it was stored" in " ".join(text.split())
    assert late_texts(tmp_path) == []
    assert list((tmp_path / "late").iterdir()) == []


def test_a_tracker_that_died_on_its_way_is_told_of(tmp_path: Path) -> None:
    """Its lock is free, and it has not said how the run ended."""
    report = LateReport(tmp_path, "run-1")
    report.write(Late("run-1"))
    report._lock.release()
    (text,) = late_texts(tmp_path)
    assert "has ended without a word" in text
    assert late_texts(tmp_path) == []

"""What the next command tells of runs whose trackers have gone on alone."""

from __future__ import annotations

from pathlib import Path

from kedro_wandb.hook.table import closing_text
from kedro_wandb.protocol.late import Late, take_reports


def late_texts(folder: Path) -> list[str]:
    """Return what there is to tell, a text for each run.

    Args:
        folder: Of the store.

    Raises:
        OSError: The reports can't be read.
        ValueError: One is none.
    """
    return [_told(late, is_at_work=at_work) for late, at_work in take_reports(folder)]


def _told(late: Late, *, is_at_work: bool) -> str:
    run = f"The run {late.run_id}"
    if is_at_work:
        return f"{run} is still being stored by its tracker."
    if not late.ended:
        return (
            f"{run} was being stored by its tracker, which has ended without a word; "
            f"'kedro wandb artifacts' shows what is there."
        )
    lost = [row for row in late.rows if row.status == "not logged"]
    told = f"{run} was stored to its end by its tracker"
    told += f", but for {len(lost)} dataset(s)" if lost else ""
    problems = [f"\n{problem}" for problem in late.problems]
    return f"{told}:\n{closing_text(late.rows, late.where).rstrip()}{''.join(problems)}"

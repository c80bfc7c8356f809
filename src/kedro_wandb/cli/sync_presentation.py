"""What became of a sync, as text for people and as JSON for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kedro_wandb.hook.table import aligned, human_size
from kedro_wandb.sync.report import AliasReport, StepReport, SyncReport


def sync_text(report: SyncReport) -> str:
    """Return a line for each step and alias, and a sum.

    >>> sync_text(SyncReport())
    'There is nothing to upload.'
    """
    if not report.steps and not report.aliases:
        return "There is nothing to upload."
    lines = [*(_step_cells(each) for each in report.steps), *map(_alias_cells, report.aliases)]
    return "\n".join([*aligned(lines), _sum(report)])


def _step_cells(report: StepReport) -> tuple[str, ...]:
    step = report.step
    told = " ".join(report.reason.split())
    return step.job_type, step.experiment, report.result, human_size(report.bytes), told


def _alias_cells(report: AliasReport) -> tuple[str, ...]:
    told = " ".join(report.reason.split())
    return report.alias, f"at {report.version}", report.result, "", told


def _sum(report: SyncReport) -> str:
    number = len(report.steps) + len(report.aliases)
    done = number - report.waiting
    if not report.waiting:
        return f"W&B has all of it; {human_size(report.bytes)} uploaded."
    return f"W&B has {done} of {number}; the rest waits for kedro wandb sync."


def sync_json(report: SyncReport) -> dict[str, Any]:
    """Return a report as JSON has it."""
    return {
        "steps": [_step_json(each) for each in report.steps],
        "aliases": [asdict(each) for each in report.aliases],
        "problem": report.problem or None,
        "waiting": report.waiting,
        "bytes": report.bytes,
    }


def _step_json(report: StepReport) -> dict[str, Any]:
    return {
        "run": report.step.id,
        "step": report.step.job_type,
        "experiment": report.step.experiment,
        "result": report.result,
        "reason": report.reason or None,
        "bytes": report.bytes,
    }

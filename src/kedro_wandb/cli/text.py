"""What the commands found or did, as text for people and as JSON for programs."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kedro_wandb.hook.table import human_size, table
from kedro_wandb.settings.project import Settings
from kedro_wandb.stores.base import ArtifactSummary, Entry, StepRecord, Version
from kedro_wandb.stores.local.leftovers import Plan
from kedro_wandb.stores.withheld import is_withheld
from kedro_wandb.sync.report import AliasReport, StepReport, SyncReport
from kedro_wandb.sync.waiting import Waiting

_NOTHING = "-"
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
_SHOWN_FILES = 50
_SHOWN_STEPS = 10


def plain(text: str) -> Text:
    """Return text whose lines are never broken, and whose brackets are no markup."""
    return Text(text, no_wrap=True, overflow="ignore")


def rows(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> Table:
    """Return a table; headings that are empty are not shown."""
    made = table(*headings)
    for each in cells:
        made.add_row(*map(Text, each))
    return made


def facts(told: Sequence[tuple[str, str]]) -> Table:
    """Return names with what they are, one a line."""
    return rows(("", ""), told)


def artifacts_text(found: Sequence[ArtifactSummary], now: dt.datetime) -> RenderableType:
    """Return a table of artifacts, one a line."""
    if not found:
        return plain("There are no artifacts yet.")
    return rows(
        ("artifact", "type", "newest", "aliases", "age", "size"),
        [
            (each.name, each.type, each.newest.label, *_version_cells(each.newest, now))
            for each in found
        ],
    )


def versions_text(found: Sequence[Version], now: dt.datetime) -> RenderableType:
    """Return a table of the versions of an artifact, newest first."""
    return rows(
        ("version", "aliases", "age", "size", "step", "run"),
        [
            (
                each.label,
                *_version_cells(each, now),
                str(each.metadata.get("pipeline", "")) or _NOTHING,
                each.step or _NOTHING,
            )
            for each in found
        ],
    )


def _version_cells(version: Version, now: dt.datetime) -> tuple[str, ...]:
    return ", ".join(version.aliases), age(version.created, now), human_size(version.size)


def version_text(
    version: Version,
    entries: Sequence[Entry],
    producers: Sequence[StepRecord],
    consumers: Sequence[StepRecord],
) -> RenderableType:
    """Return all that is known of a version."""
    known = [
        ("type", version.type),
        ("aliases", ", ".join(version.aliases) or _NOTHING),
        ("created", version.created),
        ("size", f"{human_size(version.size)} in {number(len(entries), 'file')}"),
        ("digest", version.digest),
    ]
    if any(map(is_withheld, entries)):
        known.append(("content", "withheld: no store has more than digests and sizes"))
    parts: list[RenderableType] = [plain(version.reference), _indented(facts(known))]
    if version.description:
        parts.append(_indented(Text(version.description)))
    if version.metadata:
        told = json.dumps(version.metadata, indent=2, ensure_ascii=False, default=str)
        parts += [plain("metadata"), _indented(plain(told))]
    files = [(each.name, human_size(each.size), _held_at(each)) for each in entries[:_SHOWN_FILES]]
    parts += [plain("files"), _indented(rows(("", "", ""), files))]
    parts += _more(len(entries) - _SHOWN_FILES)
    for heading, steps in (("made by", producers), ("used by", consumers)):
        parts += [plain(heading), *_steps(steps)]
    return Group(*parts)


def _held_at(entry: Entry) -> str:
    """Return the address of a file that is elsewhere, or the digest of one that is nowhere else."""
    return entry.digest if entry.ref is None or is_withheld(entry) else entry.ref


def _steps(records: Sequence[StepRecord]) -> list[RenderableType]:
    if not records:
        return [_indented(plain(_NOTHING))]
    cells = [
        (each.step.job_type, each.state, each.step.id, each.step.experiment, each.url or "")
        for each in records[:_SHOWN_STEPS]
    ]
    return [_indented(rows([""] * 5, cells)), *_more(len(records) - _SHOWN_STEPS)]


def _more(count: int) -> list[RenderableType]:
    return [_indented(plain(f"and {count} more (--json tells all)"))] if count > 0 else []


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2))


def status_text(settings: Settings, found: Waiting) -> RenderableType:
    """Return how a project tracks, where to, and what waits."""
    mode = settings.mode
    told = [
        ("mode", f"{mode.kind} ({mode.reason})"),
        ("project", settings.project),
        ("entity", settings.config.entity or "the key's own"),
        *([("server", mode.base_url)] if mode.kind == "online" else []),
        ("folder", str(settings.folder)),
        ("waiting", waiting_text(found)),
    ]
    return facts(told)


def waiting_text(found: Waiting) -> str:
    """Return what waits for an upload.

    >>> waiting_text(Waiting(steps=2, versions=1, bytes=2500, aliases=0))
    '2 steps, 1 version (2.5 kB), 0 aliases; kedro wandb sync uploads them'
    """
    if not found.steps + found.versions + found.aliases:
        return "nothing"
    return (
        f"{number(found.steps, 'step')}, {number(found.versions, 'version')}"
        f" ({human_size(found.bytes)}), {number(found.aliases, 'alias', 'es')};"
        " kedro wandb sync uploads them"
    )


def number(count: int, what: str, ending: str = "s") -> str:
    """Return a count with its noun.

    >>> number(1, "step"), number(2, "alias", "es")
    ('1 step', '2 aliases')
    """
    return f"{count} {what}{'' if count == 1 else ending}"


def pulled_text(version: Version, folder: Path, elsewhere: Sequence[Entry]) -> RenderableType:
    """Return where the files of a version are now, and which are elsewhere."""
    lines = [f"{version.reference} is in {folder}."]
    if elsewhere:
        lines += ["Not copied, since the store has their addresses only:"]
        lines += [f"  {each.name}  {each.ref}" for each in elsewhere]
    return plain("\n".join(lines))


def cleaning_text(plan: Plan) -> RenderableType:
    """Return what may be deleted, by reason."""
    if not plan.piles():
        return plain("There is nothing to delete.")
    cells = [(human_size(pile.size), f"{pile.count} {pile.told}") for pile in plan.piles()]
    return Group(rows(("", ""), cells), plain(f"{human_size(plan.size)} in all"))


def cleaning_json(plan: Plan) -> list[dict[str, Any]]:
    """Return what may be deleted, by reason."""
    return [
        {"reason": pile.reason, "count": pile.count, "bytes": pile.size} for pile in plan.piles()
    ]


def artifact_json(found: ArtifactSummary) -> dict[str, Any]:
    """Return an artifact as JSON has it."""
    newest = version_json(found.newest)
    return {
        "name": found.name,
        "type": found.type,
        "versions": found.versions,
        "newest": newest,
    }


def version_json(version: Version) -> dict[str, Any]:
    """Return a version as JSON has it."""
    return {
        "name": version.name,
        "version": version.label,
        "type": version.type,
        "aliases": list(version.aliases),
        "digest": version.digest,
        "bytes": version.size,
        "created": version.created,
        "run": version.step,
        "description": version.description,
        "metadata": dict(version.metadata),
    }


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return a file of a version as JSON has it."""
    reference: Mapping[str, Any] = {"ref": entry.ref, "extra": dict(entry.extra)}
    told = {"name": entry.name, "digest": entry.digest, "bytes": entry.size}
    return {**told, **reference} if entry.ref else told


def step_json(record: StepRecord) -> dict[str, Any]:
    """Return a step as JSON has it."""
    return {
        "run": record.step.id,
        "step": record.step.job_type,
        "experiment": record.step.experiment,
        "kedro_run_id": record.step.run_id,
        "state": record.state,
        "started": record.step.started,
        "finished": record.finished,
        "url": record.url,
    }


def age(created: str, now: dt.datetime) -> str:
    """Return how long ago a moment was.

    Args:
        created: ISO 8601, with its zone.
        now: With its zone.

    >>> age("2024-01-08T10:00:00Z", dt.datetime(2024, 1, 10, 11, tzinfo=dt.UTC))
    '2 days'
    """
    try:
        seconds = (now - dt.datetime.fromisoformat(created)).total_seconds()
    except (ValueError, TypeError):
        return "?"
    for length, unit in _UNITS:
        if (count := int(seconds // length)) >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "now"


def sync_text(report: SyncReport) -> RenderableType:
    """Return a line for each step and alias, one for all that say the same, and a sum."""
    if not report.steps and not report.aliases:
        return plain("There is nothing to upload.")
    steps = Counter(map(_step_cells, report.steps))
    cells = [(f"{name} ({count})" if count > 1 else name, *rest)
             for (name, *rest), count in steps.items()]  # fmt: skip
    cells += map(_alias_cells, report.aliases)
    return Group(rows([""] * 5, cells), plain(_sum(report)))


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

"""A store that holds everything in this process: for tests of what writes to a store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.stores.base import (
    LATEST,
    Alert,
    ArtifactSummary,
    Draft,
    Ending,
    Entry,
    Link,
    Outcome,
    Progress,
    Source,
    Step,
    StepRecord,
    Version,
)
from kedro_wandb.stores.digests import file_digest, manifest_digest
from kedro_wandb.stores.names import check_names, checked_alias, choose, place, split_reference


@dataclass
class _Kept:
    """A version with its files, and the steps that logged and used it."""

    version: Version
    entries: list[Entry]
    logged: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)


class MemoryStore:
    """Keeps versions, steps and bytes in dictionaries; see ``Store`` for what it promises."""

    label = "store in memory"

    def __init__(self) -> None:
        """Begin empty."""
        self._kept: dict[str, list[_Kept]] = {}
        self._aliases: dict[tuple[str, str], str] = {}
        self._bytes: dict[str, bytes] = {}
        self._steps: dict[str, StepRecord] = {}
        self.endings: dict[str, Ending] = {}
        self.alerts: dict[str, list[Alert]] = {}

    def open_step(self, step: Step) -> None:
        """Begin a step, or go on with it."""
        known = self._steps.get(step.id)
        self._steps[step.id] = StepRecord(known.step if known else step, "running")

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step."""
        self._steps[step] = replace(
            self.step(step),
            state=ending.state,
            finished=ending.finished,
            summary=dict(ending.summary),
        )
        self.endings[step] = ending

    def add_runs(
        self, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add steps that are over already; those that are known stay as they are."""
        new = [(step, ending) for step, ending in runs if step.id not in self._steps]
        for step, ending in new:
            self.open_step(step)
            self.close_step(step.id, ending)
            if progress is not None:
                progress(0)
        return len(new)

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:
        """Keep alerts of a step."""
        self.alerts.setdefault(step, []).extend(alerts)
        return True

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Make a version an output of a step, with ``latest`` and the aliases asked for."""
        kept, is_new = self._keep(step, draft, progress)
        if is_new:
            kept.version = replace(kept.version, step=step)
        _add(kept.logged, step)
        for alias in (LATEST, *draft.aliases):
            self._aliases[draft.name, alias] = kept.version.digest
        return Outcome(self._told(kept), "new" if is_new else "unchanged")

    def use(self, step: str, target: Draft | Version, progress: Progress | None = None) -> Outcome:
        """Make a version an input of a step; unknown content becomes one without a producer."""
        is_new = False
        if isinstance(target, Draft):
            kept, is_new = self._keep(step, target, progress)
        else:
            self.step(step)
            kept = self._of(target)
        _add(kept.used, step)
        if is_new and isinstance(target, Draft):
            for alias in (LATEST, *target.aliases):
                self._aliases[target.name, alias] = kept.version.digest
        return Outcome(self._told(kept), "new" if is_new else "unchanged")

    def _keep(self, step: str, draft: Draft, progress: Progress | None) -> tuple[_Kept, bool]:
        check_names(draft)
        self.step(step)
        entries = sorted((self._entry(each, progress) for each in draft.sources), key=_name)
        digest = manifest_digest({entry.name: entry.digest for entry in entries})
        versions = self._kept.get(draft.name, [])
        for kept in versions:
            if kept.version.digest == digest:
                return kept, False
        version = Version(
            name=draft.name,
            type=draft.type,
            number=len(versions),
            digest=digest,
            size=sum(entry.size or 0 for entry in entries),
            description=draft.description,
            metadata=dict(draft.metadata),
            created=dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z"),
        )
        self._kept.setdefault(draft.name, []).append(_Kept(version, entries))
        return self._kept[draft.name][-1], True

    def _entry(self, source: Source, progress: Progress | None) -> Entry:
        if source.path is None:
            digest = source.digest or source.ref or ""
            return Entry(source.name, digest, source.size, source.ref, dict(source.extra))
        chunks: list[bytes] = []

        def take(chunk: bytes) -> None:
            chunks.append(bytes(chunk))
            if progress is not None:
                progress(len(chunk))

        digest = file_digest(source.path, take)
        self._bytes[digest] = b"".join(chunks)
        return Entry(source.name, digest, len(self._bytes[digest]))

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        found = [self.versions(name) for name in sorted(self._kept)]
        return [ArtifactSummary(v[0].name, v[0].type, len(v), v[0]) for v in found]

    def versions(self, name: str) -> list[Version]:
        """Return the versions of an artifact, newest first."""
        if name not in self._kept:
            raise ArtifactNotFoundError.unknown_name(name, self._kept, self.label)
        return [self._told(kept) for kept in reversed(self._kept[name])]

    def find(self, reference: str) -> Version:
        """Return the version that a reference means."""
        name, alias = split_reference(reference)
        return choose(self.versions(name), name, alias, self.label)

    def entries(self, version: Version) -> list[Entry]:
        """Return the files of a version, by name."""
        return list(self._of(version).entries)

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder, which is made."""
        for entry in self._of(version).entries:
            if entry.ref is None:
                target = place(folder, entry.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self._bytes[entry.digest])
                if progress is not None:
                    progress(len(self._bytes[entry.digest]))

    def set_alias(self, version: Version, alias: str) -> None:
        """Let an alias stand for a version, and no other of the same name."""
        self._aliases[version.name, checked_alias(alias)] = self._of(version).version.digest

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that were opened last first."""
        return list(reversed(self._steps.values()))

    def step(self, step: str) -> StepRecord:
        """Return a step."""
        if step not in self._steps:
            msg = f"The {self.label} has no step {step!r}."
            raise ArtifactNotFoundError(msg)
        return self._steps[step]

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version."""
        return [self._steps[step] for step in self._of(version).logged]

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version."""
        return [self._steps[step] for step in self._of(version).used]

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""
        return [self._told(kept) for kept in self._all() if step in kept.used]

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""
        return [self._told(kept) for kept in self._all() if step in kept.logged]

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first."""
        told = [(step, replace(record, step=replace(record.step, config={}), summary={}))
                for step, record in self._steps.items()]  # fmt: skip
        return [
            Link(kind, record, replace(version, description=""))
            for step, record in told
            for kind, versions in (("use", self.inputs(step)), ("log", self.outputs(step)))
            for version in versions
        ]

    def close(self) -> None:
        """Nothing is held open."""

    def _all(self) -> Iterable[_Kept]:
        return (kept for versions in self._kept.values() for kept in versions)

    def _of(self, version: Version) -> _Kept:
        found = [k for k in self._kept.get(version.name, []) if k.version.digest == version.digest]
        if not found:
            msg = f"The {self.label} has no {version.name}:{version.digest}."
            raise ArtifactNotFoundError(msg)
        return found[0]

    def _told(self, kept: _Kept) -> Version:
        version = kept.version
        mine = (
            alias
            for (name, alias), digest in self._aliases.items()
            if (name, digest) == (version.name, version.digest)
        )
        aliases = tuple(sorted(mine, key=lambda alias: (alias != LATEST, alias)))
        return replace(version, aliases=aliases)


def _add(steps: list[str], step: str) -> None:
    if step not in steps:
        steps.append(step)


def _name(entry: Entry) -> str:
    return entry.name

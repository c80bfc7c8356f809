"""What the server remembers: projects, runs, collections, artifacts and their rules."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

HISTORY = "wandb-history.jsonl"
EVENTS = "wandb-events.jsonl"
SUMMARY = "wandb-summary.json"
OUTPUT = "output.log"

_NUMBERS = itertools.count(1)


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def md5(content: bytes) -> str:
    """Return the digest that W&B names a file by: MD5 in base64."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


class Refused(Exception):  # noqa: N818  # it is an answer, not a failure of the server
    """The request breaks a rule; the text goes to the client."""


@dataclass(eq=False, kw_only=True)
class Record:
    """Something with an id of its own."""

    kind: ClassVar[str]
    number: int = field(default_factory=lambda: next(_NUMBERS))
    created_at: str = field(default_factory=_now)

    @property
    def id(self) -> str:
        """The id on the wire; the SDK decodes it, so it has to be base64."""
        return base64.b64encode(f"{self.kind}:{self.number}".encode()).decode()


@dataclass(eq=False, kw_only=True)
class Project(Record):
    """A project of an entity."""

    kind: ClassVar[str] = "Project"
    entity_name: str
    name: str
    lists_pending: Callable[[], bool] = lambda: False
    runs: dict[str, Run] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)


@dataclass(frozen=True)
class Alert:
    """A message to the people who watch a run; the true server sends it on."""

    title: str
    text: str
    level: str


@dataclass(eq=False, kw_only=True)
class Run(Record):
    """A run: its attributes, its streamed lines, its files and its artifacts."""

    kind: ClassVar[str] = "Run"
    project: Project
    name: str
    state: str = "running"
    display_name: str | None = None
    description: str | None = None
    notes: str | None = None
    group: str | None = None
    job_type: str | None = None
    commit: str | None = None
    host: str | None = None
    tags: list[str] = field(default_factory=list)
    config: str = "{}"
    summary_metrics: str = "{}"
    exit_code: int | None = None
    lines: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    used: list[Artifact] = field(default_factory=list)
    logged: list[Artifact] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        """The config as the user gave it, without W&B's own keys."""
        given = json.loads(self.config)
        return {key: item["value"] for key, item in given.items() if key != "_wandb"}

    @property
    def summary(self) -> dict[str, Any]:
        """The summary as values."""
        values: dict[str, Any] = json.loads(self.summary_metrics)
        return values

    @property
    def history(self) -> list[dict[str, Any]]:
        """The logged rows."""
        return [json.loads(line) for line in self.lines.get(HISTORY, [])]

    def stream(self, file: str, offset: int, content: list[str]) -> None:
        """Write lines at their place, so that a request sent twice counts once."""
        lines = self.lines.setdefault(file, [])
        lines.extend([""] * (offset - len(lines)))
        lines[offset : offset + len(content)] = content
        if file == SUMMARY and content:
            self.summary_metrics = content[-1]

    def end(self, exit_code: int) -> None:
        """Take note of how the run's program ended."""
        self.exit_code = exit_code
        self.state = "failed" if exit_code else "finished"

    def use(self, artifact: Artifact) -> None:
        """Make an artifact an input of the run."""
        if artifact not in self.used:
            self.used.append(artifact)
            artifact.used_by.append(self)

    def log(self, artifact: Artifact) -> None:
        """Make an artifact an output of the run."""
        if artifact not in self.logged:
            self.logged.append(artifact)


@dataclass(eq=False, kw_only=True)
class Collection(Record):
    """The versions of one artifact name, their aliases and the bytes of their files."""

    kind: ClassVar[str] = "ArtifactSequence"
    project: Project
    name: str
    type: str
    description: str | None = None
    artifacts: list[Artifact] = field(default_factory=list)
    aliases: dict[str, Artifact] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    births: dict[str, Artifact] = field(default_factory=dict)
    committed: int = 0

    @property
    def versions(self) -> list[Artifact]:
        """The committed versions, oldest first."""
        done = [artifact for artifact in self.artifacts if artifact.state == "COMMITTED"]
        return sorted(done, key=lambda artifact: artifact.version_index or 0)

    def find(self, alias: str) -> Artifact | None:
        """Return the version that an alias or a version name stands for."""
        if alias in self.aliases:
            return self.aliases[alias]
        return next((each for each in self.versions if each.version == alias), None)

    def with_digest(self, digest: str) -> Artifact | None:
        """Return the version of that content, else one that was announced with it."""
        same = [each for each in self.artifacts if each.digest == digest]
        states = "COMMITTED", "PENDING"
        return next((each for state in states for each in same if each.state == state), None)

    def listed(self, *, pending: bool) -> list[Artifact]:
        """Return the versions, oldest first, and what was announced if that is wanted."""
        announced = [each for each in self.artifacts if each.state == "PENDING"]
        return [*self.versions, *announced] if pending else self.versions

    def move_aliases(self, artifact: Artifact, aliases: list[str]) -> None:
        """Let aliases stand for an artifact, whatever they stood for before."""
        for alias in aliases:
            if re.fullmatch(r"v\d+", alias):
                message = f"alias {alias!r} looks like a version"
                raise Refused(message)
            self.aliases[alias] = artifact

    def drop_aliases(self, artifact: Artifact, aliases: list[str]) -> None:
        """Take aliases from an artifact."""
        for alias in aliases:
            if self.aliases.get(alias) is artifact:
                del self.aliases[alias]

    def store(self, digest: str, content: bytes) -> None:
        """Keep a file of a version, if it is what the client announced."""
        if md5(content) != digest:
            message = "BadDigest"
            raise Refused(message)
        self.blobs[digest] = content


@dataclass(eq=False, kw_only=True)
class Artifact(Record):
    """One version of a collection; it gets its number when it is committed."""

    kind: ClassVar[str] = "Artifact"
    collection: Collection
    digest: str
    digest_algorithm: str = "MANIFEST_MD5"
    state: str = "PENDING"
    version_index: int | None = None
    description: str | None = None
    metadata: str | None = None
    ttl: int = -1
    tags: list[str] = field(default_factory=list)
    wanted_aliases: list[str] = field(default_factory=list)
    client_ids: set[str] = field(default_factory=set)
    history_step: int | None = None
    created_by: Run | None = None
    used_by: list[Run] = field(default_factory=list)
    manifest_digest: str = ""
    manifest: bytes | None = None

    @property
    def version(self) -> str:
        """The version's name, ``v0`` or further."""
        return f"v{self.version_index}"

    @property
    def aliases(self) -> list[str]:
        """The aliases that stand for this version."""
        given = self.collection.aliases.items()
        return [alias for alias, artifact in given if artifact is self]

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The manifest's entries by file name."""
        contents: dict[str, dict[str, Any]] = json.loads(self.manifest or b"{}").get("contents", {})
        return contents

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of every file that was uploaded; references have none here."""
        stored = {name: entry for name, entry in self.entries.items() if "ref" not in entry}
        return {name: self.collection.blobs[entry["digest"]] for name, entry in stored.items()}

    @property
    def size(self) -> int:
        """The size of all entries in bytes."""
        return sum(entry.get("size", 0) for entry in self.entries.values())

    def store_manifest(self, content: bytes) -> None:
        """Keep the manifest, if it is the one announced."""
        if md5(content) != self.manifest_digest:
            message = "BadDigest"
            raise Refused(message)
        self.manifest = content

    def commit(self) -> None:
        """Make this the collection's newest version; a second time changes nothing."""
        if self.state == "COMMITTED":
            return
        if self.manifest is None:
            message = "the manifest was not uploaded"
            raise Refused(message)
        missing = [
            name
            for name, entry in self.entries.items()
            if "ref" not in entry and entry["digest"] not in self.collection.blobs
        ]
        if missing:
            message = f"not uploaded: {', '.join(missing)}"
            raise Refused(message)
        self.state = "COMMITTED"
        self.version_index = self.collection.committed
        self.collection.committed += 1
        self.collection.move_aliases(self, ["latest", *self.wanted_aliases])

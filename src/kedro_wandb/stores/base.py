"""What a store of versioned artifacts is, whichever keeps the bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

LATEST = "latest"

State = Literal["running", "finished", "failed", "interrupted", "killed"]
"""How a step is or how it ended; all but ``finished`` are failures to W&B."""

Status = Literal["new", "unchanged"]

Kind = Literal["log", "use"]
"""What a step did with a version."""

Progress = Callable[[int], object]
"""Called with numbers of bytes as they are moved."""


@dataclass(frozen=True)
class Source:
    """A file that is to become an entry of an artifact.

    Attributes:
        name: Name of the entry, without any local path.
        path: The local file; ``None`` for a reference.
        ref: Address of a file that stays where it is; ``None`` for a local file.
        digest: For a reference: what changes when the content does (such as an ETag).
        size: In bytes, for a reference.
        extra: For a reference: further facts for the manifest.
    """

    name: str
    path: Path | None = None
    ref: str | None = None
    digest: str | None = None
    size: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """An artifact that is to be logged or used.

    Attributes:
        name: Name of the artifact (W&B's collection).
        type: W&B's artifact type.
        sources: Its files.
        description: For people.
        metadata: Facts about the content; they are no part of the digest.
        aliases: Besides ``latest``, which is always set.
    """

    name: str
    type: str
    sources: tuple[Source, ...]
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def only_file(self) -> Path | None:
        """The file on this machine that is all of it; ``None`` if it is more, or elsewhere."""
        return self.sources[0].path if len(self.sources) == 1 else None


@dataclass(frozen=True)
class Entry:
    """A file of a version.

    Attributes:
        name: Its name in the artifact.
        digest: MD5 in base64, or whatever a reference goes by.
        size: In bytes; ``None`` if unknown (a reference).
        ref: Address, if the bytes are not in the store.
        extra: Further facts of the manifest.
    """

    name: str
    digest: str
    size: int | None
    ref: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """A version of an artifact, as it is in the store.

    Attributes:
        name: Name of the artifact.
        type: W&B's artifact type.
        number: 0 for ``v0``.
        digest: W&B's digest of the content, 32 hexadecimal digits.
        size: In bytes, of all entries.
        aliases: All that stand for it now, ``latest`` included.
        description: For people.
        metadata: As logged with the version.
        created: When it was logged, UTC, ISO 8601 with ``Z``.
        step: Id of the step that made it; ``None`` if it was only ever used.
    """

    name: str
    type: str
    number: int
    digest: str
    size: int
    aliases: tuple[str, ...] = ()
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    step: str | None = None

    @property
    def label(self) -> str:
        """``v0`` or further."""
        return f"v{self.number}"

    @property
    def reference(self) -> str:
        """``name:v0`` or further."""
        return f"{self.name}:{self.label}"


EventKind = Literal[
    "step_opened",
    "step_reopened",
    "version_logged",
    "version_used",
    "alias_set",
    "alias_removed",
    "step_ended",
]


@dataclass(frozen=True)
class Event:
    """Something that happened in a local store, to be told to W&B in that order.

    Attributes:
        number: Its place in the order.
        kind: What happened.
        at: When, in seconds since the epoch.
        step: Id of the step that did it; ``None`` if an alias was set or removed by hand.
        version: As it is now; ``None`` where a step was opened or ended.
        aliases: What a step asked for besides ``latest``, or the one that was set or removed.
    """

    number: int
    kind: EventKind
    at: float
    step: str | None
    version: Version | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a draft: the version, and whether it was made by this."""

    version: Version
    status: Status


@dataclass(frozen=True)
class Step:
    """A step to be opened: one modular pipeline in one Kedro run, one W&B run.

    Attributes:
        id: Unique; W&B's run id.
        job_type: Name of the modular pipeline.
        experiment: W&B's group: all steps of one execution.
        run_id: Kedro's run id.
        name: What W&B shows as the run's name.
        config: Parameters, command, versions; JSON values only, nothing secret.
        tags: W&B's tags.
        started: Seconds since the epoch.
    """

    id: str
    job_type: str
    experiment: str
    run_id: str
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    started: float = 0.0


@dataclass(frozen=True)
class Ending:
    """How a step ended.

    Attributes:
        state: ``finished`` or what else.
        finished: Seconds since the epoch.
        summary: Flat numbers for W&B's summary.
        media: Local files by name, for W&B's media panels: images, Plotly's figures (``.json``)
            and pages (``.html``).
    """

    state: State
    finished: float
    summary: Mapping[str, float] = field(default_factory=dict)
    media: Mapping[str, Path] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """W&B's: 0 if all went well."""
        return 0 if self.state == "finished" else 1


@dataclass(frozen=True)
class MediaFile:
    """An image, figure or page of a step.

    Attributes:
        path: Where the store keeps it, without a suffix.
        suffix: What its name ended with, such as ``.png``.
    """

    path: Path
    suffix: str


@dataclass(frozen=True)
class StepRecord:
    """A step as the store remembers it.

    Attributes:
        step: As it was opened.
        state: How it is now.
        finished: Seconds since the epoch; ``None`` while it runs.
        url: Where to look at it; ``None`` for the local store.
        summary: Its metrics by name.
    """

    step: Step
    state: State
    finished: float | None = None
    url: str | None = None
    summary: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """That a step logged or used a version.

    Attributes:
        kind: Which of the two.
        step: Without its config and summary.
        version: Without its description; of its metadata, ``inputs`` at least.
    """

    kind: Kind
    step: StepRecord
    version: Version


@dataclass(frozen=True)
class ArtifactSummary:
    """An artifact's name with its newest version."""

    name: str
    type: str
    versions: int
    newest: Version


AlertLevel = Literal["INFO", "WARN", "ERROR"]


@dataclass(frozen=True)
class Alert:
    """A message to the people who watch the runs; a title has less than 64 characters."""

    title: str
    text: str
    level: AlertLevel


class Store(Protocol):
    """Versioned artifacts and the steps that made or used them.

    A version is new only if its content is: equal content gives the version that has
    it, and the aliases asked for (always ``latest`` too) move to it.

    Every method may raise ``StoreUnavailableError``.
    """

    label: str
    """How messages call it, such as ``local store``."""

    def open_step(self, step: Step) -> None:
        """Begin a step; opening it again goes on with it."""

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Make a version an output of a step.

        Raises:
            FileChangedError: A file changed while it was read.
            OSError: A file can't be read.
        """

    def use(self, step: str, target: Draft | Version, progress: Progress | None = None) -> Outcome:
        """Make a version an input of a step.

        A draft stands for the version with its content; if there is none, one is made
        that no step has produced.

        Raises:
            FileChangedError: A file changed while it was read.
            OSError: A file can't be read.
        """

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step."""

    def add_runs(
        self, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add steps that are over already; those that are known by their ids stay as they are.

        Args:
            runs: Each with its end, without media.
            progress: Called with 0 for each, as a sign of life.

        Returns:
            How many were new.
        """

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:
        """Send alerts of a step that is open, and return whether this store can send any."""

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""

    def versions(self, name: str) -> list[Version]:
        """Return the versions of an artifact, newest first.

        Raises:
            ArtifactNotFoundError: There is no artifact of that name.
        """

    def find(self, reference: str) -> Version:
        """Return the version that ``name:alias``, ``name:v3``, ``name:digest`` or ``name`` means.

        Raises:
            ArtifactNotFoundError: With what there is instead.
        """

    def entries(self, version: Version) -> list[Entry]:
        """Return the files of a version, by name."""

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder, which is made.

        References are not fetched.

        Raises:
            DamagedArtifactError: The bytes are not those that were logged.
        """

    def set_alias(self, version: Version, alias: str) -> None:
        """Let an alias stand for a version, and no other of the same name.

        Raises:
            ValueError: The alias looks like a version, or has characters W&B refuses.
        """

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""

    def step(self, step: str) -> StepRecord:
        """Return a step.

        Raises:
            ArtifactNotFoundError: There is none with that id.
        """

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it."""

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, asked for at once."""

    def close(self) -> None:
        """Give back what the store holds open."""

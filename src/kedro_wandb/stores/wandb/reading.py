"""What can be asked of W&B's server without changing it, by the SDK's public API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import wandb

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import ArtifactSummary, Entry, Link, Progress, StepRecord, Version
from kedro_wandb.stores.names import choose, split_reference
from kedro_wandb.stores.patience import answered
from kedro_wandb.stores.wandb import asking
from kedro_wandb.stores.wandb.connection import Connection, is_absence
from kedro_wandb.stores.wandb.downloads import download, download_file
from kedro_wandb.stores.wandb.links import all_links
from kedro_wandb.stores.wandb.records import (
    is_ours,
    number_of,
    record_of,
    told,
    told_with_maker,
)

T = TypeVar("T")

_PAGE = 100


class CloudReader:
    """A project on W&B's server.

    Args:
        project: Its name.
        entity: The user or team it belongs to; ``None``: the key's own.
        timeouts: How long to wait.

    Attributes:
        server: Asked with patience.
    """

    label = "W&B project"

    def __init__(self, project: str, entity: str | None, timeouts: Timeouts) -> None:
        self.server = Connection(project, entity, timeouts)
        self._types: dict[str, str] = {}

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        return self.server.ask("list the artifacts", self._summaries)

    def versions(self, name: str) -> list[Version]:
        """Return the versions of an artifact, newest first.

        Raises:
            ArtifactNotFoundError: There is no artifact of that name.
        """

        def ask() -> list[Version]:
            found = self._versions([name]).get(name)
            if not found or not is_ours(found[0].version.type):
                self._types = self._collections()
                raise ArtifactNotFoundError.unknown_name(name, self._types, self.label)
            return [each.version for each in found]

        return self.server.ask(f"list the versions of {name}", ask)

    def find(self, reference: str) -> Version:
        """Return the version that ``name:alias``, ``name:v3``, ``name:digest`` or ``name`` means.

        Raises:
            ArtifactNotFoundError: With what there is instead.
        """
        return self.server.ask(f"find {reference}", lambda: self._find(*split_reference(reference)))

    def entries(self, version: Version) -> list[Entry]:
        """Return the files of a version, by name.

        Raises:
            ArtifactNotFoundError: There is no such version.
        """

        def ask() -> list[Entry]:
            found = self._artifact(version).manifest.entries.values()
            return [
                Entry(str(each.path), each.digest, each.size, each.ref, dict(each.extra))
                for each in sorted(found, key=lambda each: str(each.path))
            ]

        return self.server.ask(f"list the files of {version.reference}", ask)

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder, which is made.

        References are not fetched.

        Raises:
            ArtifactNotFoundError: There is no such version.
            DamagedArtifactError: The bytes are not those that were logged.
            OSError: A file can't be written.
        """
        self.server.ask(
            f"send {version.reference}",
            lambda: download(self._artifact(version), folder, progress),
            self.server.patience(version.size),
            progress,
        )

    def sender(self, version: Version) -> Callable[[Entry, Path], None]:
        """Return what puts one file of a version, and no other, to a path that is free.

        Raises:
            ArtifactNotFoundError: There is no such version.
        """
        artifact = self.server.ask(f"find {version.reference}", lambda: self._artifact(version))

        def send(entry: Entry, file: Path) -> None:
            self.server.ask(
                f"send {entry.name} of {version.reference}",
                lambda: download_file(artifact, entry.name, file),
                self.server.patience(entry.size or 0),
            )

        return send

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""

        def ask() -> list[StepRecord]:
            with self.server.lock:
                found = self.server.fresh_api().runs(
                    self.server.path(), order="-created_at", per_page=_PAGE, lazy=False
                )
                try:
                    records = [record_of(run, is_whole=True) for run in _pages(found)]
                except Exception as error:
                    if is_absence(error):  # of the project
                        return []
                    raise
            return sorted(records, key=lambda record: record.step.started, reverse=True)

        return self.server.ask("list the runs", ask)

    def step(self, step: str) -> StepRecord:
        """Return a step.

        Raises:
            ArtifactNotFoundError: There is none with that id.
        """

        def ask() -> StepRecord:
            run = self.server.run(step)
            if run is None:
                msg = f"The {self.label} has no step {step!r}."
                raise ArtifactNotFoundError(msg)
            return record_of(run)

        return self.server.ask(f"tell of the step {step}", ask)

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it.

        W&B remembers the maker alone. Who else has logged the same content is looked for
        among the newest hundred runs of the maker's job type.
        """

        def ask() -> list[StepRecord]:
            artifact = self._artifact(version)
            first = artifact.logged_by()
            makers = [] if first is None else [record_of(first)]
            logs = self._logs_of(makers[0].step.job_type if makers else None)
            ids = [id_ for id_, logged in logs.items() if artifact.id in logged]
            known = {each.step.id for each in makers}
            runs = [self.server.run(id_) for id_ in ids if id_ not in known]
            others = [record_of(run) for run in runs if run is not None]
            return [*makers, *sorted(others, key=lambda record: record.step.started)]

        return self.server.ask(f"tell who made {version.reference}", ask)

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""

        def ask() -> list[StepRecord]:
            users = [record_of(run) for run in self._artifact(version).used_by()]
            return sorted(users, key=lambda record: record.step.started)

        return self.server.ask(f"tell who used {version.reference}", ask)

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""
        return self._linked(step, "inputArtifacts")

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""
        return self._linked(step, "outputArtifacts")

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, by a request for 100 runs."""

        def ask() -> list[Link]:
            server = self.server
            return all_links(server.answer, server.pages(), str(server.entity), server.project)

        return self.server.ask("tell what all runs logged and used", ask)

    def _logs_of(self, job_type: str | None) -> dict[str, set[str]]:
        """Return the newest runs, each with the ids of what it logged."""
        return asking.logs_of(self.server.answer, self.server.place(), job_type)

    def _linked(self, step: str, link: asking.Link) -> list[Version]:
        def ask() -> list[Version]:
            found = asking.linked(self.server.answer, self.server.place(), step, link)
            return [each.version for each in found if is_ours(each.version.type)]

        return self.server.ask(f"tell of the step {step}", ask)

    def _versions(self, names: Sequence[str]) -> dict[str, list[asking.Remote]]:
        return asking.versions_of(self.server.answer, self.server.place(), names)

    def _find(self, name: str, alias: str) -> Version:
        try:
            artifact = self.server.api().artifact(f"{self.server.path(name)}:{alias}")
        except Exception as error:
            if not is_absence(error):
                raise
            listed = self._all(name)
            versions = [told(each) for each in listed]
            artifact = listed[versions.index(choose(versions, name, alias, self.label))]
        return told_with_maker(artifact)

    def _artifact(self, version: Version) -> wandb.Artifact:
        """Return the SDK's object for a version, which any store may have told."""
        listed = self._all(version.name)
        for artifact in listed:
            if artifact.digest == version.digest:
                return artifact
        known = [artifact.digest for artifact in listed]
        raise ArtifactNotFoundError.unknown_version(version.name, version.digest, known, self.label)

    def _all(self, name: str) -> list[wandb.Artifact]:
        """Return the versions of an artifact, newest first."""
        if name not in self._types:
            self._types = self._collections()
        if name not in self._types:
            raise ArtifactNotFoundError.unknown_name(name, self._types, self.label)
        return self._listed(self._types[name], name)

    def _listed(self, kind: str, name: str) -> list[wandb.Artifact]:
        """Return the versions of a name, newest first; none if it has another type."""
        found = self.server.api().artifacts(kind, self.server.path(name), per_page=_PAGE)

        def committed() -> list[wandb.Artifact]:
            page = found.last_response
            edges = [] if page is None else page.edges
            nodes = (each for each in edges if each.node and each.node.state == "COMMITTED")
            return [found._convert(each) for each in nodes]  # noqa: SLF001 - see below

        # The SDK breaks on a version that was announced and not committed: it has no number.
        found.convert_objects = committed  # type: ignore[method-assign]
        try:
            return sorted(_pages(found), key=number_of, reverse=True)
        except Exception as error:
            if is_absence(error):
                return []
            raise

    def _collections(self) -> dict[str, str]:
        """Return type by name of all artifacts."""
        api = self.server.api()
        try:
            return {
                collection.name: kind.name
                for kind in _pages(api.artifact_types(self.server.path()))
                if is_ours(kind.name)
                for collection in _pages(kind.collections())
            }
        except Exception as error:
            if is_absence(error):
                return {}
            raise

    def _summaries(self) -> list[ArtifactSummary]:
        self._types = self._collections()
        names = sorted(self._types)
        versions = self._versions(names)
        return [
            ArtifactSummary(name, self._types[name], len(found), found[0].version)
            for name in names
            if (found := versions.get(name))
        ]


def _pages(found: Iterable[T]) -> Iterator[T]:
    """Yield what the SDK asks for page by page, each of which is an answer."""
    for each in found:
        answered()
        yield each

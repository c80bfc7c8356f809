"""What a project on W&B's server has, asked for by the SDK's public API and by GraphQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import wandb

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.stores.base import ArtifactSummary, Entry, Link, StepRecord, Version
from kedro_wandb.stores.names import choose, split_reference
from kedro_wandb.stores.patience import answered
from kedro_wandb.stores.wandb import asking
from kedro_wandb.stores.wandb.connection import Connection, is_absence
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


class Contents:
    """What is in a project; each method is to be called within a question to its server.

    Args:
        server: Where the project is.
        label: What messages call it.
    """

    def __init__(self, server: Connection, label: str) -> None:
        self.server, self._label = server, label
        self._types: dict[str, str] = {}

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        self._types = self.types()
        names = sorted(self._types)
        versions = self.remotes(names)
        return [
            ArtifactSummary(name, self._types[name], len(found), found[0].version)
            for name in names
            if (found := versions.get(name))
        ]

    def versions(self, name: str) -> list[Version]:
        """Return the versions of an artifact, newest first."""
        found = self.remotes([name]).get(name)
        if not found or not is_ours(found[0].version.type):
            self._types = self.types()
            raise ArtifactNotFoundError.unknown_name(name, self._types, self._label)
        return [each.version for each in found]

    def remotes(self, names: Sequence[str]) -> dict[str, list[asking.Remote]]:
        """Return the versions of artifacts, newest first; no key for a name that is unknown."""
        return asking.versions_of(self.server.answer, self.server.place(), names)

    def remote(self, version: Version) -> asking.Remote:
        """Return the server's version, which any store may have told."""
        listed = self.remotes([version.name]).get(version.name, [])
        for each in listed:
            if each.version.digest == version.digest:
                return each
        if not listed:
            self._types = self.types()
            raise ArtifactNotFoundError.unknown_name(version.name, self._types, self._label)
        known = [each.version.digest for each in listed]
        raise ArtifactNotFoundError.unknown_version(
            version.name, version.digest, known, self._label
        )

    def find(self, reference: str) -> Version:
        """Return the version that a reference means."""
        name, alias = split_reference(reference)
        try:
            artifact = self.server.api().artifact(f"{self.server.path(name)}:{alias}")
        except Exception as error:
            if not is_absence(error):
                raise
            listed = self.all(name)
            versions = [told(each) for each in listed]
            artifact = listed[versions.index(choose(versions, name, alias, self._label))]
        return told_with_maker(artifact)

    def entries(self, version: Version) -> list[Entry]:
        """Return the files of a version, by name."""
        found = self.artifact(version).manifest.entries.values()
        return [
            Entry(str(each.path), each.digest, each.size, each.ref, dict(each.extra))
            for each in sorted(found, key=lambda each: str(each.path))
        ]

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""
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

    def step(self, step: str) -> StepRecord:
        """Return a step."""
        run = self.server.run(step)
        if run is None:
            msg = f"The {self._label} has no step {step!r}."
            raise ArtifactNotFoundError(msg)
        return record_of(run)

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it."""
        artifact = self.artifact(version)
        first = artifact.logged_by()
        makers = [] if first is None else [record_of(first)]
        kind = makers[0].step.job_type if makers else None
        logs = asking.logs_of(self.server.answer, self.server.place(), kind)
        ids = [id_ for id_, logged in logs.items() if artifact.id in logged]
        known = {each.step.id for each in makers}
        runs = [self.server.run(id_) for id_ in ids if id_ not in known]
        others = [record_of(run) for run in runs if run is not None]
        return [*makers, *sorted(others, key=lambda record: record.step.started)]

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""
        users = [record_of(run) for run in self.artifact(version).used_by()]
        return sorted(users, key=lambda record: record.step.started)

    def linked(self, step: str, link: asking.Link) -> list[Version]:
        """Return what a step used or logged."""
        found = asking.linked(self.server.answer, self.server.place(), step, link)
        return [each.version for each in found if is_ours(each.version.type)]

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, by a request for 100 runs."""
        server = self.server
        return all_links(server.answer, server.pages(), str(server.entity), server.project)

    def artifact(self, version: Version) -> wandb.Artifact:
        """Return the SDK's object for a version, which any store may have told."""
        listed = self.all(version.name)
        for artifact in listed:
            if artifact.digest == version.digest:
                return artifact
        known = [artifact.digest for artifact in listed]
        raise ArtifactNotFoundError.unknown_version(
            version.name, version.digest, known, self._label
        )

    def all(self, name: str) -> list[wandb.Artifact]:
        """Return the versions of an artifact, newest first."""
        if name not in self._types:
            self._types = self.types()
        if name not in self._types:
            raise ArtifactNotFoundError.unknown_name(name, self._types, self._label)
        return self.listed(self._types[name], name)

    def listed(self, kind: str, name: str) -> list[wandb.Artifact]:
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

    def types(self) -> dict[str, str]:
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


def _pages(found: Iterable[T]) -> Iterator[T]:
    """Yield what the SDK asks for page by page, each of which is an answer."""
    for each in found:
        answered()
        yield each

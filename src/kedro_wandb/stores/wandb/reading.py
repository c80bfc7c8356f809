"""What can be asked of W&B's server without changing it, by the SDK's public API."""

from __future__ import annotations

import json
import math
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import wandb
from wandb.apis.public import Run
from wandb.errors import CommError

from kedro_wandb.errors import (
    ArtifactNotFoundError,
    SdkError,
    StoreUnavailableError,
    TrackingError,
)
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores.base import ArtifactSummary, Entry, Link, Progress, StepRecord, Version
from kedro_wandb.stores.names import choose, split_reference
from kedro_wandb.stores.patience import bounded, concurrently
from kedro_wandb.stores.wandb import asking
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
_PAGES = 4
"""Answers that a list of runs may take the time of."""

_MEGABYTE = 1e6

_BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
)
"""What no server can be blamed for."""


class CloudReader:
    """A project on W&B's server.

    Args:
        project: Its name.
        entity: The user or team it belongs to; ``None``: the key's own.
        timeouts: How long to wait.
    """

    label = "W&B project"

    def __init__(self, project: str, entity: str | None, timeouts: Timeouts) -> None:
        self.project = project
        self._entity = entity
        self._timeouts = timeouts
        self._public: wandb.Api | None = None
        self._lock = threading.RLock()
        self._types: dict[str, str] = {}

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        return self._ask("list the artifacts", self._summaries)

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

        return self._ask(f"list the versions of {name}", ask)

    def find(self, reference: str) -> Version:
        """Return the version that ``name:alias``, ``name:v3``, ``name:digest`` or ``name`` means.

        Raises:
            ArtifactNotFoundError: With what there is instead.
        """
        return self._ask(f"find {reference}", lambda: self._find(*split_reference(reference)))

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

        return self._ask(f"list the files of {version.reference}", ask)

    def fetch(self, version: Version, folder: Path, progress: Progress | None = None) -> None:
        """Put the files of a version into a folder, which is made.

        References are not fetched.

        Raises:
            ArtifactNotFoundError: There is no such version.
            DamagedArtifactError: The bytes are not those that were logged.
            OSError: A file can't be written.
        """
        self._ask(
            f"send {version.reference}",
            lambda: download(self._artifact(version), folder, progress),
            self._patience(version.size),
            progress,
        )

    def sender(self, version: Version) -> Callable[[Entry, Path], None]:
        """Return what puts one file of a version, and no other, to a path that is free.

        Raises:
            ArtifactNotFoundError: There is no such version.
        """
        artifact = self._ask(f"find {version.reference}", lambda: self._artifact(version))

        def send(entry: Entry, file: Path) -> None:
            self._ask(
                f"send {entry.name} of {version.reference}",
                lambda: download_file(artifact, entry.name, file),
                self._patience(entry.size or 0),
            )

        return send

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""

        def ask() -> list[StepRecord]:
            with self._lock:
                api = self._api()
                # Else it tells what it was told before.
                api.flush()  # type: ignore[no-untyped-call]
                place = f"{self._entity}/{self.project}"
                found = api.runs(place, order="-created_at", per_page=_PAGE, lazy=False)
                try:
                    records = [record_of(run, is_whole=True) for run in found]
                except Exception as error:
                    if is_absence(error):  # of the project
                        return []
                    raise
            return sorted(records, key=lambda record: record.step.started, reverse=True)

        return self._ask("list the runs", ask, _PAGES * self._timeouts.call)

    def step(self, step: str) -> StepRecord:
        """Return a step.

        Raises:
            ArtifactNotFoundError: There is none with that id.
        """

        def ask() -> StepRecord:
            run = self._run(step)
            if run is None:
                msg = f"The {self.label} has no step {step!r}."
                raise ArtifactNotFoundError(msg)
            return record_of(run)

        return self._ask(f"tell of the step {step}", ask)

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
            runs = [self._run(id_) for id_ in ids if id_ not in known]
            others = [record_of(run) for run in runs if run is not None]
            return [*makers, *sorted(others, key=lambda record: record.step.started)]

        return self._ask(f"tell who made {version.reference}", ask)

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""

        def ask() -> list[StepRecord]:
            users = [record_of(run) for run in self._artifact(version).used_by()]
            return sorted(users, key=lambda record: record.step.started)

        return self._ask(f"tell who used {version.reference}", ask)

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""
        return self._linked(step, "inputArtifacts")

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""
        return self._linked(step, "outputArtifacts")

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, by a request for 100 runs."""

        def ask() -> list[Link]:
            service = self._api()._service_api  # noqa: SLF001 - GraphQL has no public way
            return all_links(
                service.execute_graphql, service.app_url, str(self._entity), self.project
            )

        return self._ask("tell what all runs logged and used", ask, _PAGES * self._timeouts.call)

    def _logs_of(self, job_type: str | None) -> dict[str, set[str]]:
        """Return the newest runs, each with the ids of what it logged."""
        return asking.logs_of(self._answer, self._place(), job_type)

    def _linked(self, step: str, link: asking.Link) -> list[Version]:
        def ask() -> list[Version]:
            found = asking.linked(self._answer, self._place(), step, link)
            return [each.version for each in found if is_ours(each.version.type)]

        return self._ask(f"tell of the step {step}", ask)

    def _versions(self, names: Sequence[str]) -> dict[str, list[asking.Remote]]:
        return asking.versions_of(self._answer, self._place(), names)

    def _place(self) -> dict[str, str | None]:
        self._api()
        return {"entity": self._entity, "project": self.project}

    def _answer(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        # The public API has no other way to ask for what it does not list.
        service = self._api()._service_api  # noqa: SLF001 - see above
        data: Mapping[str, Any] = service.execute_graphql(query, variables)
        return data

    def _ask(
        self,
        what: str,
        action: Callable[[], T],
        seconds: float | None = None,
        tick: Progress | None = None,
    ) -> T:
        """Return what the server answers.

        Raises:
            StoreUnavailableError: It does not answer, not in time, or not as it should.
            SdkError: The SDK broke down by itself.
            TrackingError: As the action raises it.
            OSError: A local file can't be read or written.
        """
        limit = self._timeouts.call if seconds is None else seconds
        try:
            return bounded(limit, action, tick)
        except TrackingError:
            raise
        except _BUGS as error:
            raise _sdk_error(what, error) from error
        except Exception as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise  # a local file's; the network's have no file name
            reason = redacted_text(" ".join(str(error).split()))  # it may quote a signed address
            msg = f"W&B could not be asked to {what}: {reason}"
            raise StoreUnavailableError(msg) from error

    def _patience(self, size: int) -> float:
        speed = self._timeouts.upload_megabytes_per_second * _MEGABYTE
        return self._timeouts.call + size / speed

    def _api(self) -> wandb.Api:
        with self._lock:
            if self._public is None:
                overrides = {"project": self.project}
                if self._entity is not None:
                    overrides["entity"] = self._entity
                self._public = wandb.Api(overrides, timeout=math.ceil(self._timeouts.call))
            if self._entity is None:
                self._entity = self._public.settings["entity"] or self._public.default_entity
            return self._public

    def _path(self, name: str) -> str:
        self._api()
        return f"{self._entity}/{self.project}/{name}"

    def _run(self, step: str) -> Run | None:
        with self._lock:
            api = self._api()
            # Else it tells what it was told before.
            api.flush()  # type: ignore[no-untyped-call]
            try:
                return api.run(self._path(step))
            except Exception as error:
                if is_absence(error):
                    return None
                raise

    def _find(self, name: str, alias: str) -> Version:
        try:
            artifact = self._api().artifact(f"{self._path(name)}:{alias}")
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
        found = self._api().artifacts(kind, self._path(name), per_page=_PAGE)

        def committed() -> list[wandb.Artifact]:
            page = found.last_response
            edges = [] if page is None else page.edges
            nodes = (each for each in edges if each.node and each.node.state == "COMMITTED")
            return [found._convert(each) for each in nodes]  # noqa: SLF001 - see below

        # The SDK breaks on a version that was announced and not committed: it has no number.
        found.convert_objects = committed  # type: ignore[method-assign]
        try:
            return sorted(found, key=number_of, reverse=True)
        except Exception as error:
            if is_absence(error):
                return []
            raise

    def _collections(self) -> dict[str, str]:
        """Return type by name of all artifacts."""
        api = self._api()
        try:
            return {
                collection.name: kind.name
                for kind in api.artifact_types(f"{self._entity}/{self.project}")
                if is_ours(kind.name)
                for collection in kind.collections()
            }
        except Exception as error:
            if is_absence(error):
                return {}
            raise

    def _summaries(self) -> list[ArtifactSummary]:
        self._types = self._collections()
        names = sorted(self._types)
        listed = dict(zip(names, concurrently(self._all, names), strict=True))
        return [
            ArtifactSummary(name, self._types[name], len(found), told_with_maker(found[0]))
            for name, found in listed.items()
            if found
        ]


def _sdk_error(what: str, error: Exception) -> SdkError:
    reason = redacted_text(" ".join(f"{type(error).__name__} {error}".split()))
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}"
    return SdkError(f"W&B's SDK {wandb.__version__} failed to {what}: {reason} ({where}).")


def is_absence(error: Exception) -> bool:
    """Tell that something is not there from not having found out.

    The public API raises a ``ValueError`` for the former, wrapped or not.
    """
    cause = error.exc if isinstance(error, CommError) else error
    unreadable = pydantic.ValidationError | json.JSONDecodeError
    return isinstance(cause, ValueError) and not isinstance(cause, unreadable)

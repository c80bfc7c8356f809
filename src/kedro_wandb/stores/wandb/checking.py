"""What W&B's server has of a step that the local store kept, and what it lacks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from wandb.apis.public import Run

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import State, Version
from kedro_wandb.stores.waiting import MediaFile, Operation, WaitingStep
from kedro_wandb.stores.wandb.reading import CloudReader
from kedro_wandb.stores.wandb.records import told
from kedro_wandb.stores.wandb.sdk import ENDED

_PAGE = 100
_FAILED = {"failed", "crashed", "killed"}


@dataclass(frozen=True)
class Gaps:
    """What the server lacks of a step.

    Attributes:
        begun: Whether it has the run at all.
        operations: Those whose version it lacks, or that the version is the run's.
        images: Names of those it lacks.
        others: What else is not as it should be, for people.
        there: W&B's versions by our references, of those that it has.
    """

    begun: bool
    operations: tuple[Operation, ...] = ()
    images: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    there: Mapping[str, Version] = field(default_factory=dict)

    @property
    def only_inputs(self) -> bool:
        """Whether nothing else is lacking than that versions were used."""
        whole = self.begun and not self.images and not self.others
        return whole and all(each.kind == "use" for each in self.operations)

    @property
    def none(self) -> bool:
        """Whether the server has all of the step."""
        return self.only_inputs and not self.operations

    def __str__(self) -> str:
        """Return what is lacking, for people."""
        if not self.begun:
            return "the run"
        operations = (f"{each.version.reference} ({each.kind})" for each in self.operations)
        images = (f"the image {each!r}" for each in self.images)
        return ", ".join([*operations, *images, *self.others])


class CloudChecker(CloudReader):
    """A project on W&B's server, asked whether it has what the local store has."""

    @classmethod
    def of(cls, cloud: CloudReader) -> Self:
        """Return the checker of the project that a store writes to."""
        return cls(cloud.project, cloud._entity, cloud._timeouts)  # noqa: SLF001 - its own base's

    @property
    def timeouts(self) -> Timeouts:
        """How long to wait."""
        return self._timeouts

    def close(self) -> None:
        """Give back the connection; the next question makes a new one."""
        self._public = None

    def entity(self) -> str:
        """Return the user or team that the project belongs to."""
        return self._ask("tell whose key this is", lambda: self._path("").partition("/")[0])

    def gaps(self, step: WaitingStep) -> Gaps:
        """Return what the server lacks of a step."""
        record = step.record.step

        def ask() -> Gaps:
            run = self._run(record.id)
            if run is None:
                return Gaps(begun=False, operations=step.operations, images=tuple(step.media))
            run.load_full_data(force=True)
            return _gaps(run, step)

        return self._ask(f"tell of the step {record.id}", ask)

    def counterpart(self, version: Version) -> Version | None:
        """Return the version that has a version's name and content, if there is one."""
        found = self._told(version.type, version.name)
        return next((each for each in found if each.digest == version.digest), None)

    def holder(self, kind: str, name: str, alias: str) -> Version | None:
        """Return the version that an alias stands for, if there is one."""
        return next((each for each in self._told(kind, name) if alias in each.aliases), None)

    def link(self, step: str, version: Version) -> None:
        """Make a version that is there an input of a run that is there."""

        def ask() -> None:
            run = self._run(step)
            if run is not None:
                run.use_artifact(self._counterpart(version))

        self._ask(f"note that {step} used {version.reference}", ask)

    def _counterpart(self, version: Version) -> Any:
        found = self._listed(version.type, version.name)
        return next(each for each in found if each.digest == version.digest)

    def _told(self, kind: str, name: str) -> list[Version]:
        return self._ask(
            f"list the versions of {name}",
            lambda: [told(each) for each in self._listed(kind, name)],
        )


def _gaps(run: Run, step: WaitingStep) -> Gaps:
    versions = {
        "log": _by_content(run.logged_artifacts(per_page=_PAGE)),
        "use": _by_content(run.used_artifacts(per_page=_PAGE)),
    }
    seen = [(each, versions[each.kind].get(_content(each.version))) for each in step.operations]
    return Gaps(
        begun=True,
        operations=tuple(each for each, found in seen if found is None),
        images=tuple(_lost_images(run, step.media)),
        others=tuple(_other_gaps(run, step)),
        there={each.version.reference: found for each, found in seen if found is not None},
    )


def _by_content(artifacts: Iterable[Any]) -> dict[tuple[str, str], Version]:
    versions = [told(each) for each in artifacts if each.state == "COMMITTED"]
    return {_content(version): version for version in versions}


def _content(version: Version) -> tuple[str, str]:
    return version.name, version.digest


def _lost_images(run: Run, media: Mapping[str, MediaFile]) -> Iterable[str]:
    if not media:
        return []
    if run.lastHistoryStep < 0:  # no row tells of them
        return list(media)
    sizes = {file.name: file.size for file in run.files(per_page=_PAGE)}
    return [name for name, image in media.items() if not _has(sizes, image)]


def _has(sizes: Mapping[str, int], image: MediaFile) -> bool:
    try:
        content = image.path.read_bytes()
    except FileNotFoundError:  # told when it is to be uploaded
        return False
    mark = hashlib.sha256(content).hexdigest()[:20]  # the SDK puts it into the file's name
    return any(mark in name and size == len(content) for name, size in sizes.items())


def _other_gaps(run: Run, step: WaitingStep) -> Iterable[str]:
    summary: Any = run.summary
    if not _ended_so(run.state, summary.get(ENDED), step.ending.state):
        yield f"its end (it is {run.state!r} there, not {step.ending.state!r})"
    config = step.record.step.config.items()
    # An empty mapping has no leaf that could be there.
    if lost := [key for key, value in config if value != {} and key not in run.config]:
        yield f"its config ({', '.join(lost)})"
    told_numbers = step.ending.summary.items()
    if wrong := [key for key, value in told_numbers if not _same(summary.get(key), value)]:
        yield f"its summary ({', '.join(wrong)})"


def _ended_so(found: str, told_end: object, ended: State) -> bool:
    """Return whether a run ended as a step did; W&B knows one kind of failure.

    >>> _ended_so("failed", "killed", "killed"), _ended_so("running", None, "finished")
    (True, False)
    """
    if ended == "finished":
        return found == "finished"
    return found in _FAILED and told_end == ended


def _same(found: object, value: float) -> bool:
    """Return whether a number is what was sent; W&B tells NaN and infinity as texts.

    >>> _same("NaN", float("nan")), _same(2, 2.0), _same(None, 2.0)
    (True, True, False)
    """
    try:
        number = float(str(found))
    except ValueError:
        return False
    return number == value or (math.isnan(number) and math.isnan(value))

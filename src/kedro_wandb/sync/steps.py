"""Telling W&B what steps did, event by event, and seeing that it has all of it."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kedro_wandb.errors import (
    ArtifactNotFoundError,
    DamagedArtifactError,
    SdkError,
    StoreUnavailableError,
    TrackingError,
)
from kedro_wandb.stores.base import Ending, Event, Kind, MediaFile, Progress, StepRecord, Version
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.asking import RemoteRun
from kedro_wandb.stores.wandb.checking import gaps, lost_images
from kedro_wandb.sync.aliases import Aliases
from kedro_wandb.sync.bare import BareSteps
from kedro_wandb.sync.remote import Remotes
from kedro_wandb.sync.report import Result, StepReport
from kedro_wandb.sync.waiting import held_bytes

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.store import CloudStore

_POLL = 0.1
_KINDS: Mapping[str, Kind] = {"version_logged": "log", "version_used": "use"}

Edge = tuple[Kind, str, str]
"""What a step did with the version of a name and a digest."""


class _PostponedError(Exception):
    """Another step has to be told first."""


@dataclass
class _Step:
    """A step under way.

    Attributes:
        record: As the local store has it.
        run: As the server has it; ``None`` without a run.
        edges: What the server was told, or was seen to have.
        done: Events that were told, or that the server was seen to have.
        lost: Why other events can't be told; nothing can change that.
        postponed: Why others wait.
        failure: Why the rest was left for the next pass.
        tried: Whether it was gone on with after a failure.
        changed: Whether anything was sent.
        added: Whether its run was made beforehand, with others.
        bytes: Of the versions that were sent.
    """

    record: StepRecord
    run: RemoteRun | None
    edges: set[Edge]
    done: list[Event] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    postponed: list[str] = field(default_factory=list)
    failure: str = ""
    tried: bool = False
    changed: bool = False
    added: bool = False
    bytes: int = 0

    @property
    def id(self) -> str:
        return self.record.step.id


class Replay:
    """Replays events of steps that have ended; several runs are open where steps overlap.

    Args:
        local: Where they were kept.
        cloud: Where they go.
        remotes: What is there.
        moves: Told of the aliases that the events move.
        bare: Steps without versions, whose runs are made together.
        progress: Called with numbers of bytes as they are sent.
    """

    def __init__(
        self,
        local: LocalStore,
        cloud: CloudStore,
        remotes: Remotes,
        moves: Aliases,
        bare: BareSteps,
        progress: Progress,
    ) -> None:
        self._local, self._cloud, self._remotes = local, cloud, remotes
        self._moves, self._bare, self._progress = moves, bare, progress
        self._steps: dict[str, _Step] = {}
        self._running = local.outbox.running()
        self._refused: set[tuple[str, str]] = set()

    def tell(self, event: Event) -> None:
        """Tell an event of a step, as far as W&B does not have it.

        Raises:
            StoreUnavailableError: W&B does not answer any more.
        """
        step = self._step(cast("str", event.step))
        if step.failure:
            return
        try:
            if event.version is not None:
                self._tell_version(step, event, event.version)
            step.done.append(event)
        except _PostponedError as error:
            step.postponed.append(str(error))
        except StoreUnavailableError as error:
            if self._recovered(step, error):
                self.tell(event)
            elif event.version is not None:
                self._refused.add((event.version.name, event.version.digest))
        except (TrackingError, OSError, ValueError) as error:
            step.lost.append(str(error))

    def _step(self, id_: str) -> _Step:
        if id_ not in self._steps:
            added = self._bare.add_with(id_)
            run = self._cloud.uploads.run(id_)
            self._steps[id_] = _Step(self._local.step(id_), run, _edges(run), added=added)
        return self._steps[id_]

    def _tell_version(self, step: _Step, event: Event, version: Version) -> None:
        kind = _KINDS[event.kind]
        edge: Edge = (kind, version.name, version.digest)
        remote = self._remotes.find(version)
        if remote is not None and edge in step.edges:
            self._moves.note(event)
            return
        if remote is None:
            self._check_order(step, version)
            self._local.content.check(version)
        if kind == "use" and remote is not None:
            if step.run is None:
                self._open(step)
            self._cloud.uploads.link(step.id, remote)
        else:
            self._open(step)
            entries = self._local.entries(version)
            files = {
                each.name: self._local.blob_path(each.digest) for each in entries if not each.ref
            }
            made = self._cloud.uploads.replay(step.id, kind, version, entries, files)
            if remote is None:
                self._remotes.add(made)
                held = held_bytes(entries)
                self._progress(held)
                step.bytes += held
        step.changed = True
        step.edges.add(edge)
        self._moves.note(event, made=remote is None)

    def _check_order(self, step: _Step, version: Version) -> None:
        """Check that the server does not have to learn of a version from its maker first."""
        maker = version.step
        if maker == step.id or maker is None:
            return
        if maker in self._running:
            msg = (
                f"{version.reference} is of the step {maker}, which still runs:"
                " run 'kedro wandb sync' again when it has ended"
            )
            raise _PostponedError(msg)
        if (version.name, version.digest) in self._refused:
            msg = f"{version.reference} could not be told, of the step {maker}"
            raise _PostponedError(msg)

    def _open(self, step: _Step) -> None:
        if not self._cloud.uploads.is_open(step.id):
            # Known to be there: also if it was opened here and dropped after a failure.
            self._cloud.open_step(step.record.step, known=step.run is not None or step.changed)
            step.changed = True

    def _recovered(self, step: _Step, error: StoreUnavailableError) -> bool:
        """Get ready for what follows a failure; return whether the step may be gone on with.

        It may once, so that one lost answer does not let versions that come later overtake.

        Raises:
            StoreUnavailableError: W&B does not answer at all.
        """
        # What still tries goes through the SDK's core; other runs are opened again.
        self._cloud.abandon()
        self._cloud.check()
        self._remotes.refresh()
        if step.tried or isinstance(error, SdkError):
            step.failure = str(error)
            return False
        step.run = self._cloud.uploads.run(step.id)
        step.edges = _edges(step.run)
        step.tried = True
        return True

    def end(self, id_: str) -> StepReport:
        """End a step's run, remember what W&B was seen to have, and return what became of it.

        Raises:
            StoreUnavailableError: W&B does not answer any more.
        """
        step = self._step(id_)
        ending, images = self._local.outbox.ending(id_), self._sound_images(step)
        try:
            if not step.failure:
                self._end(step, ending, images)
                self._conclude(step)
        except StoreUnavailableError as error:
            if self._recovered(step, error):
                return self.end(id_)
        except (TrackingError, OSError, ValueError) as error:
            step.lost.append(str(error))
        return _report_of(step)

    def _sound_images(self, step: _Step) -> dict[str, MediaFile]:
        sound = {}
        for name, image in self._local.outbox.images(step.id).items():
            try:
                self._local.content.check_image(name, image)
                sound[name] = image
            except (ArtifactNotFoundError, DamagedArtifactError) as error:
                step.lost.append(str(error))
        return sound

    def _end(self, step: _Step, ending: Ending, images: Mapping[str, MediaFile]) -> None:
        """End the run, and see that the server has all of it.

        Raises:
            StoreUnavailableError: It lacks something after all.
        """
        wanting = lost_images(step.run, images)
        is_open = self._cloud.uploads.is_open(step.id)
        if is_open or wanting or any(gaps(step.run, step.record.step, ending)):
            self._open(step)
            with _named({name: images[name] for name in wanting}) as media:
                self._cloud.uploads.end_run(step.id, replace(ending, media=media))
        if not step.changed:
            return
        give_up = time.monotonic() + self._cloud.timeouts.finish
        while lacking := self._lacking(step, ending, images):
            if time.monotonic() > give_up:
                msg = f"W&B took it without an error, but lacks {', '.join(lacking)}."
                raise StoreUnavailableError(msg)
            time.sleep(_POLL)
            self._remotes.refresh()  # another may have made what this run has logged

    def _lacking(self, step: _Step, ending: Ending, images: Mapping[str, MediaFile]) -> list[str]:
        run = step.run = self._cloud.uploads.run(step.id)
        found = list(gaps(run, step.record.step, ending))
        found += [f"the image {name!r}" for name in lost_images(run, images)]
        if run is None:
            return found
        for event in step.done:
            version = event.version
            if version is None:
                continue
            there = run.outputs if event.kind == "version_logged" else run.inputs
            if (version.name, version.digest) not in there and not self._is_of_another(event):
                found.append(f"{version.reference} ({_KINDS[event.kind]})")
        return found

    def _is_of_another(self, event: Event) -> bool:
        """Return whether a run logged what another has made: no server has to list that."""
        remote = self._remotes.find(cast("Version", event.version))
        return (
            event.kind == "version_logged"
            and remote is not None
            and remote.version.step != event.step
        )

    def _conclude(self, step: _Step) -> None:
        for event in step.done:
            if event.version is not None:
                remote = self._remotes.find(event.version)
                number = None if remote is None else remote.version.number
                if number is not None and self._local.outbox.remote_number(event.version) != number:
                    self._local.outbox.note_remote(event.version, number)
        # Those that move aliases are done when the aliases are.
        self._local.outbox.mark_events_synced(
            event.number for event in step.done if not self._moves.awaits(event)
        )


def _edges(run: RemoteRun | None) -> set[Edge]:
    if run is None:
        return set()
    return {("log", *each) for each in run.outputs} | {("use", *each) for each in run.inputs}


def _report_of(step: _Step) -> StepReport:
    if step.failure or step.lost:
        reasons = dict.fromkeys([*step.lost, *([step.failure] if step.failure else [])])
        return StepReport(step.record.step, "failed", " ".join(reasons), step.bytes)
    if step.postponed:
        reason = "; ".join(dict.fromkeys(step.postponed))
        return StepReport(step.record.step, "waiting", reason, step.bytes)
    result: Result = "uploaded" if step.changed or step.added else "already there"
    return StepReport(step.record.step, result, bytes=step.bytes)


@contextlib.contextmanager
def _named(images: Mapping[str, MediaFile]) -> Iterator[dict[str, Path]]:
    """Give images under names that tell their format."""
    with tempfile.TemporaryDirectory() as folder:
        links = {}
        for number, (name, image) in enumerate(images.items()):
            links[name] = Path(folder) / f"{number}{image.suffix}"
            links[name].symlink_to(image.path.absolute())
        yield links

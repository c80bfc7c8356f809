"""Telling W&B one step that the local store kept, and seeing that it has all of it."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kedro_wandb.errors import ArtifactNotFoundError, DamagedArtifactError, StoreUnavailableError
from kedro_wandb.stores.base import LATEST, Draft, Entry, Progress, Source, Version
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.patience import concurrently
from kedro_wandb.stores.waiting import Operation, WaitingStep
from kedro_wandb.stores.wandb.checking import CloudChecker, Gaps
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.report import StepReport
from kedro_wandb.sync.uploading import Uploader

_START = 15.0
"""Seconds for a process with the SDK to begin on a busy machine."""

_POLL = 0.25
_MEGABYTE = 1e6


class PostponedError(Exception):
    """Another step has to be told first."""


@dataclass(frozen=True)
class StepSync:
    """Tells steps, each as far as W&B does not have it.

    Attributes:
        local: Where they were kept.
        cloud: Where they go.
        checker: Asks what is there.
        uploader: Uploads offline runs.
        progress: Called with numbers of bytes as they are sent.
    """

    local: LocalStore
    cloud: CloudStore
    checker: CloudChecker
    uploader: Uploader
    progress: Progress

    def tell(self, step: WaitingStep, unfinished: Collection[str]) -> StepReport:
        """Tell a step, and remember it if W&B is seen to have all of it.

        Args:
            step: That has ended.
            unfinished: Ids of steps that are not told yet.

        Raises:
            PostponedError: It has a version that an unfinished step has made.
            DamagedArtifactError: Not all of it can be told; the rest was.
            StoreUnavailableError: W&B does not answer, or lacks something after all.
            TrackingError: Something else is wrong with the step.
            OSError: A file can't be read.
        """
        gaps = self.checker.gaps(step)
        if gaps.none:
            self._conclude(step, gaps)
            return StepReport(step.record.step, "already there")
        lacking = self._lacking(gaps)
        _check_order(step, lacking, unfinished)
        sound, damages = self._sound(step, gaps, lacking)
        if damages:
            self._fill(sound, self.checker.gaps(sound), lacking)
            raise DamagedArtifactError(" ".join(damages))
        self._conclude(step, self._fill(step, gaps, lacking))
        return StepReport(step.record.step, "uploaded", bytes=sum(each.size for each in lacking))

    def _lacking(self, gaps: Gaps) -> list[Version]:
        """Return the versions that the server does not have at all, in the order of their use."""
        versions = {each.version.reference: each.version for each in gaps.operations}
        found = concurrently(self.checker.counterpart, versions.values())
        return [each for each, there in zip(versions.values(), found, strict=True) if not there]

    def _sound(
        self, step: WaitingStep, gaps: Gaps, lacking: Sequence[Version]
    ) -> tuple[WaitingStep, list[str]]:
        """Return what can be told of a step, and what is wrong with the rest."""
        logged = [each.version for each in gaps.operations if each.kind == "log"]
        damages: dict[str, str] = {}
        for version in {each.reference: each for each in [*logged, *lacking]}.values():
            with _noting(damages, version.reference):
                self.local.check_content(version)
        images: dict[str, str] = {}
        for name in gaps.images:
            with _noting(images, name):
                self.local.check_image(name, step.media[name])
        if not damages and not images:
            return step, []
        sound = replace(
            step,
            operations=tuple(
                each for each in step.operations if each.version.reference not in damages
            ),
            media={name: image for name, image in step.media.items() if name not in images},
            offline_folder=None,
        )
        return sound, [*damages.values(), *images.values()]

    def _fill(self, step: WaitingStep, gaps: Gaps, lacking: Sequence[Version]) -> Gaps:
        """Tell what the server lacks, by the least of means that does it.

        Raises:
            StoreUnavailableError: It lacks something after all.
        """
        gaps = self._uploaded(step, gaps, lacking)
        gaps = self._linked(step, gaps, lacking)
        if not gaps.none:
            self._replay(step, gaps)
            gaps = self._without_others(step, self._settled(step))
        if not gaps.none:
            msg = f"W&B took it without an error, but lacks {gaps}."
            raise StoreUnavailableError(msg)
        return gaps

    def _without_others(self, step: WaitingStep, gaps: Gaps) -> Gaps:
        """Leave out outputs that another step made first and that are on the server.

        A server need not list a run under a version that another run has made.
        """
        told = [each for each in gaps.operations if each.kind == "log"]
        found = {
            each.version.reference: self.checker.counterpart(each.version)
            for each in told
            if each.version.step != step.record.step.id
        }
        there = {reference: version for reference, version in found.items() if version}
        rest = tuple(
            each
            for each in gaps.operations
            if each.kind == "use" or each.version.reference not in there
        )
        return replace(gaps, operations=rest, there={**gaps.there, **there})

    def _uploaded(self, step: WaitingStep, gaps: Gaps, lacking: Sequence[Version]) -> Gaps:
        """Upload the offline run of a step that the server has never heard of.

        Of a run that it has, however little, no row may be sent a second time: what it
        lacks is told from the store.
        """
        folder = step.offline_folder
        if gaps.begun or folder is None or not folder.is_dir() or _order_matters(lacking):
            return gaps
        self.uploader.upload(folder, self._patience(step))
        for version in lacking:
            self.progress(version.size)
        return self._settled(step, inputs=False)

    def _patience(self, step: WaitingStep) -> float:
        limits = self.checker.timeouts
        size = sum(each.version.size for each in step.operations)
        sending = len(step.operations) * limits.call + size / (
            limits.upload_megabytes_per_second * _MEGABYTE
        )
        return _START + limits.start + limits.finish + sending

    def _linked(self, step: WaitingStep, gaps: Gaps, lacking: Sequence[Version]) -> Gaps:
        """Note the uses of versions that the server has: no run has to be opened for that."""
        lost = {each.reference for each in lacking}
        uses = [each for each in gaps.operations if each.kind == "use"]
        known = [each.version for each in uses if each.version.reference not in lost]
        if not gaps.only_inputs or not known:
            return gaps
        for version in known:
            self.checker.link(step.record.step.id, version)
        return self._settled(step) if len(known) == len(uses) else self.checker.gaps(step)

    def _replay(self, step: WaitingStep, gaps: Gaps) -> None:
        self.cloud.open_step(step.record.step)
        for operation in step.operations:
            if operation in gaps.operations:
                self._do(step.record.step.id, operation)
        with _images(step, gaps) as media:
            self.cloud.close_step(step.record.step.id, replace(step.ending, media=media))

    def _do(self, step: str, operation: Operation) -> None:
        version = operation.version
        if operation.kind == "use" and self.checker.counterpart(version) is not None:
            self.cloud.use(step, version)
            return
        act = self.cloud.log if operation.kind == "log" else self.cloud.use
        stored = act(step, self._draft(operation), self.progress).version
        if stored.digest != version.digest:
            msg = f"{version.reference} became {stored.digest}, not {version.digest}, on its way."
            raise DamagedArtifactError(msg)

    def _draft(self, operation: Operation) -> Draft:
        version = operation.version
        return Draft(
            version.name,
            version.type,
            tuple(self._source(entry) for entry in self.local.entries(version)),
            version.description,
            version.metadata,
            tuple(each for each in operation.aliases if each in version.aliases),
        )

    def _source(self, entry: Entry) -> Source:
        if entry.ref is None:
            return Source(entry.name, self.local.blob_path(entry.digest))
        return Source(entry.name, None, entry.ref, entry.digest, entry.size, entry.extra)

    def _settled(self, step: WaitingStep, *, inputs: bool = True) -> Gaps:
        """Return what the server lacks once it has had time to note what it was told."""
        give_up = time.monotonic() + self.checker.timeouts.finish
        while True:
            gaps = self.checker.gaps(step)
            whole = gaps.none if inputs else gaps.only_inputs
            if whole or time.monotonic() > give_up:
                return gaps
            time.sleep(_POLL)

    def _conclude(self, step: WaitingStep, gaps: Gaps) -> None:
        for name, alias in _moved(step):
            self._put_right(step, gaps, name, alias)
        remote = {reference: version.number for reference, version in gaps.there.items()}
        self.local.mark_synced(step.record.step.id, remote, step)

    def _put_right(self, step: WaitingStep, gaps: Gaps, name: str, alias: str) -> None:
        """Let an alias that a step took stand where it does here, if it was moved since."""
        here = self._here(f"{name}:{alias}")
        if here and here.reference in gaps.there and alias in gaps.there[here.reference].aliases:
            return
        ours = [each.version for each in step.operations if each.version.name == name]
        there = self.checker.holder(ours[0].type, name, alias)
        if there is not None and there.digest not in {each.digest for each in ours}:
            return  # somebody else has moved it
        if here is None and there is not None:
            self.cloud.remove_alias(name, alias)
        if here is not None and self.checker.counterpart(here) is not None:
            self.cloud.set_alias(here, alias)

    def _here(self, reference: str) -> Version | None:
        try:
            return self.local.find(reference)
        except ArtifactNotFoundError:
            return None


@contextlib.contextmanager
def _noting(damages: dict[str, str], what: str) -> Iterator[None]:
    try:
        yield
    except (ArtifactNotFoundError, DamagedArtifactError) as error:
        damages[what] = str(error)


def _check_order(
    step: WaitingStep, lacking: Sequence[Version], unfinished: Collection[str]
) -> None:
    for version in lacking:
        if version.step in unfinished and version.step != step.record.step.id:
            msg = f"{version.reference} has to be told first, of the step {version.step}"
            raise PostponedError(msg)


def _order_matters(lacking: Sequence[Version]) -> bool:
    """Return whether the server would number versions of one name otherwise than here.

    The SDK uploads what an offline run logged in its order, but not what the step used.
    """
    names = [version.name for version in lacking]
    return any(version.step is None and names.count(version.name) > 1 for version in lacking)


def _moved(step: WaitingStep) -> list[tuple[str, str]]:
    """Return name and alias of all that a step moved."""
    makers = [each for each in step.operations if each.kind == "log" or each.version.step is None]
    pairs = [(each.version.name, alias) for each in makers for alias in (LATEST, *each.aliases)]
    return list(dict.fromkeys(pairs))


@contextlib.contextmanager
def _images(step: WaitingStep, gaps: Gaps) -> Iterator[dict[str, Path]]:
    """Give the images that are lacking under names that tell their format."""
    with tempfile.TemporaryDirectory() as folder:
        links = {}
        for number, name in enumerate(gaps.images):
            image = step.media[name]
            links[name] = Path(folder) / f"{number}{image.suffix}"
            links[name].symlink_to(image.path.absolute())
        yield links

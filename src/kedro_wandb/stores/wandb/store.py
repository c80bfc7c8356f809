"""Steps as runs of W&B's server, and their artifacts as its versions, with W&B's own SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import wandb

from kedro_wandb.errors import (
    ArtifactNotFoundError,
    ConfigurationError,
    DamagedArtifactError,
)
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import (
    LATEST,
    Alert,
    Draft,
    Ending,
    Entry,
    Kind,
    Outcome,
    Progress,
    Step,
    Version,
)
from kedro_wandb.stores.names import check_names, check_unchanged, checked_alias, stamps_of
from kedro_wandb.stores.wandb import asking
from kedro_wandb.stores.wandb.core import end_core
from kedro_wandb.stores.wandb.many import add_many
from kedro_wandb.stores.wandb.reading import CloudReader
from kedro_wandb.stores.wandb.records import told, told_with_maker
from kedro_wandb.stores.wandb.runs import OpenRuns
from kedro_wandb.stores.wandb.sdk import (
    artifact_of,
    entries_of,
    tell_alerts,
)

T = TypeVar("T")

Deliver = Callable[[wandb.Artifact, wandb.Artifact | None], Outcome]
"""Gives the server a new artifact, or names the one that it has with the same content."""

_OVERHEAD = 20_000
"""Bytes whose upload may take as long as what else there is to do for a file."""


class CloudStore(CloudReader):
    """A project on W&B's server that is written to.

    It runs in a process of our own, where nobody else uses the SDK; ``wandb.run`` stays as
    it is. Whatever the server does, each method is back in its time, and what it has left
    running in threads ends with ``abandon``.

    Args:
        project: Its name.
        entity: The user or team it belongs to; ``None``: the key's own.
        folder: The SDK makes its folder ``wandb`` in it.
        timeouts: How long to wait.
    """

    def __init__(self, project: str, entity: str | None, folder: Path, timeouts: Timeouts) -> None:
        super().__init__(project, entity, timeouts)
        self._runs = OpenRuns(self.server, folder, self.label)

    def open_step(self, step: Step, *, known: bool = True) -> None:
        """Begin a step; opening it again goes on with it.

        Args:
            step: What it is.
            known: Whether the server may have a run of this id; else it is not asked.

        Raises:
            OSError: The folder can't be made.
            StoreUnavailableError: The server does not answer in time, or refuses.
        """
        if step.id not in self._runs:
            self._runs.begin(step, known=known)

    def add_runs(
        self, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add steps that are over already; see ``Store.add_runs``.

        Raises:
            OSError: The folder can't be made.
            StoreUnavailableError: The server does not answer in time, or refuses.
        """
        states = self.states([step.id for step, _ in runs])
        return add_many(self, runs, states, self.server.timeouts, progress)

    def run_folder(self, step: str) -> Path:
        """Return the SDK's folder of a step that is open."""
        return Path(self._runs[step].settings.sync_dir)

    def states(self, steps: Sequence[str]) -> dict[str, str]:
        """Return the states of those steps' runs that the server has, in W&B's words."""
        ask = partial(asking.states_of, self.server.answer, self.server.place(), steps)
        return self.server.ask("tell which runs it has", ask)

    def alert(self, step: str, alerts: Sequence[Alert]) -> bool:
        """Send alerts of a step that is open; the server is not waited for.

        Raises:
            ArtifactNotFoundError: The step is not open here.
            StoreUnavailableError: The SDK does not take them in time.
        """
        run = self._runs[step]
        self.server.ask(f"send the alerts of {step}", lambda: tell_alerts(run, alerts))
        return True

    def log(self, step: str, draft: Draft, progress: Progress | None = None) -> Outcome:
        """Make a version an output of a step.

        Raises:
            ArtifactNotFoundError: The step is not open here.
            ConfigurationError: The name has another type.
            FileChangedError: A file changed before it was uploaded.
            OSError: A file can't be read.
            StoreUnavailableError: The server does not answer in time, or refuses.
            ValueError: An alias or an entry's name can't be one.
        """
        run = self._runs[step]

        def deliver(artifact: wandb.Artifact, known: wandb.Artifact | None) -> Outcome:
            run.log_artifact(artifact, aliases=[LATEST, *draft.aliases])
            return _outcome(artifact.wait(), known, step)

        return self._send(step, draft, deliver, progress)

    def use(self, step: str, target: Draft | Version, progress: Progress | None = None) -> Outcome:
        """Make a version an input of a step.

        A draft stands for the version with its content, whose aliases stay where they are;
        if there is none, one is made that no step has produced.

        Raises:
            ArtifactNotFoundError: The step is not open here, or there is no such version.
            ConfigurationError: The name has another type.
            FileChangedError: A file changed before it was uploaded.
            OSError: A file can't be read.
            StoreUnavailableError: The server does not answer in time, or refuses.
            ValueError: An alias or an entry's name can't be one.
        """
        run = self._runs[step]

        def deliver(artifact: wandb.Artifact, known: wandb.Artifact | None) -> Outcome:
            if known is not None:
                return _outcome(run.use_artifact(known), known)
            return _outcome(run.use_artifact(artifact, aliases=list(draft.aliases)), known)

        if isinstance(target, Draft):
            draft = target
            return self._send(step, draft, deliver, progress)
        version = target

        def ask() -> Outcome:
            known = self._artifact(version)
            return deliver(known, known)

        return self.server.ask(f"note that {step} uses {version.reference}", ask)

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step.

        Raises:
            ArtifactNotFoundError: The step is not open here.
            OSError: An image can't be read; the step has ended all the same.
            StoreUnavailableError: The server does not know in time that the step has ended.
        """
        failure = self._runs.end(step, ending, confirm=True)
        if failure is not None:
            raise failure

    def end_run(self, step: str, ending: Ending) -> OSError | None:
        """End a step's run; whether the server knows of it has to be asked.

        Returns:
            Why an image is missing, if one can't be read.

        Raises:
            ArtifactNotFoundError: The step is not open here.
            StoreUnavailableError: The SDK is not through in time.
        """
        return self._runs.end(step, ending, confirm=False)

    def is_open(self, step: str) -> bool:
        """Return whether a step was begun here and not ended."""
        return step in self._runs

    def run(self, step: str) -> asking.RemoteRun | None:
        """Return what the server has of a step, if it has anything."""
        return self.server.ask(
            f"tell of the step {step}",
            lambda: asking.run_of(self.server.answer, self.server.place(), step),
        )

    def remotes(self, names: Sequence[str]) -> dict[str, list[asking.Remote]]:
        """Return the versions of artifacts, newest first; no key for a name that is unknown."""
        return self.server.ask("list the versions", lambda: self._versions(names))

    def replay(
        self,
        step: str,
        kind: Kind,
        version: Version,
        entries: Sequence[Entry],
        files: Mapping[str, Path],
    ) -> asking.Remote:
        """Log or use a version as another store has it; what the server has is not uploaded.

        Args:
            step: Whose output or input it is.
            kind: Which of both.
            version: As the other store tells it.
            entries: Its files.
            files: Where their bytes are, by name.

        Raises:
            ArtifactNotFoundError: The step is not open here.
            ConfigurationError: The name has another type.
            DamagedArtifactError: It has become something else on its way.
            StoreUnavailableError: The server does not answer in time, or refuses.
        """
        run = self._runs[step]
        about = version.description, version.metadata
        draft = Draft(version.name, version.type, (), *about)

        def deliver() -> asking.Remote:
            artifact = artifact_of(draft, entries, files)
            if kind == "log":
                run.log_artifact(artifact, aliases=[])
            else:
                run.use_artifact(artifact, aliases=[])
            done = artifact.wait()
            return asking.Remote(str(done.id), told(done, step if kind == "log" else None))

        size = sum((each.size or 0) + _OVERHEAD for each in entries if each.ref is None)
        remote = self.server.ask(
            f"take {version.name}",
            lambda: self._twice(step, draft, deliver),
            self.server.patience(size),
        )
        if remote.version.digest != version.digest:
            found = remote.version.digest
            msg = f"{version.reference} became {found}, not {version.digest}, on its way."
            raise DamagedArtifactError(msg)
        return remote

    def link(self, step: str, remote: asking.Remote) -> None:
        """Make a version that is there an input of a run that is there, open or not."""
        self.server.ask(
            f"note that {step} used {remote.version.reference}",
            lambda: asking.use(self.server.answer, self.server.place(), step, remote.id),
        )

    def move_alias(self, remote: asking.Remote, alias: str, *, away: bool = False) -> None:
        """Let an alias stand for a version, or no longer."""
        act = asking.drop_alias if away else asking.put_alias
        self.server.ask(
            f"move the alias {remote.version.name}:{alias}",
            lambda: act(self.server.answer, self.server.place(), remote, alias),
        )

    @property
    def timeouts(self) -> Timeouts:
        """How long to wait."""
        return self.server.timeouts

    def check(self) -> None:
        """See that the server answers, over a new connection.

        Raises:
            StoreUnavailableError: It does not.
        """
        self.server.drop()
        self.server.ask("tell whose key this is", self.server.api)

    def set_alias(self, version: Version, alias: str) -> None:
        """Let an alias stand for a version, and no other of the same name.

        Raises:
            ArtifactNotFoundError: There is no such version.
            StoreUnavailableError: The server does not answer in time, or refuses.
            ValueError: The alias looks like a version, or has characters W&B refuses.
        """
        checked_alias(alias)

        def ask() -> None:
            artifact = self._artifact(version)
            if alias not in artifact.aliases:
                artifact.aliases = [*artifact.aliases, alias]
                artifact.save()

        self.server.ask(f"give {version.reference} the alias {alias}", ask)

    def remove_alias(self, name: str, alias: str) -> None:
        """Let an alias stand for no version any more.

        Raises:
            ArtifactNotFoundError: No version has it.
            StoreUnavailableError: The server does not answer in time, or refuses.
            ValueError: It is ``latest``, which some version always has.
        """
        if alias == LATEST:
            msg = f"{LATEST!r} can't be removed: it stands for the version that was logged last."
            raise ValueError(msg)

        def ask() -> None:
            versions = self._all(name)
            known = [each for version in versions for each in version.aliases]
            if alias not in known:
                raise ArtifactNotFoundError.unknown_version(name, alias, known, self.label)
            for artifact in versions:
                if alias in artifact.aliases:
                    artifact.aliases = [each for each in artifact.aliases if each != alias]
                    artifact.save()

        self.server.ask(f"remove the alias {name}:{alias}", ask)

    def abandon(self) -> None:
        """Drop what is open, without waiting; then nothing keeps this process from its end."""
        self._runs.clear()
        self.server.drop()
        end_core()

    def close(self) -> None:
        """Give back what the store holds open; a step that is not closed is dropped."""
        if self._runs:
            self.abandon()

    def group_url(self, experiment: str) -> str:
        """Return where W&B shows all steps of an experiment; the server is not asked."""
        place = [
            each for each in (self.server.entity, self.server.project, "groups", experiment) if each
        ]
        address = wandb.setup().settings.app_url
        return "/".join([address, *(quote(each, safe="") for each in place)])

    def version_url(self, version: Version) -> str:
        """Return where W&B shows a version."""
        home = self.server.place().values()
        place = [*home, "artifacts", version.type, version.name, version.label]
        return "/".join([self.server.pages(), *(quote(each, safe="") for each in place if each)])

    def _send(
        self, step: str, draft: Draft, deliver: Deliver, progress: Progress | None
    ) -> Outcome:
        """Return what becomes of a draft whose files are read, and uploaded if they are new."""
        check_names(draft)
        before = stamps_of(draft)
        entries = entries_of(draft, progress)
        make = partial(_artifact, draft, entries)
        artifact = make()
        size = sum((entry.size or 0) + _OVERHEAD for entry in entries if entry.ref is None)
        try:
            return self.server.ask(
                f"take {draft.name}",
                lambda: self._deliver(step, draft, [artifact, make()], deliver),
                self.server.patience(size),
                progress,
            )
        finally:
            check_unchanged(before)

    def _deliver(
        self, step: str, draft: Draft, artifacts: Sequence[wandb.Artifact], deliver: Deliver
    ) -> Outcome:
        listed = self._listed(draft.type, draft.name)
        known = next((each for each in listed if each.digest == artifacts[0].digest), None)
        rest = iter(artifacts)
        return self._twice(step, draft, lambda: deliver(next(rest), known))

    def _twice(self, step: str, draft: Draft, deliver: Callable[[], T]) -> T:
        try:
            return deliver()
        except ValueError:
            if step not in self._runs:
                raise  # it was abandoned, and so was the SDK's core
            self._check_type(draft)
        # If only the answer was lost, the server gives the version that it has by now.
        return deliver()

    def _check_type(self, draft: Draft) -> None:
        kind = self._collections().get(draft.name, draft.type)
        if kind != draft.type:
            msg = (
                f"The artifact {draft.name!r} has the type {kind!r} and can't get"
                f" {draft.type!r}: W&B gives each name one type for good. Give it another name,"
                " or the old type."
            )
            raise ConfigurationError(msg)


def _outcome(
    artifact: wandb.Artifact, known: wandb.Artifact | None, step: str | None = None
) -> Outcome:
    """Return what became of an artifact that the server knew, or that a step has made."""
    if known is None:
        return Outcome(told(artifact, step), "new")
    return Outcome(told_with_maker(artifact), "unchanged")


def _artifact(draft: Draft, entries: Sequence[Entry]) -> wandb.Artifact:
    files = {source.name: source.path for source in draft.sources if source.path is not None}
    return artifact_of(draft, entries, files)

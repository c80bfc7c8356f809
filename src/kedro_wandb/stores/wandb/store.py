"""Steps as runs of W&B's server, and their artifacts as its versions, with W&B's own SDK."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import wandb

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.settings.config import Timeouts
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
    Step,
    StepRecord,
    Version,
)
from kedro_wandb.stores.names import checked_alias
from kedro_wandb.stores.wandb import asking
from kedro_wandb.stores.wandb.asking import Remote
from kedro_wandb.stores.wandb.connection import Connection
from kedro_wandb.stores.wandb.contents import Contents
from kedro_wandb.stores.wandb.core import end_core
from kedro_wandb.stores.wandb.downloads import download, download_file
from kedro_wandb.stores.wandb.many import add_many
from kedro_wandb.stores.wandb.records import told
from kedro_wandb.stores.wandb.runs import OpenRuns
from kedro_wandb.stores.wandb.sdk import tell_alerts
from kedro_wandb.stores.wandb.sending import Sender
from kedro_wandb.stores.wandb.uploads import Uploads


class CloudStore:
    """A project on W&B's server.

    It runs in a process of our own, where nobody else uses the SDK; ``wandb.run`` stays as
    it is. Whatever the server does, each method is back in its time, and what it has left
    running in threads ends with ``abandon``.

    Args:
        project: Its name.
        entity: The user or team it belongs to; ``None``: the key's own.
        folder: The SDK makes its folder ``wandb`` in it.
        timeouts: How long to wait.

    Attributes:
        server: Asked with patience.
        uploads: What only a sync has to do.
    """

    label = "W&B project"

    def __init__(self, project: str, entity: str | None, folder: Path, timeouts: Timeouts) -> None:
        self.server = Connection(project, entity, timeouts)
        self._contents = Contents(self.server, self.label)
        self._runs = OpenRuns(self.server, folder, self.label)
        self._sender = Sender(self._contents, self._runs)
        self.uploads = Uploads(self._contents, self._runs, self._sender)

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
        states = self.uploads.states([step.id for step, _ in runs])
        return add_many(self, runs, states, self.server.timeouts, progress)

    def run_folder(self, step: str) -> Path:
        """Return the SDK's folder of a step that is open."""
        return Path(self._runs[step].settings.sync_dir)

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

        def deliver(artifact: wandb.Artifact, known: Remote | None) -> Outcome:
            run.log_artifact(artifact, aliases=[LATEST, *draft.aliases])
            done = artifact.wait()
            if known is None:
                return Outcome(told(done, step), "new")
            return Outcome(told(done, known.version.step), "unchanged")

        return self._sender.send(step, draft, deliver, progress)

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

        def link(known: Remote) -> Outcome:
            asking.use(self.server.answer, self.server.place(), step, known.id)
            return Outcome(known.version, "unchanged")

        if isinstance(target, Draft):
            draft = target

            def deliver(artifact: wandb.Artifact, known: Remote | None) -> Outcome:
                if known is not None:
                    return link(known)
                made = run.use_artifact(artifact, aliases=list(draft.aliases))
                return Outcome(told(made), "new")

            return self._sender.send(step, draft, deliver, progress)
        version = target
        return self.server.ask(
            f"note that {step} uses {version.reference}",
            lambda: link(self._contents.remote(version)),
        )

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

    def artifacts(self) -> list[ArtifactSummary]:
        """Return all artifacts, by name."""
        return self.server.ask("list the artifacts", self._contents.artifacts)

    def versions(self, name: str) -> list[Version]:
        """Return the versions of an artifact, newest first.

        Raises:
            ArtifactNotFoundError: There is no artifact of that name.
        """
        return self.server.ask(
            f"list the versions of {name}", lambda: self._contents.versions(name)
        )

    def find(self, reference: str) -> Version:
        """Return the version that ``name:alias``, ``name:v3``, ``name:digest`` or ``name`` means.

        Raises:
            ArtifactNotFoundError: With what there is instead.
        """
        return self.server.ask(f"find {reference}", lambda: self._contents.find(reference))

    def entries(self, version: Version) -> list[Entry]:
        """Return the files of a version, by name.

        Raises:
            ArtifactNotFoundError: There is no such version.
        """
        return self.server.ask(
            f"list the files of {version.reference}", lambda: self._contents.entries(version)
        )

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
            lambda: download(self._contents.artifact(version), folder, progress),
            self.server.patience(version.size),
            progress,
        )

    def sender(self, version: Version) -> Callable[[Entry, Path], None]:
        """Return what puts one file of a version, and no other, to a path that is free.

        Raises:
            ArtifactNotFoundError: There is no such version.
        """
        artifact = self.server.ask(
            f"find {version.reference}", lambda: self._contents.artifact(version)
        )

        def send(entry: Entry, file: Path) -> None:
            self.server.ask(
                f"send {entry.name} of {version.reference}",
                lambda: download_file(artifact, entry.name, file),
                self.server.patience(entry.size or 0),
            )

        return send

    def steps(self) -> list[StepRecord]:
        """Return all steps, those that started last first."""
        return self.server.ask("list the runs", self._contents.steps)

    def step(self, step: str) -> StepRecord:
        """Return a step.

        Raises:
            ArtifactNotFoundError: There is none with that id.
        """
        return self.server.ask(f"tell of the step {step}", lambda: self._contents.step(step))

    def producers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it.

        W&B remembers the maker alone. Who else has logged the same content is looked for
        among the newest hundred runs of the maker's job type.
        """
        return self.server.ask(
            f"tell who made {version.reference}", lambda: self._contents.producers(version)
        )

    def consumers(self, version: Version) -> list[StepRecord]:
        """Return the steps that used a version, oldest first."""
        return self.server.ask(
            f"tell who used {version.reference}", lambda: self._contents.consumers(version)
        )

    def inputs(self, step: str) -> list[Version]:
        """Return what a step used."""
        return self.server.ask(
            f"tell of the step {step}", lambda: self._contents.linked(step, "inputArtifacts")
        )

    def outputs(self, step: str) -> list[Version]:
        """Return what a step logged."""
        return self.server.ask(
            f"tell of the step {step}", lambda: self._contents.linked(step, "outputArtifacts")
        )

    def links(self) -> list[Link]:
        """Return what all steps logged and used, oldest first, by a request for 100 runs."""
        return self.server.ask("tell what all runs logged and used", self._contents.links)

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
            artifact = self._contents.artifact(version)
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
            versions = self._contents.all(name)
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

"""What a sync asks of W&B's server and tells it, besides opening steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from kedro_wandb.errors import DamagedArtifactError
from kedro_wandb.stores.base import Draft, Ending, Entry, Kind, Version
from kedro_wandb.stores.wandb import asking
from kedro_wandb.stores.wandb.contents import Contents
from kedro_wandb.stores.wandb.records import told
from kedro_wandb.stores.wandb.runs import OpenRuns
from kedro_wandb.stores.wandb.sdk import artifact_of
from kedro_wandb.stores.wandb.sending import Sender


class Uploads:
    """A project on W&B's server that is told what happened elsewhere.

    Args:
        contents: What it has.
        runs: Those that are open.
        sender: Gives it what it does not have.
    """

    def __init__(self, contents: Contents, runs: OpenRuns, sender: Sender) -> None:
        self._server, self._contents = contents.server, contents
        self._runs, self._sender = runs, sender

    def states(self, steps: Sequence[str]) -> dict[str, str]:
        """Return the states of those steps' runs that the server has, in W&B's words."""
        ask = partial(asking.states_of, self._server.answer, self._server.place(), steps)
        return self._server.ask("tell which runs it has", ask)

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
        return self._server.ask(
            f"tell of the step {step}",
            lambda: asking.run_of(self._server.answer, self._server.place(), step),
        )

    def remotes(self, names: Sequence[str]) -> dict[str, list[asking.Remote]]:
        """Return the versions of artifacts, newest first; no key for a name that is unknown."""
        return self._server.ask("list the versions", lambda: self._contents.remotes(names))

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

        remote = self._server.ask(
            f"take {version.name}",
            lambda: self._sender.twice(step, draft, deliver),
            self._sender.patience(entries),
        )
        if remote.version.digest != version.digest:
            found = remote.version.digest
            msg = f"{version.reference} became {found}, not {version.digest}, on its way."
            raise DamagedArtifactError(msg)
        return remote

    def link(self, step: str, remote: asking.Remote) -> None:
        """Make a version that is there an input of a run that is there, open or not."""
        self._server.ask(
            f"note that {step} used {remote.version.reference}",
            lambda: asking.use(self._server.answer, self._server.place(), step, remote.id),
        )

    def move_alias(self, remote: asking.Remote, alias: str, *, away: bool = False) -> None:
        """Let an alias stand for a version, or no longer."""
        act = asking.drop_alias if away else asking.put_alias
        self._server.ask(
            f"move the alias {remote.version.name}:{alias}",
            lambda: act(self._server.answer, self._server.place(), remote, alias),
        )

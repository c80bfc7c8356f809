"""The SDK's runs that are open in this process, each a step's."""

from __future__ import annotations

import time
from pathlib import Path

import wandb

from kedro_wandb.errors import ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.stores.base import Ending, Step
from kedro_wandb.stores.wandb.connection import Connection
from kedro_wandb.stores.wandb.records import state_of
from kedro_wandb.stores.wandb.sdk import online_settings, run_arguments, tell_ending

_MARGIN = 0.5
"""Seconds that the SDK may take to notice that its own time is over."""

_CONFIRM = 1.5
"""Seconds in which the server has to know of a step's end that it was told."""

_POLL = 0.2


class OpenRuns:
    """Runs by the id of their step.

    Args:
        server: Where they are.
        folder: The SDK makes its folder ``wandb`` in it.
        label: What messages call the store.
    """

    def __init__(self, server: Connection, folder: Path, label: str) -> None:
        self._server, self._folder, self._label = server, folder, label
        self._runs: dict[str, wandb.Run] = {}

    def __contains__(self, step: str) -> bool:
        """Return whether a step was begun here and not ended."""
        return step in self._runs

    def __bool__(self) -> bool:
        """Return whether any is open."""
        return bool(self._runs)

    def __getitem__(self, step: str) -> wandb.Run:
        """Return the run of a step.

        Raises:
            ArtifactNotFoundError: The step is not open here.
        """
        if step not in self._runs:
            msg = f"The step {step!r} is not open in the {self._label}."
            raise ArtifactNotFoundError(msg)
        return self._runs[step]

    def begin(self, step: Step, *, known: bool) -> None:
        """Begin a run, or go on with it.

        Args:
            step: What it is.
            known: Whether the server may have a run of this id; else it is not asked.

        Raises:
            OSError: The folder can't be made.
            StoreUnavailableError: The server does not answer in time, or refuses.
        """
        self._make_folder()
        server = self._server
        arguments = run_arguments(step, server.project, server.entity, self._folder)
        settings = online_settings(server.timeouts)
        run = server.ask(
            f"begin {step.id}",
            lambda: wandb.init(**arguments, resume="allow" if known else None, settings=settings),
            server.timeouts.start + _MARGIN,
        )
        # Else each run would have the key checked for a connection of its own.
        run._cached_public_api = server.ask("check the key", server.api)  # noqa: SLF001 - see above
        server.entity = server.entity or run.entity
        self._runs[step.id] = run

    def end(self, step: str, ending: Ending, *, confirm: bool) -> OSError | None:
        """End a run.

        Args:
            step: Its step.
            ending: How it ended.
            confirm: Wait until the server knows: the SDK is silent about what it refuses. A
                run that it was not seen to know of stays open here.

        Returns:
            Why an image is missing, if one can't be read.

        Raises:
            ArtifactNotFoundError: The step is not open here.
            StoreUnavailableError: The SDK is not through in time, or the server does not know.
        """
        run = self[step]

        def finish() -> OSError | None:
            failure = tell_ending(run, ending)
            run.finish(exit_code=ending.exit_code)
            return failure

        server = self._server
        failure = server.ask(f"end {step}", finish, server.timeouts.finish + _MARGIN)
        if confirm:
            wait = _CONFIRM + _MARGIN
            server.ask(f"confirm the end of {step}", lambda: self._await_end(step), wait)
        del self._runs[step]
        return failure

    def clear(self) -> None:
        """Forget them all, as they are."""
        self._runs.clear()

    def _await_end(self, step: str) -> None:
        deadline = time.monotonic() + _CONFIRM
        while step in self._runs:
            run = self._server.run(step)
            if run is not None and state_of(run) != "running":
                return
            if time.monotonic() > deadline:
                msg = f"W&B was told that {step} has ended, and does not know of it."
                raise StoreUnavailableError(msg)
            time.sleep(_POLL)

    def _make_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        ignored = self._folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text("*\n")

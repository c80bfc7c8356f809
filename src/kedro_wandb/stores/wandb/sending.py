"""Drafts and versions on their way to W&B's server, for the steps that are open there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import wandb

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.stores.base import Draft, Entry, Outcome, Progress
from kedro_wandb.stores.names import check_names, check_unchanged, stamps_of
from kedro_wandb.stores.wandb.asking import Remote
from kedro_wandb.stores.wandb.contents import Contents
from kedro_wandb.stores.wandb.runs import OpenRuns
from kedro_wandb.stores.wandb.sdk import artifact_of, entries_of

T = TypeVar("T")

Deliver = Callable[[wandb.Artifact, Remote | None], Outcome]
"""Gives the server a new artifact, or names the one that it has with the same content."""

_OVERHEAD = 20_000
"""Bytes whose upload may take as long as what else there is to do for a file."""


class Sender:
    """Gives the server what it does not have.

    Args:
        contents: What it has.
        runs: Those that are open.
    """

    def __init__(self, contents: Contents, runs: OpenRuns) -> None:
        self._server, self._contents, self._runs = contents.server, contents, runs

    def send(self, step: str, draft: Draft, deliver: Deliver, progress: Progress | None) -> Outcome:
        """Return what becomes of a draft whose files are read, and uploaded if they are new."""
        check_names(draft)
        before = stamps_of(draft)
        entries = entries_of(draft, progress)
        make = partial(_artifact, draft, entries)
        artifact = make()
        try:
            return self._server.ask(
                f"take {draft.name}",
                lambda: self._deliver(step, draft, [artifact, make()], deliver),
                self.patience(entries),
                progress,
            )
        finally:
            check_unchanged(before)

    def patience(self, entries: Sequence[Entry]) -> float:
        """Return the seconds that files may take on their way."""
        sizes = ((each.size or 0) + _OVERHEAD for each in entries if each.ref is None)
        return self._server.patience(sum(sizes))

    def _deliver(
        self, step: str, draft: Draft, artifacts: Sequence[wandb.Artifact], deliver: Deliver
    ) -> Outcome:
        content = draft.type, artifacts[0].digest
        listed = self._contents.remotes([draft.name]).get(draft.name, [])
        same = (each for each in listed if (each.version.type, each.version.digest) == content)
        known = next(same, None)
        rest = iter(artifacts)
        return self.twice(step, draft, lambda: deliver(next(rest), known))

    def twice(self, step: str, draft: Draft, deliver: Callable[[], T]) -> T:
        """Deliver a draft, and once more if the first answer was lost."""
        try:
            return deliver()
        except ValueError:
            if step not in self._runs:
                raise  # it was abandoned, and so was the SDK's core
            self._check_type(draft)
        # If only the answer was lost, the server gives the version that it has by now.
        return deliver()

    def _check_type(self, draft: Draft) -> None:
        kind = self._contents.types().get(draft.name, draft.type)
        if kind != draft.type:
            msg = (
                f"The artifact {draft.name!r} has the type {kind!r} and can't get"
                f" {draft.type!r}: W&B gives each name one type for good. Give it another name,"
                " or the old type."
            )
            raise ConfigurationError(msg)


def _artifact(draft: Draft, entries: Sequence[Entry]) -> wandb.Artifact:
    files = {source.name: source.path for source in draft.sources if source.path is not None}
    return artifact_of(draft, entries, files)

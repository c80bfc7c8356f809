"""What W&B's server has of the artifacts that a sync is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kedro_wandb.stores.base import Version
from kedro_wandb.stores.wandb.asking import Remote

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.store import CloudStore


class Remotes:
    """The server's versions, asked for once, and those that a sync adds.

    Args:
        cloud: Where they are.
        names: Of all artifacts in question.
    """

    def __init__(self, cloud: CloudStore, names: Sequence[str]) -> None:
        self._cloud, self._names = cloud, names
        self._found: dict[tuple[str, str], Remote] = {}
        self.refresh()

    def refresh(self) -> None:
        """Ask again.

        Raises:
            StoreUnavailableError: The server does not answer.
        """
        found = self._cloud.uploads.remotes(self._names) if self._names else {}
        self._found = {_key(each.version): each for some in found.values() for each in some}

    def find(self, version: Version) -> Remote | None:
        """Return the server's version with the name and content of one of ours."""
        return self._found.get(_key(version))

    def add(self, remote: Remote) -> None:
        """Note a version that the server has got."""
        self._found[_key(remote.version)] = remote

    def holders(self) -> dict[tuple[str, str], Remote]:
        """Return by name and alias which version each alias stood for when it was asked."""
        return {
            (each.version.name, alias): each
            for each in self._found.values()
            for alias in each.version.aliases
        }


def _key(version: Version) -> tuple[str, str]:
    return version.name, version.digest

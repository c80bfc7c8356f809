"""Aliases of versions on W&B's server, by the SDK's public API."""

from __future__ import annotations

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.stores.base import LATEST, Version, checked_alias
from kedro_wandb.stores.wandb.reading import CloudReader


class CloudAliases(CloudReader):
    """A project on W&B's server whose aliases may be moved."""

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

        self._ask(f"give {version.reference} the alias {alias}", ask)

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

        self._ask(f"remove the alias {name}:{alias}", ask)

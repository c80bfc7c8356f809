"""A version of an artifact as a catalog dataset."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError, parse_dataset_definition

from kedro_wandb.errors import ArtifactNotFoundError, TrackingError
from kedro_wandb.reading.checkout import check_out, find_version
from kedro_wandb.settings.project import Settings, current_settings
from kedro_wandb.stores.base import Version

logger = logging.getLogger("kedro_wandb")

LAYOUT, SINGLE_FILE = "layout", "file"
"""Metadata of a version: whether its dataset is one file or a folder."""


class ArtifactDataset(AbstractDataset[None, Any]):
    """A version by name and alias, loaded by any other dataset. Read-only.

    A run resolves the alias once, before it starts: all its nodes see the same version,
    under every runner, and that version is recorded as an input of their step. In a
    notebook the alias is resolved at each load. Either way the log tells the version.

    Example of catalog entries:

    .. code-block:: yaml

        production_model:
          type: kedro_wandb.ArtifactDataset
          artifact: price_model:prod  # or :v3, :latest, or a digest
          dataset:
            type: pickle.PickleDataset
            backend: joblib

        reference_profile:
          type: kedro_wandb.ArtifactDataset
          artifact: listings_profile:reference
          optional: true  # None while no version has that alias
          dataset: json.JSONDataset
    """

    def __init__(
        self,
        *,
        artifact: str,
        dataset: str | dict[str, Any] | None = None,
        filepath_arg: str = "filepath",
        optional: bool = False,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember what to load; nothing is asked yet.

        Args:
            artifact: ``name:alias``, ``name:v3`` or ``name:digest``; a name alone means
                ``latest``.
            dataset: Dataset that loads the files, as in the catalog but without its path;
                if left out, loading gives the folder with the files.
            filepath_arg: Its argument for the path: of the file if the version was logged
                from a single file, else of the folder.
            optional: Load ``None`` where there is no such version, instead of an error.
            metadata: For Kedro plugins.

        Raises:
            DatasetError: The inner dataset names a path.
        """
        self.artifact = artifact
        self._definition = dataset
        self._filepath_arg = filepath_arg
        self._is_optional = optional
        self.metadata = metadata
        self._settings: Settings | None = current_settings()
        self._pinned: Version | None = None
        self._is_pinned = False
        if isinstance(dataset, dict) and filepath_arg in dataset:
            msg = f"{artifact}: the inner dataset's {filepath_arg!r} is given by the artifact."
            raise DatasetError(msg)

    def pin(self) -> str | None:
        """Resolve the alias now, for all loads to come, and return the version.

        Returns:
            ``name:digest``, since another store may count otherwise, or ``None`` where there
            is none; then loading says why.
        """
        try:
            self._pinned = find_version(self._project(), self.artifact)
        except ArtifactNotFoundError:
            self._is_pinned = self._is_optional  # all nodes see that there is none
            return None
        self._is_pinned = True
        return f"{self._pinned.name}:{self._pinned.digest}"

    @property
    def pinned(self) -> Version | None:
        """The version that ``pin`` has found."""
        return self._pinned

    def load(self) -> Any:
        """Return what the inner dataset loads from the version.

        Raises:
            DatasetError: There is no such version, its bytes are damaged, or the server
                can't be asked.
        """
        try:
            version = self._version()
            if version is None:
                return None
            folder = check_out(self._project(), version)
        except TrackingError as error:
            raise DatasetError(str(error)) from error
        logger.info("Loaded %s (%s).", version.reference, self.artifact)
        return self._open(version, folder)

    def _version(self) -> Version | None:
        if self._is_pinned:
            return self._pinned
        try:
            return find_version(self._project(), self.artifact)
        except ArtifactNotFoundError:
            if self._is_optional:
                return None
            raise

    def _open(self, version: Version, folder: Path) -> Any:
        if self._definition is None:
            return folder
        definition = self._definition
        config = {"type": definition} if isinstance(definition, str) else definition
        dataset_type, arguments = parse_dataset_definition(config)
        path = _single_file(version, folder) or folder
        return dataset_type(**arguments, **{self._filepath_arg: path.as_posix()}).load()

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: versions are made by the runs that write the dataset itself.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self.artifact} is read-only: the runs that write its dataset make its versions."
        raise DatasetError(msg)

    def _project(self) -> Settings:
        settings = self._settings or current_settings()
        if settings is None:
            msg = (
                f"{self.artifact} can't be found: the project has no wandb.yml. Write "
                f"conf/base/wandb.yml with, for example, 'project: my-project'."
            )
            raise DatasetError(msg)
        return settings

    def _exists(self) -> bool:
        try:
            find_version(self._project(), self.artifact)
        except ArtifactNotFoundError:
            return False
        return True

    def _describe(self) -> dict[str, Any]:
        return {"artifact": self.artifact, "optional": self._is_optional}


def _single_file(version: Version, folder: Path) -> Path | None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    layout = version.metadata.get(LAYOUT, SINGLE_FILE)
    return files[0] if len(files) == 1 and layout == SINGLE_FILE else None

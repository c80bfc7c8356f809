"""A version of an artifact as a catalog dataset."""

from __future__ import annotations

import inspect
import logging
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError, parse_dataset_definition
from kedro.io.core import Version as KedroVersion

from kedro_wandb.errors import ArtifactNotFoundError, TrackingError, did_you_mean
from kedro_wandb.reading.checkout import check_out, find_version, project_settings
from kedro_wandb.settings.project import Settings, current_settings
from kedro_wandb.stores.base import Version
from kedro_wandb.stores.names import split_reference

logger = logging.getLogger("kedro_wandb")

LAYOUT, SINGLE_FILE = "layout", "file"
"""Metadata of a version: whether its dataset is one file or a folder."""

_PATHS = ("filepath", "path")
"""What datasets call the argument for their path."""

_SHOWN = 10


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

        named_model:
          type: kedro_wandb.ArtifactDataset
          artifact: price_model:prod
          reference_arg: version  # MyModelDataset(filepath=..., version="price_model:v3")
          dataset: my_project.MyModelDataset

        reference_profile:
          type: kedro_wandb.ArtifactDataset
          artifact: listings_profile:reference
          optional: true  # None while no version has that alias
          dataset: json.JSONDataset

        first_drop:
          type: kedro_wandb.ArtifactDataset
          artifact: drops
          file: 2024-01-01.csv  # one of its files
          dataset: pandas.CSVDataset

    With ``kedro run --load-versions production_model:v3`` that version is read instead.
    """

    versioned = True  # Kedro gives what --load-versions says to such classes alone

    def __init__(
        self,
        *,
        artifact: str,
        dataset: str | dict[str, Any] | None = None,
        file: str | None = None,
        filepath_arg: str | None = None,
        reference_arg: str | None = None,
        optional: bool = False,
        version: KedroVersion | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember what to load; nothing is asked yet.

        Args:
            artifact: ``name:alias``, ``name:v3`` or ``name:digest``; a name alone means
                ``latest``.
            dataset: Dataset that loads the files, as in the catalog but without its path;
                if left out, loading gives the folder with the files.
            file: Name of the one file that is loaded, as ``kedro wandb show`` lists it.
            filepath_arg: Argument of the inner dataset for the path: of the file if the
                version was logged from a single file, else of the folder. Found out if left
                out.
            reference_arg: Argument of the inner dataset for the version that is read, as
                ``name:v3``; it is told nothing if left out.
            optional: Load ``None`` where there is no such version, instead of an error.
            version: Kedro's: its ``load`` takes the place of the alias.
            metadata: For Kedro plugins.

        Raises:
            DatasetError: The inner dataset names a path.
        """
        asked = version.load if version else None
        self.artifact = f"{split_reference(artifact)[0]}:{asked}" if asked else artifact
        self._definition = dataset
        self._file = file
        self._filepath_arg = filepath_arg
        self._reference_arg = reference_arg
        self._is_optional = optional
        self.metadata = metadata
        self._settings: Settings | None = current_settings()
        self._pinned: Version | None = None
        self._is_pinned = False
        named = {filepath_arg} if filepath_arg else set(_PATHS)
        if isinstance(dataset, dict) and (given := sorted(named & dataset.keys())):
            msg = f"{artifact}: the inner dataset's {given[0]!r} is given by the artifact."
            raise DatasetError(msg)

    def pin(self) -> str | None:
        """Resolve the alias now, for all loads to come, and return the version.

        Returns:
            ``name:digest``, since another store may count otherwise, or ``None`` where there
            is none and none is needed.

        Raises:
            ArtifactNotFoundError: There is none, with what there is instead.
        """
        try:
            self._pinned = find_version(self._project(), self.artifact)
        except ArtifactNotFoundError:
            if not self._is_optional:
                raise
            self._is_pinned = True  # all nodes see that there is none
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
            return self._chosen(version, folder) if self._file else folder
        definition = self._definition
        config = {"type": definition} if isinstance(definition, str) else definition
        dataset_type, arguments = parse_dataset_definition(config)
        argument = self._filepath_arg or _path_argument(dataset_type)
        if self._file:
            path = self._chosen(version, folder)
        else:
            path = (not _is_partitioned(dataset_type) and _single_file(version, folder)) or folder
        given = {argument: path.as_posix()}
        if self._reference_arg:
            given[self._reference_arg] = version.reference
        return dataset_type(**arguments, **given).load()

    def _chosen(self, version: Version, folder: Path) -> Path:
        """Return where the file is that is loaded.

        Raises:
            DatasetError: The version has no such file.
        """
        name = self._file or ""
        known = sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        if name in known:
            return folder / name
        shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
        msg = (
            f"{version.reference} has no file {name!r}{did_you_mean(name, known)}. It has: {shown}."
        )
        raise DatasetError(msg)

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: versions are made by the runs that write the dataset itself.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self.artifact} is read-only: the runs that write its dataset make its versions."
        raise DatasetError(msg)

    def _project(self) -> Settings:
        return project_settings(self._settings, self.artifact)

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


def _path_argument(dataset: type) -> str:
    known = inspect.signature(dataset).parameters
    return next((name for name in _PATHS if name in known), _PATHS[0])


def _is_partitioned(dataset: type) -> bool:
    """Tell Kedro's partitioned datasets and their kind, whose path is a folder."""
    return any(base.__name__ == "PartitionedDataset" for base in dataset.__mro__)

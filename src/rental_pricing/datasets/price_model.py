"""The inference package as a catalog dataset: a folder without any pickle."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError, get_protocol_and_path
from kedro_datasets._typing import JSONPreview

from rental_pricing.datasets.whole import mend_folder, replaced_folder
from rental_pricing.errors import cut
from rental_pricing.model.package import (
    FILES,
    FORMAT,
    PACKAGE,
    PackageError,
    pack,
    read_package,
    unpack,
)
from rental_pricing.model.price_model import PriceModel
from rental_pricing.model.versions import library_versions
from rental_pricing.release.champion import UnusableModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

logger = logging.getLogger(__name__)


class PriceModelDataset(AbstractDataset[PriceModel, PriceModel]):
    """A folder with ``model.skops``, ``package.json``, ``profile.json`` and ``known.parquet``.

    ``package.json`` holds the format number, signature, intervals, provenance, library
    versions, what the model knows of its market, and example listings with their estimates;
    ``profile.json`` the profile of the training data; ``known.parquet`` the listings that it
    has learnt from, for similar ones. A neural network has ``network.json``, how it is built,
    and ``network.safetensors``, its weights. Equal models are saved as equal bytes.
    On the local machine the folder is replaced whole; elsewhere ``package.json``, which
    names the SHA-256 of all files, is written last.

    Example of a catalog entry:

    .. code-block:: yaml

        price_model:
          type: rental_pricing.datasets.price_model.PriceModelDataset
          filepath: data/06_models/price_model
          trusted:
            - sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor
    """

    def __init__(
        self,
        *,
        filepath: str,
        trusted: Sequence[str] = (),
        version: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the folder.

        Args:
            filepath: The folder: a path or any fsspec address.
            trusted: Types, by full name, that a model may consist of besides those that
                skops trusts itself; a model with any other is refused.
            version: What a store calls these files, such as ``price_model:v3``; the loaded
                model says so.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.
        """
        protocol, path = get_protocol_and_path(filepath)
        self._filepath = filepath
        self._folder = path.rstrip("/")
        self._local = protocol == "file"
        self._filesystem = fsspec.filesystem(protocol, **(credentials or {}))
        self._trusted = tuple(trusted)
        self._named = version
        self.metadata = metadata

    def load(self) -> PriceModel:
        """Read the package.

        Raises:
            DatasetError: If it is absent, of another format, damaged, or holds types
                that are not trusted.
        """
        files = dict(self._read(FILES))
        try:
            model = unpack(files, self._trusted)
        except PackageError as error:
            raise DatasetError(self._told(error)) from error
        self._warn_of_other_versions(model.versions)
        return dataclasses.replace(model, version=self._named)

    def _read(self, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Give the content of files, where they exist.

        Raises:
            DatasetError: If there is no package.
        """
        if not self._exists():
            msg = f"{self._filepath} holds no price model. Train one: kedro run"
            raise DatasetError(msg)
        for name in names:
            path = f"{self._folder}/{name}"
            if self._filesystem.isfile(path):
                yield name, self._filesystem.cat_file(path)

    def _told(self, error: PackageError) -> str:
        return f"{self._filepath}: {error}. Train the model again: kedro run --pipelines modeling"

    def _warn_of_other_versions(self, trained_with: Mapping[str, str]) -> None:
        here = library_versions()
        other = [
            f"{name} {version} (here {here[name]})"
            for name, version in trained_with.items()
            if name in here and here[name] != version  # PyTorch is not needed to estimate
        ]
        if other:
            logger.warning("%s was trained with %s", self._filepath, ", ".join(other))

    def save(self, data: PriceModel) -> None:
        """Write the package whole.

        Raises:
            DatasetError: If the model has types that are not trusted. Nothing is
                written then: what could not be loaded must not replace what can.
        """
        try:
            files = pack(data, self._trusted)
        except PackageError as error:
            msg = f"{self._filepath} is not written: {error}"
            raise DatasetError(msg) from error
        if self._local:
            with replaced_folder(self._folder) as folder:
                for name, content in files.items():
                    Path(folder, name).write_bytes(content)
            return
        self._filesystem.makedirs(self._folder, exist_ok=True)
        for name in sorted(files, key=lambda name: name == PACKAGE):
            self._filesystem.pipe_file(f"{self._folder}/{name}", files[name])

    def preview(self) -> JSONPreview:
        """Return ``package.json`` for kedro-viz."""
        try:
            package = read_package(dict(self._read([PACKAGE]))[PACKAGE])
        except PackageError as error:
            raise DatasetError(self._told(error)) from error
        return JSONPreview(json.dumps(package))

    def _exists(self) -> bool:
        if self._local:
            mend_folder(self._folder)
        return bool(self._filesystem.isfile(f"{self._folder}/{PACKAGE}"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "format": FORMAT}


class ChampionDataset(PriceModelDataset):
    """A price model that may be of other libraries: where it can't be used, that is told.

    Example of a catalog entry:

    .. code-block:: yaml

        champion:
          type: kedro_wandb.ArtifactDataset
          artifact: price_model:prod
          optional: true
          dataset:
            type: rental_pricing.datasets.price_model.ChampionDataset
    """

    def load(self) -> PriceModel | UnusableModel:  # type: ignore[override]
        """Read the package, and let the model estimate its own examples."""
        try:
            model = super().load()
            model.estimate(model.example_frame())
        except Exception as error:  # noqa: BLE001 - libraries raise anything on what is not theirs
            root = error.__cause__ or error
            return UnusableModel(cut(f"{type(root).__name__}: {root}", 200), self._named)
        return model

"""The inference package as a catalog dataset: a folder without any pickle."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

import fsspec
from kedro.io import AbstractDataset
from kedro.io.core import DatasetError, get_protocol_and_path
from kedro_datasets._typing import JSONPreview

from rental_pricing.model.intervals import ConformalInterval
from rental_pricing.model.price_model import PriceModel
from rental_pricing.model.skops_bytes import NotAModelError, UntrustedTypesError, dumps, loads
from rental_pricing.model.versions import library_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklearn.pipeline import Pipeline

logger = logging.getLogger(__name__)

FORMAT = 1
_MODEL, _PACKAGE = "model.skops", "package.json"


class PriceModelDataset(AbstractDataset[PriceModel, PriceModel]):
    """A folder with ``model.skops`` and ``package.json``.

    ``package.json`` holds the format number, signature, intervals, provenance, library
    versions, example listings with their estimates, and the SHA-256 of ``model.skops``.
    Equal models are saved as equal bytes. It is written last, so that a folder that was
    half-written is recognised on load.

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
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Remember the folder.

        Args:
            filepath: The folder: a path or any fsspec address.
            trusted: Types, by full name, that a model may consist of besides those that
                skops trusts itself; a model with any other is refused.
            credentials: Options of the fsspec filesystem.
            metadata: For Kedro plugins.
        """
        protocol, path = get_protocol_and_path(filepath)
        self._filepath = filepath
        self._folder = path.rstrip("/")
        self._filesystem = fsspec.filesystem(protocol, **(credentials or {}))
        self._trusted = tuple(trusted)
        self.metadata = metadata

    def load(self) -> PriceModel:
        """Read the package.

        Raises:
            DatasetError: If it is absent, of another format, damaged, or holds types
                that are not trusted.
        """
        package = self._read_package()
        content = self._filesystem.cat_file(f"{self._folder}/{_MODEL}")
        if hashlib.sha256(content).hexdigest() != package["sha256"]:
            msg = (
                f"{self._filepath}: {_MODEL} is not the file that {_PACKAGE} describes; it was "
                f"changed or half-written. Train the model again."
            )
            raise DatasetError(msg)
        return PriceModel(
            pipeline=self._read_pipeline(content),
            interval=ConformalInterval.from_dict(package["interval"]),
            signature=package["signature"],
            price_range=(package["price_range"][0], package["price_range"][1]),
            provenance=package["provenance"],
            versions=package["versions"],
            example=tuple(row["listing"] for row in package["example"]),
        )

    def _read_package(self) -> dict[str, Any]:
        path = f"{self._folder}/{_PACKAGE}"
        if not self._filesystem.exists(path):
            msg = f"{self._filepath} holds no price model. Train one: kedro run"
            raise DatasetError(msg)
        package: dict[str, Any] = json.loads(self._filesystem.cat_file(path))
        if package.get("format") != FORMAT:
            msg = (
                f"{self._filepath} has format {package.get('format')}; this version of "
                f"rental_pricing reads format {FORMAT}. Train the model again."
            )
            raise DatasetError(msg)
        self._warn_of_other_versions(package["versions"])
        return package

    def _warn_of_other_versions(self, trained_with: dict[str, str]) -> None:
        here = library_versions()
        other = [
            f"{name} {version} (here {here.get(name)})"
            for name, version in trained_with.items()
            if here.get(name) != version
        ]
        if other:
            logger.warning("%s was trained with %s", self._filepath, ", ".join(other))

    def _read_pipeline(self, content: bytes) -> Pipeline:
        try:
            pipeline: Pipeline = loads(content, self._trusted)
        except (UntrustedTypesError, NotAModelError) as error:
            msg = f"{self._filepath} is refused: {error}"
            raise DatasetError(msg) from error
        return pipeline

    def save(self, data: PriceModel) -> None:
        """Write the package.

        Raises:
            DatasetError: If the model has types that are not trusted. Nothing is
                written then: what could not be loaded must not replace what can.
        """
        content = dumps(data.pipeline)
        self._read_pipeline(content)
        frame = data.example_frame()
        estimates = data.estimate(frame).round(2).to_dict(orient="records")
        package = {
            "format": FORMAT,
            "sha256": hashlib.sha256(content).hexdigest(),
            "signature": dict(data.signature),
            "price_range": list(data.price_range),
            "interval": data.interval.to_dict(),
            "provenance": dict(data.provenance),
            "versions": dict(data.versions),
            "example": [
                {"listing": dict(listing), "estimate": estimate}
                for listing, estimate in zip(data.example, estimates, strict=True)
            ],
        }
        text = json.dumps(package, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        self._filesystem.makedirs(self._folder, exist_ok=True)
        self._filesystem.pipe_file(f"{self._folder}/{_MODEL}", content)
        self._filesystem.pipe_file(f"{self._folder}/{_PACKAGE}", text.encode())

    def preview(self) -> JSONPreview:
        """Return ``package.json`` for kedro-viz."""
        return JSONPreview(json.dumps(self._read_package()))

    def _exists(self) -> bool:
        return bool(self._filesystem.exists(f"{self._folder}/{_PACKAGE}"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "format": FORMAT}

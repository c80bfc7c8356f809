"""Files that may not be there, and that others write."""

from __future__ import annotations

from typing import Any

from kedro.io.core import DatasetError
from kedro_datasets.json import JSONDataset
from kedro_datasets.text import TextDataset


class OptionalJSONDataset(JSONDataset):
    """Read-only JSON: ``None`` where the file does not exist, unless it was asked for."""

    def __init__(self, *, named: str | None = None, **arguments: Any) -> None:
        """Remember the file.

        Args:
            named: The path as the user named it; a file that was named must exist.
            arguments: As of ``JSONDataset``.
        """
        super().__init__(**arguments)
        self._named = named

    def load(self) -> Any:
        """Return the content, or ``None`` if there is no file.

        Raises:
            DatasetError: If a file was named and is not there.
        """
        if self.exists():
            return super().load()
        if self._named is None:
            return None
        msg = f"There is no file {self._named}. Name another one, or leave it out."
        raise DatasetError(msg)

    def save(self, data: Any) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: another place decides what is in the file.

        Raises:
            DatasetError: Always.
        """
        raise _read_only(self)


class OptionalTextDataset(TextDataset):
    """Read-only text: ``None`` where the file does not exist."""

    def load(self) -> str | None:
        """Return the text, or ``None`` if there is no file."""
        return super().load() if self.exists() else None

    def save(self, data: str | None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: another place decides what is in the file.

        Raises:
            DatasetError: Always.
        """
        raise _read_only(self)


def _read_only(dataset: object) -> DatasetError:
    return DatasetError(f"{dataset} is read-only in this project.")

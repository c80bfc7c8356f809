"""Files that may not be there, and that others write."""

from __future__ import annotations

import json
from typing import Any

from kedro.io.core import DatasetError, get_filepath_str

from rental_pricing.datasets.files import JSONDataset
from rental_pricing.errors import UserInputError, cut


class OptionalFileError(UserInputError, DatasetError):
    """A file that may be absent is there, but can't be used; or it was named and is absent."""


class OptionalJSONDataset(JSONDataset):
    """Read-only JSON: ``None`` where the file does not exist, unless it was asked for.

    Example of a catalog entry:

    .. code-block:: yaml

        reference_profile:
          type: rental_pricing.datasets.optional.OptionalJSONDataset
          filepath: ${runtime_params:reference,${market_folder:}/03_primary/reference_profile.json}
          named: ${runtime_params:reference,null}
    """

    def __init__(self, *, named: str | None = None, **arguments: Any) -> None:
        """Remember the file.

        Args:
            named: The path as the user named it; a file that was named must exist.
            arguments: As of ``JSONDataset``.
        """
        super().__init__(**arguments)
        self._named = named

    def load(self) -> dict[str, Any] | None:
        """Return the content, or ``None`` if there is no file.

        Raises:
            OptionalFileError: It is no JSON object in UTF-8, can't be read, or was named
                and is not there.
        """
        text, place = _text(self), self._named or _path(self)
        if text is None:
            if self._named is None:
                return None
            msg = f"There is no file {place}. Name another one, or leave it out."
            raise OptionalFileError(msg)
        try:
            content = json.loads(text)
        except json.JSONDecodeError as error:
            msg = (
                f"{place} is no JSON: {error.msg}, line {error.lineno}, column {error.colno}. "
                f"Name the file that an earlier run wrote, unchanged."
            )
            raise OptionalFileError(msg) from error
        if not isinstance(content, dict):
            msg = f"{place} holds {cut(text)!r}, where names and values in {{}} belong."
            raise OptionalFileError(msg)
        return content

    def check(self) -> None:
        """Refuse at the start of a run what could not be used later.

        Raises:
            OptionalFileError: As ``load``.
        """
        self.load()

    def save(self, data: Any) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: another place decides what is in the file.

        Raises:
            DatasetError: Always.
        """
        raise _read_only(self)


def _path(dataset: Any) -> str:
    return get_filepath_str(dataset._get_load_path(), dataset._protocol)  # noqa: SLF001 - Kedro's


def _text(dataset: Any) -> str | None:
    """Return a file's text, or ``None`` if there is no file."""
    path, filesystem = _path(dataset), dataset._fs  # noqa: SLF001 - of kedro-datasets' classes
    try:
        if not filesystem.exists(path):
            return None
        content: bytes = filesystem.cat_file(path)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        msg = f"{path} is not UTF-8, see line {line}. Save it as UTF-8, or take it away."
    except IsADirectoryError:
        msg = f"{path} is a folder, where a file belongs. Take it away, or rename it."
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror or error}."
    raise OptionalFileError(msg)


def _read_only(dataset: object) -> DatasetError:
    return DatasetError(f"{dataset} is read-only in this project.")

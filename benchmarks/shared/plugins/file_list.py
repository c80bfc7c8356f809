"""A plugin for Kedro that lists the files that each step of a run reads and writes.

It writes one line of JSON for each dataset into the file that the variable FILE_LIST names.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl

from shared.plugins.catalog_files import files_of, step_of


class FileList:
    """Hears of loads and saves."""

    @hook_impl
    def after_catalog_created(self, catalog: Any, save_version: str) -> None:
        """Remember the catalog."""
        self._catalog, self._version = catalog, save_version

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: object, node: Any) -> None:
        """A node reads a dataset."""
        self._note(dataset_name, data, node, is_saved=False)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: object, node: Any) -> None:
        """A node has written one."""
        self._note(dataset_name, data, node, is_saved=True)

    def _note(self, name: str, data: object, node: Any, *, is_saved: bool) -> None:
        if files := files_of(self._catalog, name, data, self._version):
            told = {"step": step_of(node), "name": name, "is_saved": is_saved}
            told["files"] = [str(file.resolve()) for file in files]
            with Path(os.environ["FILE_LIST"]).open("a", encoding="utf-8") as file:
                file.write(json.dumps(told) + "\n")


hook = FileList()

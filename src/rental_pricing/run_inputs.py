"""Whatever a run is going to read is looked at before its first node runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from rental_pricing.errors import UserInputError

if TYPE_CHECKING:
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


class RunInputError(UserInputError):
    """A file that the run needs is not there or can't be read."""


class RunInputsHook:
    """Refuse a run whose inputs are not there, before it has changed anything.

    Otherwise an input of a late node is missed after the earlier ones have written.
    """

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Look at each free input that is a local file or folder.

        A dataset with a method ``check`` looks for itself. With ``--only-missing-outputs``
        nobody knows yet what will be read.

        Raises:
            RunInputError: One is missing or can't be read.
            DatasetError: What a dataset's own check found.
        """
        if run_params.get("only_missing_outputs"):
            return
        for name in sorted(pipeline.inputs()):
            dataset = catalog.get(name) if name in catalog else None
            check = getattr(dataset, "check", None)
            if check is not None:
                check()
            elif (path := _local_path(catalog, name)) is not None:
                _require_readable(name, path)


def _local_path(catalog: DataCatalog, name: str) -> Path | None:
    """Return the place of an entry of the catalog, if it is on this machine."""
    from kedro.io.core import get_protocol_and_path  # noqa: PLC0415 - with Kedro's catalog

    if name.startswith(("params:", "parameters")) or name not in catalog:
        return None
    entry: dict[str, Any] = catalog.config_resolver.resolve_pattern(name)
    raw = entry.get("filepath")
    if not isinstance(raw, str | os.PathLike) or entry.get("versioned"):
        return None
    protocol, path = get_protocol_and_path(raw)
    return Path(path) if protocol == "file" else None


def _require_readable(name: str, path: Path) -> None:
    from rental_pricing.datasets.whole import mend_folder  # noqa: PLC0415 - as above

    mend_folder(path)
    if not path.exists():
        msg = f"{name!r} is not there: {path}. {_maker(name)}"
        raise RunInputError(msg)
    if not os.access(path, os.R_OK):
        msg = f"{name!r} can't be read: no permission for {path}. Ask for it, or mend it: chmod u+r"
        raise RunInputError(msg)


def _maker(name: str) -> str:
    """Say which pipeline makes a dataset."""
    from kedro.framework.project import pipelines  # noqa: PLC0415 - of the running project

    pipelines.set_requested(None)
    makers = [
        maker
        for maker, pipeline in pipelines.items()
        if maker != "__default__" and name in pipeline.all_outputs()
    ]
    return f"Make it first: kedro run --pipelines {makers[0]}" if makers else "Put it there."

"""A plugin for Kedro that calls W&B's SDK as its manual says, as its users write one.

A run for each pipeline, ``use_artifact`` for what a node has loaded, ``log_artifact`` for what
it has saved; the variable BARE_PROJECT names W&B's project.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import wandb
from kedro.framework.hooks import hook_impl

from shared.plugins.catalog_files import files_of, step_of


class BareHook:
    """Hears of loads, saves and the end."""

    @hook_impl
    def after_catalog_created(self, catalog: Any, save_version: str) -> None:
        """Remember the catalog."""
        self._catalog, self._version = catalog, save_version
        self._runs: dict[str, Any] = {}
        self._logged: dict[str, tuple[Any, Any]] = {}

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: object, node: Any) -> None:
        """Let the node's run use what it has loaded."""
        files = files_of(self._catalog, dataset_name, data, self._version)
        run = self._run(node)
        if not files:
            self._use_stored(dataset_name, run)
            return
        maker, artifact = self._logged.get(dataset_name, (None, None))
        if maker is not run:
            run.use_artifact(artifact.wait() if artifact else _artifact(dataset_name, files))

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: object, node: Any) -> None:
        """Let the node's run log what it has saved."""
        files = files_of(self._catalog, dataset_name, data, self._version)
        run = self._run(node)
        if files:
            self._logged[dataset_name] = run, run.log_artifact(_artifact(dataset_name, files))

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End all runs."""
        for run in self._runs.values():
            run.finish()

    def _use_stored(self, name: str, run: Any) -> None:
        if name not in self._catalog or name.startswith("params:"):
            return
        config = self._catalog.config_resolver.resolve_pattern(name)
        if config.get("type") == "kedro_wandb.ArtifactDataset":
            try:
                run.use_artifact(config["artifact"])
            except (ValueError, wandb.errors.Error):
                return  # there is none yet

    def _run(self, node: Any) -> Any:
        step = step_of(node)
        if step not in self._runs:
            self._runs[step] = wandb.init(
                project=os.environ["BARE_PROJECT"],
                group=self._version,
                job_type=step,
                reinit="create_new",
            )
        return self._runs[step]


def _artifact(name: str, files: Sequence[Path]) -> Any:
    artifact = wandb.Artifact(name, "dataset")
    for path in files:
        artifact.add_file(str(path))
    return artifact


hook = BareHook()

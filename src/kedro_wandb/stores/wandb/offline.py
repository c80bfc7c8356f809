"""Steps as genuine offline runs of W&B, beside the local store."""

from __future__ import annotations

from pathlib import Path

import wandb

from kedro_wandb.stores.base import LATEST, Draft, Ending, Entry, Step
from kedro_wandb.stores.wandb.sdk import artifact_of, offline_settings, run_arguments, tell_ending


class OfflineRuns:
    """Writes steps as offline runs, which W&B's own ``wandb sync`` can upload.

    The entries of their artifacts point at files of the local store, so that nothing is
    copied, and by paths from its folder, so that this may be moved: ``wandb sync`` has to be
    called there, as ``wandb sync wandb/offline-run-*``. W&B's SDK has no way to use an
    artifact offline; ``kedro wandb sync`` tells the inputs from the local store.

    Args:
        folder: The SDK makes its folder ``wandb`` in it.
        project: W&B's project.
        entity: W&B's user or team; ``None``: that of the key that uploads.
    """

    def __init__(self, folder: Path, project: str, entity: str | None) -> None:
        self._folder, self._project, self._entity = folder, project, entity
        self._runs: dict[str, wandb.Run] = {}

    def open(self, step: Step) -> str:
        """Begin a run and return its folder."""
        run = wandb.init(
            **run_arguments(step, self._project, self._entity, self._folder),
            mode="offline",
            settings=offline_settings(),
        )
        self._runs[step.id] = run
        return str(Path(run.settings.sync_dir))

    def log(
        self,
        step_id: str,
        draft: Draft,
        files: dict[str, Path],
        entries: list[Entry],
    ) -> None:
        """Make an artifact with a draft's content an output of a run; W&B numbers it anew."""
        kept = {name: file.relative_to(self._folder) for name, file in files.items()}
        artifact = artifact_of(draft, entries, kept)
        self._runs[step_id].log_artifact(artifact, aliases=[LATEST, *draft.aliases])

    def close(self, step_id: str, ending: Ending) -> None:
        """End a run.

        Raises:
            OSError: An image can't be read; the run has ended all the same.
        """
        run = self._runs.pop(step_id)
        failure = tell_ending(run, ending)
        run.finish(exit_code=ending.exit_code)
        if failure is not None:
            raise failure

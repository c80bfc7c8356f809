"""What online and offline runs share of W&B's SDK."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb
from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Alert, Draft, Ending, Entry, Progress, Source, Step
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.wandb.keys import config_of, summary_of

_RETRIES = 2

# What the SDK would find out for itself costs ten times what a run costs.
_QUIET: dict[str, Any] = {
    "console": "off",
    "silent": True,
    "symlink": False,
    "disable_code": True,
    "disable_git": True,
    "save_code": False,
    "x_disable_machine_info": True,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_disable_viewer": True,
    "x_save_requirements": False,
}


def offline_settings() -> wandb.Settings:
    """Return the settings of offline runs; what they log is on the disk within a second."""
    return wandb.Settings(**_QUIET, x_transaction_log_flush_interval=1)


def online_settings(timeouts: Timeouts) -> wandb.Settings:
    """Return the settings of online runs, whose patience is ours."""
    return wandb.Settings(
        **_QUIET,
        **retries(),
        init_timeout=timeouts.start,
        finish_timeout=timeouts.finish,
        finish_timeout_raises=True,
        x_skip_transaction_log=True,  # what was not delivered is told from the local store
    )


def retries() -> dict[str, int]:
    """Return the settings that make the SDK give up after seconds, not after a quarter hour.

    Whole seconds: the SDK cuts fractions off, and takes 0 for its own default.
    """
    return {
        f"x_{part}_retry_{what}": value
        for part in ("graphql", "file_transfer", "file_stream")
        for what, value in (("max", _RETRIES), ("wait_min_seconds", 1), ("wait_max_seconds", 1))
    }


def run_arguments(step: Step, project: str, entity: str | None, folder: Path) -> dict[str, Any]:
    """Return the arguments of ``wandb.init`` for a step.

    Args:
        step: What is opened.
        project: W&B's.
        entity: W&B's user or team; ``None``: the key's own.
        folder: The SDK makes a folder ``wandb`` in it.
    """
    return {
        "project": project,
        "entity": entity,
        "dir": str(folder),
        "id": step.id,
        "name": step.name,
        "group": step.experiment,
        "job_type": step.job_type,
        "tags": list(step.tags),
        "config": config_of(step),
        "reinit": "create_new",
    }


def entries_of(draft: Draft, progress: Progress | None = None) -> list[Entry]:
    """Return the entries of a draft; each file is read once.

    Raises:
        FileChangedError: A file changed while it was read.
        OSError: A file can't be read.
    """
    return [_entry(source, progress) for source in draft.sources]


def _entry(source: Source, progress: Progress | None) -> Entry:
    if source.path is None:
        digest = source.digest or source.ref or ""
        return Entry(source.name, digest, source.size, source.ref, dict(source.extra))
    size = 0

    def count(chunk: memoryview) -> None:
        nonlocal size
        size += len(chunk)
        if progress is not None:
            progress(len(chunk))

    return Entry(source.name, file_digest(source.path, count), size)


def artifact_of(
    draft: Draft, entries: Sequence[Entry], files: Mapping[str, Path]
) -> wandb.Artifact:
    """Return W&B's artifact for a draft, whose files are neither copied nor read again.

    Args:
        draft: Name, type and what is known.
        entries: With their digests.
        files: Local file by entry name, of all but references.
    """
    artifact = wandb.Artifact(
        draft.name, draft.type, draft.description or None, dict(draft.metadata)
    )
    for entry in entries:
        artifact.manifest.add_entry(
            ArtifactManifestEntry(
                path=entry.name,
                digest=entry.digest,
                ref=entry.ref,
                size=entry.size,
                extra=dict(entry.extra),
                local_path=files.get(entry.name),
                skip_cache=True,
            )
        )
    return artifact


def tell_alerts(run: wandb.Run, alerts: Sequence[Alert]) -> None:
    """Send alerts, also several of one title: W&B drops those within a minute if not told so."""
    for each in alerts:
        run.alert(each.title, each.text, each.level, wait_duration=dt.timedelta(milliseconds=1))


def tell_ending(run: wandb.Run, ending: Ending) -> OSError | None:
    """Write the summary and the images of a step into its run.

    Returns:
        Why an image is missing, if one can't be read.
    """
    run.summary.update(summary_of(ending))
    images, failure = _images(ending.media)
    if run.starting_step == 0:
        if images:
            run.log(images, step=0)
    else:  # the row is there, but maybe not all of its files
        for name, image in images.items():
            image.bind_to_run(run, name, 0)
    return failure


def _images(media: Mapping[str, Path]) -> tuple[dict[str, wandb.Image], OSError | None]:
    images, failure = {}, None
    for name, path in media.items():
        try:
            images[name] = wandb.Image(str(path))
        except OSError as error:
            failure = failure or error
    return images, failure

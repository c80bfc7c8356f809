"""What online and offline runs share of W&B's SDK."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb
from wandb.sdk import wandb_setup
from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry
from wandb.sdk.lib import asyncio_manager
from wandb.sdk.mailbox import HandleAbandonedError

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Entry, Progress, Source, Step
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.patience import bounded

RUN_ID = "kedro_run_id"
"""Key of W&B's config with Kedro's run id."""

ENDED = "ended"
"""Key of W&B's summary that tells failures apart, of which W&B knows one state only."""

_CORE = b"wandb-core"
_RETRIES = 2
_GOODBYE = 1.0
"""Seconds for what the SDK does when it ends."""

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
        "config": {**step.config, RUN_ID: step.run_id},
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

    def count(chunk: bytes) -> None:
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


def tell_ending(run: wandb.Run, ending: Ending) -> OSError | None:
    """Write the summary and the images of a step into its run.

    Returns:
        Why an image is missing, if one can't be read.
    """
    run.summary.update(dict(ending.summary))
    if ending.state != "finished":
        run.summary[ENDED] = ending.state
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


def end_core() -> None:
    """Kill this process's own ``wandb-core``, which else goes on trying, deaf to SIGTERM.

    The SDK starts another one when it is needed. Only Linux tells which one is ours. A run
    that somebody else has open in this process is spared, and so is its core.
    """
    if wandb.run is not None:
        return
    logging.getLogger(asyncio_manager.__name__).addFilter(_is_news)
    with contextlib.suppress(Exception):
        for core in _cores():
            _kill(core)
        # It misses the process that it wants to say goodbye to.
        bounded(_GOODBYE, wandb.teardown)


def _kill(core: int) -> None:
    service = wandb_setup.singleton().ensure_service()
    # Nothing else keeps the SDK from writing to the dead process, or takes note of its end.
    with contextlib.suppress(TimeoutError):
        bounded(_GOODBYE, service._finalizer.close)  # noqa: SLF001 - see above
    with contextlib.suppress(ProcessLookupError):
        os.kill(core, signal.SIGKILL)
    if service._proc is not None:  # noqa: SLF001 - see above
        service._proc.join()  # noqa: SLF001 - see above


def _is_news(record: logging.LogRecord) -> bool:
    """Tell what the SDK has to say from its surprise, with a traceback, that its core is gone."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HandleAbandonedError | ConnectionError)


def _cores() -> list[int]:
    parent = os.getpid()
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_core(folder, parent)]


def _is_core(process: Path, parent: int) -> bool:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        state, found = fields[0], int(fields[1])
        return found == parent and state != "Z" and _CORE in (process / "cmdline").read_bytes()
    except OSError:
        return False

"""What online and offline runs share of W&B's SDK."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb
from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry
from wandb.sdk.data_types._private import MEDIA_TMP
from wandb.sdk.data_types.base_types.media import Media
from wandb.sdk.lib import runid

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
    """Write the summary and the media of a step into its run.

    Returns:
        Why one of them is missing, if it can't be read.
    """
    run.summary.update(summary_of(ending))
    shown, failure = _shown(ending.media)
    if run.starting_step == 0:
        if shown:
            run.log(shown, step=0)
    else:  # the row is there, but maybe not all of its files
        for name, each in shown.items():
            each.bind_to_run(run, name, 0)
    return failure


def _shown(media: Mapping[str, Path]) -> tuple[dict[str, Any], OSError | None]:
    shown, failure = {}, None
    for name, path in media.items():
        try:
            shown[name] = _SHOW.get(path.suffix.lower(), wandb.Image)(str(path))
        except OSError as error:
            failure = failure or error
    return shown, failure


def _plotly(path: str) -> wandb.Plotly:
    """Return a figure whose bytes are those of its file: by them it is known on the server.

    The SDK takes objects of Plotly's, which it would write anew, and which it must import.
    """
    figure = wandb.Plotly.__new__(wandb.Plotly)
    Media.__init__(figure)
    copied = Path(MEDIA_TMP.name) / f"{runid.generate_id()}.plotly.json"
    shutil.copyfile(path, copied)
    figure._set_file(str(copied), is_tmp=True, extension=".plotly.json")  # noqa: SLF001 - see above
    return figure


# A JSON file among the media is a figure.
_SHOW: dict[str, Callable[[str], Any]] = {
    ".json": _plotly,
    ".html": lambda path: wandb.Html(path, inject=False),
}

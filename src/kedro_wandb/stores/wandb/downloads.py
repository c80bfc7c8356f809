"""Files of a version, from W&B's server to this machine."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from uuid import uuid4

import wandb
from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry

from kedro_wandb.errors import DamagedArtifactError
from kedro_wandb.stores.base import Progress
from kedro_wandb.stores.digests import file_digest
from kedro_wandb.stores.names import place
from kedro_wandb.stores.patience import concurrently


def download(artifact: wandb.Artifact, folder: Path, progress: Progress | None) -> None:
    """Put all files of a version into a folder, or none.

    Entry by entry: the SDK's download of a whole artifact leaves out, without a word, what
    the server's list of files lacks.

    Raises:
        DamagedArtifactError: The bytes are not those that were logged.
        OSError: A file can't be written.
    """
    names = [name for name, entry in artifact.manifest.entries.items() if entry.ref is None]
    entries = [artifact.get_entry(name) for name in names]
    targets = [place(folder, name) for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{uuid4().hex}.part"
    try:
        files = concurrently(partial(_download, temporary, progress), entries)
        for file, target in zip(files, targets, strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def download_file(artifact: wandb.Artifact, name: str, target: Path) -> None:
    """Put one file of a version to a path.

    Raises:
        DamagedArtifactError: The bytes are not those that were logged.
        OSError: It can't be written.
    """
    temporary = target.with_name(f"{target.name}.part")
    try:
        _download(temporary, None, artifact.get_entry(name)).replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _download(folder: Path, progress: Progress | None, entry: ArtifactManifestEntry) -> Path:
    file = Path(entry.download(str(folder), skip_cache=True))
    if file_digest(file, lambda chunk: progress and progress(len(chunk))) != entry.digest:
        msg = f"{entry.path} arrived damaged from W&B."
        raise DamagedArtifactError(msg)
    return file

"""Digests: those of the SDK, from one pass over the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedro_wandb.errors import FileChangedError
from kedro_wandb.stores.digests import CHUNK, bytes_digest, file_digest, manifest_digest

CONTENTS = [b"", b"id,price\n", b"\0" * CHUNK, bytes(range(256)) * (CHUNK // 100)]
SIZES = [str(len(content)) for content in CONTENTS]


@pytest.mark.parametrize("content", CONTENTS, ids=SIZES)
def test_file_digest_is_the_one_of_the_sdk(tmp_path: Path, content: bytes) -> None:
    """W&B's SDK gives a file the same digest, also an empty or a larger one."""
    from wandb.sdk.lib.hashutil import md5_file_b64

    path = tmp_path / "file"
    path.write_bytes(content)
    assert file_digest(path) == bytes_digest(content) == md5_file_b64(str(path))


@pytest.mark.parametrize("content", CONTENTS, ids=SIZES)
def test_every_chunk_is_passed_on(tmp_path: Path, content: bytes) -> None:
    """Who wants the content beside the digest gets all of it, in order."""
    path = tmp_path / "file"
    path.write_bytes(content)
    copy = bytearray()
    file_digest(path, copy.extend)
    assert bytes(copy) == content


def test_manifest_digest_is_the_one_of_the_sdk() -> None:
    """W&B's SDK gives the same entries the same digest, whatever their order and names."""
    from wandb.sdk.artifacts._generated import ArtifactDigestAlgorithm
    from wandb.sdk.artifacts.artifact_manifest_entry import ArtifactManifestEntry
    from wandb.sdk.artifacts.artifact_manifests.artifact_manifest_v1 import ArtifactManifestV1
    from wandb.sdk.artifacts.storage_policies import WandbStoragePolicy

    names = [
        "b.csv",
        "a.csv",
        "B.csv",
        "a/z.csv",
        "a b.csv",
        "größe.csv",
        "价格",
        "a b:c",
        "😀.png",
    ]
    entries = {name: bytes_digest(name.encode()) for name in names}
    manifest = ArtifactManifestV1(
        storage_policy=WandbStoragePolicy(),
        digest_algorithm=ArtifactDigestAlgorithm.MANIFEST_MD5,
    )
    for name, digest in entries.items():
        manifest.add_entry(ArtifactManifestEntry(path=name, digest=digest, size=1))
    assert manifest_digest(entries) == manifest.digest()


def test_growing_file_has_no_digest(tmp_path: Path) -> None:
    """A file that is written to while it is read is refused by name."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"1")
    with pytest.raises(FileChangedError, match=r"rows\.csv changed while it was read"):
        file_digest(path, lambda _: path.write_bytes(b"22"))


def test_touched_file_has_no_digest(tmp_path: Path) -> None:
    """A file of the same size that was written anew is refused too."""
    path = tmp_path / "rows.csv"
    path.write_bytes(b"1")
    with pytest.raises(FileChangedError):
        file_digest(path, lambda _: path.write_bytes(b"2"))


def test_missing_file_is_an_error_of_the_file(tmp_path: Path) -> None:
    """What can't be read is told as the system tells it."""
    with pytest.raises(FileNotFoundError):
        file_digest(tmp_path / "missing")

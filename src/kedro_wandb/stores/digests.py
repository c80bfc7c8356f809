"""W&B's digests, computed without its SDK.

Source: ``wandb.sdk.artifacts.artifact_manifests.artifact_manifest_v1`` and
``wandb.sdk.lib.hashutil`` of wandb 0.31; a test compares them with the SDK's own.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from io import FileIO

from kedro_wandb.errors import FileChangedError

CHUNK = 1 << 20
"""Bytes read at a time."""

_HEADER = b"wandb-artifact-manifest-v1\n"


def manifest_digest(entries: Mapping[str, str]) -> str:
    """Return the digest of an artifact: MD5 over its entries' names and digests.

    Args:
        entries: Digest by entry name.

    Returns:
        32 hexadecimal digits.

    >>> manifest_digest({})
    '64e7c61456b10382e2f3b571ac24b659'
    """
    total = hashlib.md5(_HEADER, usedforsecurity=False)
    for name in sorted(entries):
        total.update(f"{name}:{entries[name]}\n".encode())
    return total.hexdigest()


def bytes_digest(content: bytes) -> str:
    """Return the digest of a file's content: its MD5 in base64.

    >>> bytes_digest(b"")
    '1B2M2Y8AsgTpgAmY7PhCfg=='
    """
    return _base64(hashlib.md5(content, usedforsecurity=False))


def file_digest(
    path: str | os.PathLike[str], each: Callable[[memoryview], object] | None = None
) -> str:
    """Return the digest of a file, reading it once.

    Args:
        path: A local file.
        each: Called with every chunk that was read, such as to write a copy.

    Returns:
        MD5 in base64.

    Raises:
        FileChangedError: The file changed while it was read.
        OSError: It can't be read.
    """
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor is needed for fstat
        before = _state(file.fileno())
        digest = open_digest(file, each)
        if _state(file.fileno()) != before:
            msg = f"{os.fspath(path)} changed while it was read."
            raise FileChangedError(msg)
    return digest


def open_digest(file: FileIO, each: Callable[[memoryview], object] | None = None) -> str:
    """Return the digest of what is still to be read of an open file.

    Args:
        file: Without a buffer of its own.
        each: Called with every chunk that was read; it has to be done with it when it returns.

    Returns:
        MD5 in base64.
    """
    total = hashlib.md5(usedforsecurity=False)
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    while read := file.readinto(buffer):
        total.update(view[:read])
        if each is not None:
            each(view[:read])
    return _base64(total)


def _state(descriptor: int) -> tuple[int, int]:
    stat = os.fstat(descriptor)
    return stat.st_size, stat.st_mtime_ns


def _base64(digest: hashlib._Hash) -> str:
    return base64.b64encode(digest.digest()).decode()

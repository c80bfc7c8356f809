"""Files whose content is kept out of every store: a name, a digest and a size stand for it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from urllib.parse import quote

from kedro_wandb.errors import WithheldError
from kedro_wandb.stores.base import Entry, Source, Version
from kedro_wandb.stores.digests import file_digest

SCHEME = "withheld://"
"""Of the references that stand for such files; nothing can be fetched from there."""


def withheld(
    source: Source, artifact: str, each: Callable[[memoryview], object] | None = None
) -> Source:
    """Return what stands for a file whose content is withheld; a reference stays as it is.

    Its digest is the MD5 in hexadecimal digits, not in base64 as of a file that is kept:
    where an entry of the catalog changes its mind, that is a new version.

    Args:
        source: The file.
        artifact: Name of the artifact.
        each: Called with every chunk that was read.

    Raises:
        FileChangedError: The file changed while it was read.
        OSError: It can't be read.
    """
    if source.path is None:
        return source
    size = 0

    def count(chunk: memoryview) -> None:
        nonlocal size
        size += len(chunk)
        if each is not None:
            each(chunk)

    digest = base64.b64decode(file_digest(source.path, count)).hex()
    return Source(source.name, ref=f"{SCHEME}{artifact}/{quote(source.name)}",
                  digest=digest, size=size)  # fmt: skip


def is_withheld(entry: Entry) -> bool:
    """Return whether a file's content is in no store.

    >>> is_withheld(Entry("a", "00", 1, "withheld://a/a")), is_withheld(Entry("a", "00", 1))
    (True, False)
    """
    return entry.ref is not None and entry.ref.startswith(SCHEME)


def check_kept(version: Version, entries: Iterable[Entry]) -> None:
    """Check that the content of a version can be had.

    Raises:
        WithheldError: It was withheld when the version was logged.
    """
    if any(map(is_withheld, entries)):
        msg = (
            f"The content of {version.reference} was withheld: its catalog entry says 'content:"
            " digest' under metadata.wandb, so that no store has more than digests and sizes."
        )
        raise WithheldError(msg)

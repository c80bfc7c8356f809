"""What a version was made of, where its metadata tells more than its step does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kedro_wandb.stores.base import Version

READ = "inputs"
"""Metadata of a version: the digest of what its node has read, by dataset."""


def made_of(version: Version, beside: Iterable[Version]) -> list[Version] | None:
    """Return what the node that made a version has read, and no other node of its step.

    Args:
        version: As the step that made it logged it; who only made it again may have read
            something else.
        beside: All that this step has used and logged.

    Returns:
        ``None`` where that is not known, as of versions that were logged otherwise; then all
        inputs of the step stand for it.
    """
    read = version.metadata.get(READ)
    if not isinstance(read, Mapping):
        return None
    digests = set(map(str, read.values()))
    found = [each for each in beside if each.digest in digests and each != version]
    return found if {each.digest for each in found} == digests - {version.digest} else None

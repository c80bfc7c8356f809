"""How far a week has come, so that one that was cut is taken up where it was."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kedro.framework.project import pipelines as registered
from kedro.io.core import get_protocol_and_path

from rental_pricing.weekly.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kedro.io import CatalogProtocol


_BY_PRODUCTION = ("release", "inference")
"""Pipelines that are run again where another model is in production since.

Monitoring tells of what was in production when the week began, and modeling asks for none.
"""


@dataclass(frozen=True)
class Ended:
    """A pipeline whose session has ended well.

    Attributes:
        pipeline: Its name.
        outputs: Digest of the files that it wrote; ``None`` if some are not on this machine.
        production: Digest of the model in production afterwards; ``None`` without one.
    """

    pipeline: str
    outputs: str | None
    production: str | None

    @classmethod
    def now(cls, catalog: CatalogProtocol[Any, Any], pipeline: str, production: str | None) -> Self:
        """Look at what a pipeline has left."""
        return cls(pipeline, outputs_digest(catalog, pipeline), production)


@dataclass(frozen=True)
class Progress:
    """The week that was begun last.

    Attributes:
        fingerprint: What it is made of.
        unwatched: Why what was in production could not be monitored; ``None`` where it was.
        looked: Whether a person has looked at its delivery.
        ended: Its pipelines whose sessions have ended well, in order.
    """

    fingerprint: Fingerprint
    unwatched: str | None = None
    looked: bool = False
    ended: tuple[Ended, ...] = ()

    def with_session(self, ended: Iterable[Ended]) -> Self:
        """Return it with the pipelines of one more session at its end."""
        return replace(self, ended=(*self.ended, *ended))

    def intact(
        self,
        catalog: CatalogProtocol[Any, Any],
        production: str | None,
        *,
        is_answered: bool = False,
    ) -> Self:
        """Return it with only those pipelines that need not be run again.

        The files of each must be those that it wrote, and the model in production the one that
        it decided about or priced with.

        Args:
            catalog: Of the week's market.
            production: Digest of the model in production.
            is_answered: Whether that is what a person has made of the week's decision, which
                then needs not be made again.
        """
        kept: list[Ended] = []
        for each in self.ended:
            if each.outputs is None or each.outputs != outputs_digest(catalog, each.pipeline):
                break
            is_settled = each.pipeline == "release" and is_answered
            is_bound = each.pipeline in _BY_PRODUCTION and not is_settled
            if is_bound and each.production != production:
                break
            kept.append(each)
        return replace(self, ended=tuple(kept))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "fingerprint": self.fingerprint.to_dict(),
            "unwatched": self.unwatched,
            "looked": self.looked,
            "ended": [asdict(each) for each in self.ended],
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """Build from what :meth:`to_dict` returned."""
        ended = (Ended(**each) for each in said["ended"])
        return cls(
            Fingerprint.from_dict(said["fingerprint"]),
            said["unwatched"],
            said["looked"],
            tuple(ended),
        )


def outputs_digest(catalog: CatalogProtocol[Any, Any], pipeline: str) -> str | None:
    """Return a digest of all files that a pipeline writes, by dataset.

    Args:
        catalog: Names their places.
        pipeline: Name of a registered pipeline.

    Returns:
        ``None`` if a file is missing, or on another machine.
    """
    digest = hashlib.blake2b(digest_size=16)
    registered.set_requested([pipeline])
    for name in sorted(registered[pipeline].all_outputs()):
        entry: dict[str, Any] = catalog.config_resolver.resolve_pattern(name)  # type: ignore[attr-defined]
        place = entry.get("filepath") or entry.get("path")
        if place is None:
            continue  # a name for a version, in the store
        protocol, path = get_protocol_and_path(str(place))
        if protocol != "file" or not Path(path).exists():
            return None
        for file, relative in _files(Path(path)):
            digest.update(f"{name}/{relative}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, hashlib.blake2b).digest())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if path.is_file():
        yield path, ""
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file, file.relative_to(path).as_posix()

"""How far a week has come, so that one that was cut is taken up where it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kedro.framework.project import pipelines as registered
from kedro.io.core import get_protocol_and_path

from rental_pricing.weekly.fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedro.io import CatalogProtocol


@dataclass(frozen=True)
class Ended:
    """A session that has ended well.

    Attributes:
        pipelines: That it ran.
        outputs: Digest of the files that they wrote; ``None`` if some are not on this machine.
        production: Digest of the model in production afterwards; ``None`` without one.
    """

    pipelines: tuple[str, ...]
    outputs: str | None
    production: str | None

    @classmethod
    def now(
        cls,
        catalog: CatalogProtocol[Any, Any],
        pipelines: Sequence[str],
        production: str | None,
    ) -> Self:
        """Look at what a session has left."""
        return cls(tuple(pipelines), outputs_digest(catalog, pipelines), production)


@dataclass(frozen=True)
class Progress:
    """The week that was begun last.

    Attributes:
        fingerprint: What it is made of.
        unwatched: Why what was in production could not be monitored; ``None`` where it was.
        looked: Whether a person has looked at its delivery.
        ended: Its sessions that have ended well, in order.
    """

    fingerprint: Fingerprint
    unwatched: str | None = None
    looked: bool = False
    ended: tuple[Ended, ...] = ()

    def with_session(self, ended: Ended) -> Self:
        """Return it with one more session at its end."""
        return replace(self, ended=(*self.ended, ended))

    def intact(self, catalog: CatalogProtocol[Any, Any], production: str | None) -> Self:
        """Return it with only those sessions that need not be run again.

        The files of a session must be those that it wrote. One that decided about the model in
        production is run again where another one is in production since; the first session
        tells of what was in production when the week began, and does not depend on it.

        Args:
            catalog: Of the week's market.
            production: Digest of the model in production.
        """
        kept: list[Ended] = []
        for each in self.ended:
            if each.outputs is None or each.outputs != outputs_digest(catalog, each.pipelines):
                break
            if kept and each.production != production:
                break
            kept.append(each)
        return replace(self, ended=tuple(kept))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "fingerprint": self.fingerprint.to_dict(),
            "unwatched": self.unwatched,
            "looked": self.looked,
            "ended": [
                {
                    "pipelines": list(each.pipelines),
                    "outputs": each.outputs,
                    "production": each.production,
                }
                for each in self.ended
            ],
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """Build from what :meth:`to_dict` returned."""
        ended = (Ended(**each | {"pipelines": tuple(each["pipelines"])}) for each in said["ended"])
        return cls(
            Fingerprint.from_dict(said["fingerprint"]),
            said["unwatched"],
            said["looked"],
            tuple(ended),
        )


def outputs_digest(catalog: CatalogProtocol[Any, Any], pipelines: Sequence[str]) -> str | None:
    """Return a digest of all files that pipelines write, by dataset.

    Args:
        catalog: Names their places.
        pipelines: Names of registered pipelines.

    Returns:
        ``None`` if a file is missing, or on another machine.
    """
    digest = hashlib.blake2b(digest_size=16)
    registered.set_requested(list(pipelines))
    names = {name for pipeline in pipelines for name in registered[pipeline].all_outputs()}
    for name in sorted(names):
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

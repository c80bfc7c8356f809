"""``kedro wandb verify``: whether the local store holds what it says, and mending it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from kedro_wandb.cli.console import (
    Asked,
    CommandError,
    WaitingError,
    cloud_store,
    local_store,
    shown_progress,
)
from kedro_wandb.cli.text import number, plain, rows
from kedro_wandb.errors import (
    ArtifactNotFoundError,
    ConfigurationError,
    StoreDamagedError,
    StoreUnavailableError,
)
from kedro_wandb.hook.table import human_size
from kedro_wandb.settings.project import Settings
from kedro_wandb.stores.base import Entry, Version
from kedro_wandb.stores.local.verify import (
    ASIDE,
    Fetch,
    Finding,
    Verification,
    repair,
    stored_bytes,
    verify,
)

if TYPE_CHECKING:
    from kedro_wandb.stores.wandb.store import CloudStore

_SHOWN = 50
_CONTENT = frozenset({"damaged", "missing"})


def run(asked: Asked, *, mend: bool) -> None:
    """Look through the local store, mend it if that is wanted, and tell what was found.

    Raises:
        CommandError: Damage is left.
        WaitingError: Damage is left, and the server can't be reached.
    """
    help_ = _Help()
    with local_store(asked.settings("local")) as store:
        try:
            with shown_progress("verify", stored_bytes(store)) as progress:
                found = verify(store, progress)
            if mend and found.findings:
                with _source(asked, help_, found) as fetch:
                    found = repair(store, found, fetch)
        except StoreDamagedError as error:
            raise CommandError(error) from error
    asked.answer(_json(found, help_), lambda: _text(found, help_, mend=mend))
    if help_.problem:
        raise WaitingError(help_.problem)
    if not found.ok:
        msg = f"The local store is damaged: {number(len(_left(found)), 'finding')} left."
        raise CommandError(msg)


@dataclass
class _Help:
    """Who was asked for content.

    Attributes:
        asked: Such as ``W&B``; ``None`` if nobody was.
        nobody: Why nobody was, if somebody was needed.
        problem: Why the one who was asked gives no answer any more.
    """

    asked: str | None = None
    nobody: str = ""
    problem: str = ""


@contextmanager
def _source(asked: Asked, help_: _Help, found: Verification) -> Iterator[Fetch | None]:
    """Give what gets content from W&B; ``None`` where nobody can be asked, or has to be."""
    if not any(each.kind in _CONTENT for each in found.findings):
        yield None
        return
    settings = _online(asked, help_)
    if settings is None:
        yield None
        return
    help_.asked = settings.mode.base_url
    with cloud_store(settings) as cloud:
        yield _Server(cloud, help_).fetch


def _online(asked: Asked, help_: _Help) -> Settings | None:
    try:
        settings = asked.settings("wandb")
    except ConfigurationError as error:
        help_.nobody = error.message
        return None
    if settings.mode.kind != "online":
        help_.nobody = f"{settings.mode.reason}."
        return None
    return settings


@dataclass
class _Server:
    """Gets content from W&B, which is asked no more once it gives no answer."""

    cloud: CloudStore
    help_: _Help
    senders: dict[tuple[str, str], Callable[[Entry, Path], None]] = field(default_factory=dict)

    def fetch(self, version: Version, entry: Entry, place: Path) -> None:
        """Put the content of an entry into a new file.

        Raises:
            ArtifactNotFoundError: It can't be had.
            DamagedArtifactError: What came is not what was logged.
        """
        if self.help_.problem:
            raise ArtifactNotFoundError(self.help_.problem)
        key = (version.name, version.digest)
        try:
            if key not in self.senders:
                self.senders[key] = self.cloud.sender(version)
            self.senders[key](entry, place)
        except StoreUnavailableError as error:
            self._check()
            raise ArtifactNotFoundError(str(error)) from error

    def _check(self) -> None:
        """Find out whether the server answers at all, or lacks this file only."""
        try:
            self.cloud.check()
        except StoreUnavailableError as error:
            self.help_.problem = str(error)


def _left(found: Verification) -> list[Finding]:
    return [each for each in found.findings if not each.repaired and each.kind != "orphan"]


def _text(found: Verification, help_: _Help, *, mend: bool) -> RenderableType:
    read = f"Read {number(found.files, 'file')} ({human_size(found.bytes)})"
    seen = f"{read} and the records of {number(found.versions, 'version')}"
    if not found.findings:
        return plain(f"{seen}: all is as it was logged.")
    parts: list[RenderableType] = [rows(("", ""), _cells(found.findings[:_SHOWN]))]
    if (more := len(found.findings) - _SHOWN) > 0:
        parts.append(plain(f"and {more} more (--json tells all)"))
    parts += map(Text, _notes(found, help_, mend=mend))
    state = "no version lacks anything" if found.ok else "damage is left"
    return Group(*parts, plain(f"{seen}: {state}."))


def _cells(findings: Sequence[Finding]) -> Iterator[tuple[str, ...]]:
    for each in findings:
        done = "dropped" if each.kind == "orphan" else "fetched again"
        yield f"{each.kind}, {done}" if each.repaired else each.kind, each.what


def _notes(found: Verification, help_: _Help, *, mend: bool) -> Iterator[str]:
    """Tell what can be done about what is left."""
    left = {each.kind for each in found.findings if not each.repaired}
    if help_.nobody:
        yield f"W&B was not asked: {help_.nobody}"
    if left & _CONTENT:
        yield (
            "Let a run log the same file again: then it is kept anew."
            if mend
            else "--repair fetches content again from W&B, and puts aside what can't be had."
        )
    if "damaged" in left and mend:
        yield f"What is left of damaged files is in the store's folder {ASIDE!r}."
    if "orphan" in left and not mend:
        yield "--repair drops orphans, which do no harm."
    if "records" in left:
        yield "Records can't be mended: bring store.db back from a backup, or use another folder."


def _json(found: Verification, help_: _Help) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "files": found.files,
        "bytes": found.bytes,
        "versions": found.versions,
        "asked": help_.asked,
        "not_asked": help_.nobody or None,
        "problem": help_.problem or None,
        "findings": [
            {
                "kind": each.kind,
                "what": each.what,
                "file": None if each.path is None else str(each.path),
                "of": list(each.versions),
                "repaired": each.repaired,
            }
            for each in found.findings
        ],
    }

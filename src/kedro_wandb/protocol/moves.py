"""Decisions of a run to move an alias, and what became of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

_DIGEST = re.compile(r"[0-9a-f]{32}")
_FORMS: tuple[set[str], ...] = (
    set(), {"dataset"}, {"digest"}, {"dataset", "instead_of"}, {"digest", "instead_of"},
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """Which version is to get an alias: that of a dataset in this run, or that of a digest.

    Neither: the alias stays where it is. ``instead_of`` is the digest of the version that it
    must stand for until then, empty for none at all; ``None`` if that does not matter.
    """

    dataset: str | None = None
    digest: str | None = None
    instead_of: str | None = None

    @classmethod
    def of(cls, told: object) -> Decision:
        """Return the decision that a node returned.

        Raises:
            ValueError: It is none.

        >>> Decision.of({"dataset": "price_model"})
        Decision(dataset='price_model', digest=None, instead_of=None)
        >>> Decision.of({"digest": "latest"})
        Traceback (most recent call last):
        ValueError: a digest has 32 hexadecimal digits, unlike 'latest'
        """
        given = dict(told) if isinstance(told, Mapping) else None
        if given is None or given.keys() not in _FORMS:
            msg = (
                "a decision is {'dataset': 'name'}, {'digest': '32 hexadecimal digits'}, either"
                " also with 'instead_of': the digest of who holds the alias now, or {} to leave"
                f" it where it is, and not {told!r:.80}"
            )
            raise ValueError(msg)
        if not all(
            isinstance(value, str) and (value or key == "instead_of")
            for key, value in given.items()
        ):
            msg = f"a decision names a dataset or a digest by a text, and not {told!r:.80}"
            raise ValueError(msg)
        decision = cls(**given)
        for digest in filter(None, (decision.digest, decision.instead_of)):
            if not _DIGEST.fullmatch(digest):
                msg = f"a digest has 32 hexadecimal digits, unlike {digest!r:.80}"
                raise ValueError(msg)
        return decision

    def leave(self, file: Path) -> None:
        """Leave it in a file, whole or not at all: runners save in processes of their own.

        Raises:
            OSError: The file can't be written.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{uuid4().hex}.part")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(file)

    @classmethod
    def left(cls, file: Path) -> Decision:
        """Take the decision that was left in a file, which is removed.

        Raises:
            OSError: There is no such file.
        """
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        file.unlink()
        return cls(**told)


@dataclass(frozen=True)
class AliasMove:
    """What became of a decision to move an alias.

    Attributes:
        artifact: Name of the artifact.
        alias: That was to be moved.
        made: Whether the store was seen to have it at the version.
        version: That it was to stand for, such as ``v3``; empty if there is none.
        digest: Of that version.
        reason: Why it was not made.
    """

    artifact: str
    alias: str
    made: bool = False
    version: str = ""
    digest: str = ""
    reason: str = ""

    @property
    def reference(self) -> str:
        """``name:alias``."""
        return f"{self.artifact}:{self.alias}"


_noted: dict[str, AliasMove] = {}


def note_moves(moves: Iterable[AliasMove]) -> None:
    """Remember what became of decisions of this process's newest run."""
    _noted.update({move.reference: move for move in moves})


def lose_moves(reason: str) -> None:
    """Remember that nobody knows what became of the newest run's decisions."""
    note_moves([replace(move, made=False, reason=reason) for move in _noted.values()])


def forget_moves() -> None:
    """Forget the decisions of earlier runs."""
    _noted.clear()


def noted_move(reference: str) -> AliasMove | None:
    """Return what became of the newest run's decision about ``name:alias``, if it made one."""
    return _noted.get(reference)

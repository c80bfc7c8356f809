"""What people have released and rolled back by hand, and what was in production before."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Entries = Sequence[Mapping[str, Any]]

Action = Literal["released", "rolled_back"]


@dataclass(frozen=True)
class Stored:
    """A version of the model.

    Attributes:
        model: Its identity.
        version: Such as ``v3``.
        digest: Of its content.
        learning: What it has learnt, and how; ``None`` if it does not say.
    """

    model: str
    version: str
    digest: str
    learning: str | None = None

    def __str__(self) -> str:
        """Return both names, for messages."""
        return f"price_model:{self.version} (model {self.model})"


@dataclass(frozen=True)
class Move:
    """What a person does by hand.

    Attributes:
        action: ``released`` or ``rolled_back``.
        to: What is in production afterwards.
        before: What was before; ``None`` if there was nothing.
        reason: Why.
    """

    action: Action
    to: Stored
    before: Stored | None
    reason: str

    def entry(self, at: str) -> dict[str, Any]:
        """Return what is kept of it.

        Args:
            at: When, UTC, ISO 8601.

        Returns:
            ``at``, ``action`` and ``reason``; ``model``, ``version``, ``digest`` and
            ``learning`` of what was released, or else taken back; ``instead_of``: the same of
            the other one, which is out of production by a release, and in it again by a
            rollback.
        """
        about, other = (self.to, self.before)
        if self.action == "rolled_back" and self.before is not None:
            about, other = (self.before, self.to)
        instead = asdict(other) if other else None
        told = {"action": self.action, **asdict(about)}
        return {"at": at, **told, "instead_of": instead, "reason": self.reason}


def is_withdrawn(model: str, learning: str | None, manual_releases: Entries | None) -> bool:
    """Tell whether a model was rolled back, and not released by a person since.

    One that has learnt the same in the same way counts as the same model: it estimates alike.

    Args:
        model: Its identity.
        learning: What it has learnt, and how.
        manual_releases: Entries as of :meth:`Move.entry`, oldest first; ``None`` if nobody
            has ever released by hand.
    """
    actions = [
        each["action"]
        for each in manual_releases or ()
        if each["model"] == model or (learning and each.get("learning") == learning)
    ]
    return bool(actions) and actions[-1] == "rolled_back"


def before(
    model: str, manual_releases: Entries, decisions: Iterable[tuple[str, Mapping[str, Any]]]
) -> Stored | None:
    """Return what was in production before a model was released the last time.

    Args:
        model: Its identity.
        manual_releases: What people have released, oldest first.
        decisions: What was decided by rule: when, and the decision; newest first. No more of
            them are taken than are needed.

    Returns:
        ``None`` if there was nothing, or if nothing is known of its release.
    """
    by_hand = next(_by_hand(model, manual_releases), None)
    by_rule = next(_by_rule(model, decisions), None)
    known = [each for each in (by_hand, by_rule) if each is not None]
    found = max(known, key=lambda each: each[0], default=("", None))[1]
    if not found:
        return None
    return Stored(found["model"] or "unknown", found["version"], found["digest"])


def _by_hand(model: str, entries: Entries) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    for each in reversed(entries):
        if each["action"] == "released" and each["model"] == model:
            yield each["at"], each["instead_of"]


def _by_rule(
    model: str, decisions: Iterable[tuple[str, Mapping[str, Any]]]
) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    for at, decision in decisions:
        if decision["outcome"] == "released" and decision["candidate"]["model"] == model:
            yield at, decision["champion"]

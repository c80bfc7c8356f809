"""What people have released, declined and rolled back, and what was in production before."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from rental_pricing.release.decision import FOR_A_PERSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Entries = Sequence[Mapping[str, Any]]

Action = Literal["released", "declined", "rolled_back"]

WITHDRAWN = ("declined", "rolled_back")
"""After which no rule releases a model any more."""


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
        action: ``released``, ``rolled_back``, or ``declined``, which moves nothing.
        to: What is in production afterwards; or else what was declined.
        before: What was before, and is after a ``declined``; ``None`` if there was nothing.
        reason: Why.
    """

    action: Action
    to: Stored
    before: Stored | None
    reason: str

    @property
    def alias(self) -> dict[str, str]:
        """What it means to the alias, which is taken from what is in production alone."""
        return {
            "digest": self.to.digest,
            "instead_of": self.before.digest if self.before else "",
        }

    def entry(self, at: str) -> dict[str, Any]:
        """Return what is kept of it.

        Args:
            at: When, UTC, ISO 8601.

        Returns:
            ``at``, ``action`` and ``reason``; ``model``, ``version``, ``digest`` and
            ``learning`` of what was released, declined or taken back; ``instead_of``: the same
            of the other one, which is out of production by a release, stays in it where the
            other was declined, and is in it again by a rollback.
        """
        about, other = (self.to, self.before)
        if self.action == "rolled_back" and self.before is not None:
            about, other = (self.before, self.to)
        instead = asdict(other) if other else None
        told = {"action": self.action, **asdict(about)}
        return {"at": at, **told, "instead_of": instead, "reason": self.reason}


def last_entry(
    model: str, learning: str | None, manual_releases: Entries | None
) -> Mapping[str, Any] | None:
    """Return what a person has done last with a model.

    One that has learnt the same in the same way counts as the same model: it estimates alike.

    Args:
        model: Its identity.
        learning: What it has learnt, and how; ``None`` if that is not known.
        manual_releases: Entries as of :meth:`Move.entry`, oldest first; ``None`` if nobody
            has ever done anything by hand.
    """
    for each in reversed(manual_releases or ()):
        if each["model"] == model or (learning and each.get("learning") == learning):
            return each
    return None


def withdrawal(model: str, learning: str | None, manual_releases: Entries | None) -> Action | None:
    """Return how a person has taken a model back, if none has released it since.

    Args:
        model: As of :func:`last_entry`, as the others.
        learning: Likewise.
        manual_releases: Likewise.
    """
    last = last_entry(model, learning, manual_releases)
    return last["action"] if last is not None and last["action"] in WITHDRAWN else None


def answer(
    decision: Mapping[str, Any], manual_releases: Entries | None, production: str | None
) -> Mapping[str, Any] | None:
    """Return what a person has done since about a decision that was left to one.

    Args:
        decision: As from :func:`rental_pricing.release.decision.decide`.
        manual_releases: What people have done, oldest first.
        production: Digest of the version in production now.

    Returns:
        The entry; ``None`` where the decision was left to nobody, or nobody has answered, or
        what was released is not what is in production.
    """
    if decision["outcome"] not in FOR_A_PERSON:
        return None
    last = last_entry(decision["candidate"]["model"], None, manual_releases)
    if last is None or last["action"] in WITHDRAWN:
        return last
    return last if last["digest"] == production else None


def brought_by(
    model: str,
    learning: str | None,
    manual_releases: Entries | None,
    decision: Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """Return what is known of how a model came into production, for one that is there.

    The run that released it may have been killed before it could say so.

    Args:
        model: As of :func:`last_entry`, as the next two.
        learning: Likewise.
        manual_releases: Likewise.
        decision: What was decided last, as from
            :func:`rental_pricing.release.decision.decide`; ``None`` if nothing was.

    Returns:
        ``by``: ``rule``, or the :data:`Action` of a person; ``reason``; ``instead_of``: what
        was in production before. ``None`` if nothing is known.
    """
    last = last_entry(model, learning, manual_releases)
    if last is not None:
        return {"by": last["action"], **{name: last[name] for name in ("reason", "instead_of")}}
    if decision is None or decision["candidate"]["model"] != model:
        return None
    if decision["outcome"] == "released":
        champion = decision["champion"]
        instead = champion and {name: champion[name] for name in ("model", "version", "digest")}
        return {"by": "rule", "reason": decision["reason"], "instead_of": instead}
    found: dict[str, Any] | None = decision.get("brought")
    return found


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

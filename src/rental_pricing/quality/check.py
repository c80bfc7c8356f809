"""One rule and what came out of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["passed", "failed", "not_run"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """The outcome of one rule.

    Attributes:
        name: Name of the rule.
        kind: ``fixed`` rules need the listings alone, ``statistical`` ones a reference.
        column: Column it is about; ``None`` if it is about the whole.
        rule: What must hold, in words.
        threshold: The limit.
        value: What was found.
        status: ``passed``, ``failed`` or ``not_run``.
        examples: Offending values, with listing id and drop where that is known.
        reason: Why the rule was not run.
    """

    name: str
    kind: Literal["fixed", "statistical"]
    rule: str
    status: Status
    column: str | None = None
    threshold: float | str | None = None
    value: float | str | None = None
    examples: tuple[str, ...] = ()
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as plain types, ready for JSON."""
        return asdict(self) | {"examples": list(self.examples)}


def status_of(*, passed: bool) -> Status:
    """Return the status of a rule that was run."""
    return "passed" if passed else "failed"

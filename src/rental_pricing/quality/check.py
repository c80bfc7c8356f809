"""One rule and what came out of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from rental_pricing.errors import cut

Kind = Literal["rule", "drift"]
Status = Literal["passed", "failed", "not_run"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came out of a rule.

    Attributes:
        status: ``passed``, ``failed`` or ``not_run``.
        threshold: The limit.
        value: What was found.
        examples: What breaks the rule, or comes nearest to it.
        reason: Why the rule was not run.
    """

    status: Status
    threshold: float | str | None = None
    value: float | str | None = None
    examples: tuple[str, ...] = ()
    reason: str | None = None

    @classmethod
    def at_most(cls, value: float, limit: float, examples: tuple[str, ...] = ()) -> Self:
        """Pass what is not above its limit."""
        status: Status = "passed" if value <= limit else "failed"
        return cls(
            status=status, threshold=round(limit, 6), value=round(value, 6), examples=examples
        )

    @classmethod
    def between(cls, value: float, least: float, most: float) -> Self:
        """Pass what is inside its limits."""
        status: Status = "passed" if least <= value <= most else "failed"
        return cls(status=status, threshold=f"{least:.10g} to {most:.10g}", value=round(value, 6))

    @classmethod
    def not_run(cls, reason: str, threshold: float | str | None = None) -> Self:
        """Say why the rule could not be run."""
        return cls(status="not_run", reason=reason, threshold=threshold)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule, what it is about and its outcome.

    Attributes:
        name: Name of the rule.
        kind: ``rule`` needs what is judged alone, ``drift`` something to compare with.
        rule: What is looked at, in words.
        outcome: What came out.
        drop: Date of the delivery that it judges; ``None`` for the listings as a whole.
        column: Column it is about; ``None`` if it is about the whole.
    """

    name: str
    kind: Kind
    rule: str
    outcome: Outcome
    drop: str | None = None
    column: str | None = None

    def to_dict(self, shown: int) -> dict[str, Any]:
        """Return rule and outcome as plain types, ready for JSON.

        Args:
            shown: Most examples; ``more`` says how many there are besides.
        """
        examples = [cut(example, 120) for example in self.outcome.examples[:shown]]
        more = len(self.outcome.examples) - len(examples)
        outcome = asdict(self.outcome) | {"examples": examples, "more": more}
        return {
            "name": self.name,
            "kind": self.kind,
            "drop": self.drop,
            "column": self.column,
            "rule": self.rule,
            **outcome,
        }

"""What became of a sync, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kedro_wandb.stores.base import Step

Result = Literal["uploaded", "already there", "waiting", "failed", "conflict"]


@dataclass(frozen=True)
class StepReport:
    """What became of a step.

    Attributes:
        step: Which one.
        result: ``uploaded`` or ``already there`` if W&B was seen to have all of it;
            ``waiting`` if it was not tried, ``failed`` if it was in vain.
        reason: Why it waits or failed.
        bytes: Of the files of the versions that W&B got by it, or would get.
    """

    step: Step
    result: Result
    reason: str = ""
    bytes: int = 0


@dataclass(frozen=True)
class AliasReport:
    """What became of an alias that was moved.

    Attributes:
        alias: Such as ``price_model:prod``.
        version: Where it stands, such as ``price_model:v3``: the local store's number.
        result: As for a step; ``conflict`` if somebody else has moved it on the server since
            it was last seen from here: it stays where they put it.
        reason: Why it waits, failed or stays.
    """

    alias: str
    version: str
    result: Result
    reason: str = ""


@dataclass(frozen=True)
class SyncReport:
    """What became of all that waited.

    Attributes:
        steps: In the order in which they were told.
        aliases: Those moved; ``latest`` only if it could not be.
        problem: Why the sync ended early; empty if it did not.
    """

    steps: tuple[StepReport, ...] = ()
    aliases: tuple[AliasReport, ...] = ()
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing went wrong; what could not be tried yet may still wait."""
        return not self.problem and not {"failed", "conflict"} & set(self._results())

    @property
    def waiting(self) -> int:
        """How many steps and aliases W&B is not known to have in full."""
        return sum(each in {"waiting", "failed"} for each in self._results())

    @property
    def bytes(self) -> int:
        """Of the files of the versions that W&B got, or would get."""
        return sum(each.bytes for each in self.steps)

    def _results(self) -> list[Result]:
        return [each.result for each in self.steps] + [each.result for each in self.aliases]

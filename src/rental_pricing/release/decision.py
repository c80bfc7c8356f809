"""The decision: released, kept, or left to a person; with every number that it rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rental_pricing.evaluation.provenance import SPLIT
from rental_pricing.release.champion import UnusableModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.release.champion import Holder
    from rental_pricing.release.comparison import Compared, Measured
    from rental_pricing.release.parameters import ReleaseParameters
    from rental_pricing.release.rules import Rule

Verdict = Literal[
    "released", "already_released", "kept", "needs_person", "waits_for_person", "not_promoted"
]
"""What is done.

``released``: by rule, in this run. ``already_released``: the candidate is the champion.
``kept``: a rule is broken, so that what is in production stays. ``needs_person``: the two
can't be compared. ``waits_for_person``: the rules are kept, and the mode is manual.
``not_promoted``: the rules are kept, and without tracking nothing could be promoted.
"""

FOR_A_PERSON: tuple[Verdict, ...] = ("needs_person", "waits_for_person", "not_promoted")
"""Verdicts that a person answers: ``kedro release`` promotes the candidate, or declines it."""

CANDIDATE = "price_model"
"""The dataset that is released, and its artifact."""

_DECIMALS = 4


class Tracking(Protocol):
    """How a run is tracked."""

    @property
    def kind(self) -> str:
        """``online``, ``local`` or ``disabled``."""

    @property
    def reason(self) -> str:
        """Why; a clause."""


@dataclass(frozen=True)
class Judged:
    """All that a decision rests on.

    Attributes:
        candidate: The new model.
        candidate_measured: Its numbers on the test listings.
        champion: The model in production; ``None`` if there is none yet.
        holder: Its version in the store.
        champion_measured: Its numbers on the same test listings, if it could estimate them.
        compared: Their difference, likewise.
        rules: All that apply.
        obstacles: Why they can't be compared.
    """

    candidate: PriceModel
    candidate_measured: Measured
    champion: PriceModel | UnusableModel | None
    holder: Holder | None
    champion_measured: Measured | None = None
    compared: Compared | None = None
    rules: tuple[Rule, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def is_champion(self) -> bool:
        """Whether the candidate is in production already."""
        champion = self.champion
        if champion is None or isinstance(champion, UnusableModel):
            return False
        return champion.identity == self.candidate.identity


def decide(
    judged: Judged,
    parameters: ReleaseParameters,
    tracking: Tracking,
    brought: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Decide what becomes of a candidate.

    Args:
        judged: What was found.
        parameters: The mode.
        tracking: Without it no alias can be moved.
        brought: What has brought the candidate into production, if it is there: as from
            :func:`rental_pricing.release.manual_releases.brought_by`.

    Returns:
        ``outcome`` (a :data:`Verdict`), ``reason``, ``candidate``, ``champion`` (``None`` if
        there is none), ``comparison`` (``None`` if there is none), ``rules``, ``brought`` (of
        a candidate that is in production already) and ``mode``, as plain types.
    """
    outcome, reason = _verdict(judged, parameters, tracking, brought)
    return {
        "outcome": outcome,
        "reason": reason,
        "mode": parameters.mode,
        "currency": judged.candidate.provenance["currency"],
        "candidate": _model(judged.candidate, judged.candidate_measured),
        "champion": _champion(judged),
        "comparison": _rounded(asdict(judged.compared)) if judged.compared else None,
        "rules": [asdict(rule) for rule in judged.rules],
        "brought": dict(brought) if brought else None,
    }


def promotion(decision: dict[str, Any]) -> dict[str, str]:
    """Return what a decision means to the alias: the candidate gets it, or it stays.

    It is taken from the champion alone: what a person has released since stays.
    """
    if decision["outcome"] != "released":
        return {}
    champion = decision["champion"]
    return {"dataset": CANDIDATE, "instead_of": champion["digest"] if champion else ""}


def _verdict(
    judged: Judged,
    parameters: ReleaseParameters,
    tracking: Tracking,
    brought: Mapping[str, Any] | None,
) -> tuple[Verdict, str]:
    if judged.is_champion:
        return "already_released", (
            f"The candidate is the model that is in production. {_brought(brought)}".rstrip()
        )
    broken = [rule for rule in judged.rules if not rule.passed]
    if broken:
        stays = "Nothing is released" if judged.champion is None else "The champion stays"
        return "kept", f"{stays}: {_listed(f'{each.rule}: {each.told}' for each in broken)}."
    if judged.obstacles:
        return "needs_person", (
            f"They can't be compared, so that a person has to decide: {_listed(judged.obstacles)}."
        )
    kept = _why_released(judged)
    if parameters.mode == "manual":
        return "waits_for_person", f"{kept} In the mode manual, a person releases: kedro release."
    if tracking.kind == "disabled":
        return "not_promoted", f"{kept} But nothing could be promoted: {tracking.reason}."
    return "released", kept


def _brought(brought: Mapping[str, Any] | None) -> str:
    """Say who has released what is in production: it may have been a run that was killed."""
    if brought is None:
        return ""
    other = brought["instead_of"]
    instead = f"instead of {CANDIDATE}:{other['version']}" if other else "where there was nothing"
    told = {
        "rule": f"An earlier run has released it, {instead}: {brought['reason']}",
        "released": f"A person has released it, {instead}: {brought['reason']}",
        "declined": f"But a person has declined it: {brought['reason']}",
        "rolled_back": (
            f"But a person has rolled it back: {brought['reason']}. "
            "Repeat that, since it was not done: kedro release --rollback"
        ),
    }
    return told[brought["by"]]


def _why_released(judged: Judged) -> str:
    if judged.champion is None:
        return "There is no model in production yet, and the candidate keeps the rules."
    (reason,) = (rule.told for rule in judged.rules if rule.rule == "reason_to_change")
    return f"The candidate keeps the rules, and there is a reason to change: {reason}."


def _listed(reasons: Iterable[str]) -> str:
    return "; ".join(reasons)


def _champion(judged: Judged) -> dict[str, Any] | None:
    champion, holder = judged.champion, judged.holder
    if champion is None or holder is None:
        return None
    stored = {"version": holder.version, "digest": holder.digest}
    if isinstance(champion, UnusableModel):
        return {"model": None, **stored, "unusable": champion.reason}
    return {**_model(champion, judged.champion_measured), **stored}


def _model(model: PriceModel, found: Measured | None) -> dict[str, Any]:
    return {
        "model": model.identity,
        "newest_delivery": model.knowledge.newest_delivery,
        "data": model.provenance.get(SPLIT, {}).get("digest"),
        "estimator": model.provenance.get("estimator"),
        "test": _rounded(asdict(found)) if found else None,
    }


def _rounded(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value)
        if isinstance(value, dict)
        else round(value, _DECIMALS)
        if isinstance(value, float)
        else value
        for name, value in found.items()
    }

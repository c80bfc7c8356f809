"""The model in production, as a candidate meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rental_pricing.errors import MixedDataError
from rental_pricing.evaluation.provenance import SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from rental_pricing.model.price_model import PriceModel

_SPLIT = ("market", "seed", "test_share", "validation_share")


@dataclass(frozen=True)
class UnusableModel:
    """A model that these libraries can't load.

    Attributes:
        reason: Why, for people; a clause.
        version: What the store calls it, such as ``price_model:v3``.
    """

    reason: str
    version: str | None = None


class Holder(Protocol):
    """The version that is in production."""

    @property
    def name(self) -> str:
        """Of the artifact."""

    @property
    def version(self) -> str:
        """Such as ``v3``."""

    @property
    def digest(self) -> str:
        """Of its content."""


def require_one_champion(
    champion: PriceModel | UnusableModel | None, holder: Holder | None
) -> None:
    """Refuse a champion and a version that do not belong together.

    The champion is that of the run's beginning, the holder that of now.

    Raises:
        MixedDataError: Somebody has moved the alias meanwhile.
    """
    now = None if holder is None else f"{holder.name}:{holder.version}"
    begun = None if champion is None else champion.version or now or "a model"
    if begun != now:
        msg = (
            "What is in production changed while this run was under way: "
            f"{begun or 'nothing'} when it began, {now or 'nothing'} now. "
            "Nothing was decided. Run again: kedro run --pipelines release"
        )
        raise MixedDataError(msg)


def why_not_comparable(
    candidate: PriceModel, champion: PriceModel | UnusableModel, listings: pd.DataFrame
) -> list[str]:
    """Return why a champion can't be judged on a candidate's test listings, in clauses.

    Models of different markets, seeds or shares have learnt from each other's test listings,
    or are for other homes. The data may differ: a listing's part never changes.

    Args:
        candidate: The new model.
        champion: The one in production.
        listings: That both would have to estimate.

    Returns:
        One clause a reason; none if they can be compared.
    """
    if isinstance(champion, UnusableModel):
        return [f"the model in production can't be loaded by these libraries: {champion.reason}"]
    ours, theirs = (model.provenance.get(SPLIT, {}) for model in (candidate, champion))
    return [*_differences(ours, theirs), *_absent(champion, listings)]


def _differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    for name in _SPLIT:
        if ours.get(name) != theirs.get(name):
            what = "market" if name == "market" else f"split.{name}"
            yield f"{what} is {theirs.get(name)} in the champion and {ours.get(name)} now"


def _absent(champion: PriceModel, listings: pd.DataFrame) -> Iterator[str]:
    absent = [name for name in champion.signature if name not in listings]
    if absent:
        yield f"the champion reads columns that the listings no longer have: {', '.join(absent)}"

"""Which drops are read: not too old, not after ``as_of``, not excluded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rental_pricing.errors import DropWindowError, cut, cut_list
from rental_pricing.listings.dates import parse_date
from rental_pricing.listings.parameters import ProcessingParameters


@dataclass(frozen=True)
class DropWindow:
    """The drops of a run.

    Attributes:
        as_of: The day from which ages are counted, ``YYYY-MM-DD``.
        files: The drops that are read: date to file name, oldest first.
        expired: Dates of the drops that are too old.
        excluded: Dates of the drops that the parameters exclude.
    """

    as_of: str
    files: dict[str, str]
    expired: tuple[str, ...]
    excluded: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "as_of": self.as_of,
            "drops": dict(self.files),
            "expired": list(self.expired),
            "excluded": list(self.excluded),
        }


def choose_drops(
    files: Collection[str], as_of: str | date | None, parameters: ProcessingParameters
) -> DropWindow:
    """Choose the drops to read.

    A drop is read if its age is at most ``7 * max_age_weeks`` days, counted from ``as_of``
    or, without it, from the newest drop that is not excluded.

    Args:
        files: Names of the drops, beginning with their dates.
        as_of: Last date of delivery to read, ``YYYY-MM-DD``.
        parameters: Age and exclusions.

    Raises:
        DropWindowError: If ``as_of`` is no date, an excluded drop is not there, or no drop
            is left.
    """
    last = as_date(as_of)
    named = {file[:10]: file for file in sorted(files) if last is None or file[:10] <= str(last)}
    excluded = sorted({day for day in parameters.exclude_drops if last is None or day <= str(last)})
    _refuse_unknown(excluded, list(named))
    if not named:
        first = min(files)[:10]
        msg = f"There is no drop up to {last}; the first one is of {first}. Choose a later as_of."
        raise DropWindowError(msg)
    offered = [day for day in named if day not in excluded]
    if not offered:
        msg = "No drop is left: data_processing.exclude_drops has all of them. Take one out of it."
        raise DropWindowError(msg)
    counted_from = last or date.fromisoformat(offered[-1])
    oldest = counted_from - timedelta(days=7 * parameters.max_age_weeks)
    expired = [day for day in offered if date.fromisoformat(day) < oldest]
    if expired == offered:
        msg = (
            f"No drop is left: the newest one, of {offered[-1]}, is older than "
            f"{parameters.max_age_weeks} weeks, counted from {counted_from}. Deliver a newer one, "
            f"choose an earlier as_of, or raise data_processing.max_age_weeks."
        )
        raise DropWindowError(msg)
    return DropWindow(
        as_of=str(counted_from),
        files={day: named[day] for day in offered if day not in expired},
        expired=tuple(expired),
        excluded=tuple(excluded),
    )


def as_date(text: str | date | None) -> date | None:
    """Read ``as_of``.

    Raises:
        DropWindowError: If it is no date of the form ``YYYY-MM-DD``.
    """
    if text is None:
        return None
    day = parse_date(str(text))
    if day is None:
        msg = f"as_of={cut(str(text))} is not a date; write it as YYYY-MM-DD, such as 2024-01-08."
        raise DropWindowError(msg)
    return day


def _refuse_unknown(excluded: list[str], known: list[str]) -> None:
    unknown = [day for day in excluded if day not in known]
    if unknown:
        msg = (
            f"data_processing.exclude_drops has {cut_list(unknown)}, but there is no such drop. "
            f"There are: {cut_list(known[::-1])}."
        )
        raise DropWindowError(msg)

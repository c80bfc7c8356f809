"""Days as the drops and the command line write them."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_date(text: str) -> date | None:
    """Return the day that ``YYYY-MM-DD`` names, or ``None`` if it names none.

    >>> parse_date("2024-02-29"), parse_date("2024-2-29")
    (datetime.date(2024, 2, 29), None)
    """
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None

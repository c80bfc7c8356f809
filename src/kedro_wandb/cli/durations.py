"""Lengths of time, as people type them."""

from __future__ import annotations

import datetime as dt
import re

import click

_TOLD = re.compile(r"(\d{1,4})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def duration(_: click.Context, __: click.Parameter, value: str | None) -> dt.timedelta | None:
    """Return how long a text says, for an option that may be left out.

    Raises:
        BadParameter: It says no length of time.

    >>> duration(None, None, "4w")
    datetime.timedelta(days=28)
    """
    if value is None:
        return None
    found = _TOLD.fullmatch(value.strip())
    if found is None:
        msg = f"{value!r} is no length of time: write hours, days or weeks, as 12h, 30d or 4w."
        raise click.BadParameter(msg)
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})

"""Work for the tests' cluster that does not go well."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from rental_pricing.errors import DropFormatError


def die_once(number: int, marker: str) -> int:
    """Let the worker die where nobody has died before; else return the square."""
    if number == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def refuse(number: int) -> None:
    """Raise an error that is for users."""
    msg = f"a.csv is empty, and so are {number} others."
    raise DropFormatError(msg)

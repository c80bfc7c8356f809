"""Imports at less cost: without what nobody asked for, and without a search for garbage."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Let what is imported here find none of these modules.

    For libraries that try to import more than they need, and do without. Who asks for one of the
    modules afterwards gets it, and one that was imported before is found.

    Args:
        names: Full names of modules.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: not to be found
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Import without a search for circular garbage, now or later, in what is imported first.

    Modules stay as long as the process does. Who has switched the collector off keeps it so.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # later, garbage of a run would be kept for ever
            gc.freeze()
        if was_on:
            gc.enable()

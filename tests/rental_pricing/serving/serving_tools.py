"""What the tests of the service share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.serving.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

GOOD = {"latitude": 40.58, "longitude": -73.96, "room_type": "Entire home/apt"}
"""The least that is priced in Lake City."""


def wait_for(happened: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.005)


def counted(client: TestClient, name: str, *, part: bool = False) -> float:
    """Return what /metrics says of a name with its labels, or of those that begin so; 0 if none."""
    lines = client.get("/metrics").text.splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in lines
        if (line.startswith(name) if part else line.rsplit(" ", 1)[0] == name)
    )


def plain_listing(row: dict[str, Any]) -> dict[str, Any]:
    """Return a typed listing as clients send it, without what is missing."""
    known = {each.name for each in FIELDS}
    plain: dict[str, Any] = {}
    for name, value in row.items():
        if name not in known or pd.isna(value):
            continue
        day = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else None
        plain[name] = day or (value.item() if isinstance(value, np.generic) else value)
    return plain

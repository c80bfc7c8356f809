"""Names of entries and aliases, before anything is read."""

from __future__ import annotations

import time

import pytest

from kedro_wandb.stores.base import Draft, Source
from kedro_wandb.stores.names import check_names


def draft(*names: str) -> Draft:
    return Draft("listings", "dataset", tuple(Source(name, ref=f"s3://b/{name}") for name in names))


def test_many_names_are_checked_at_once() -> None:
    """Each is looked at once: 25,000 took more than 10 s when all were compared with all."""
    many = draft(*(f"part-{number}.csv" for number in range(25_000)))
    began = time.process_time()
    check_names(many)
    assert time.process_time() - began < 3


def test_names_that_come_twice_are_told() -> None:
    """By name, each once."""
    with pytest.raises(ValueError, match="two entries of the same name: a, c"):
        check_names(draft("c", "b", "a", "c", "a", "a"))

"""Names of entries and aliases, before anything is read."""

from __future__ import annotations

import pytest

from kedro_wandb.stores.base import Draft, Source
from kedro_wandb.stores.names import check_names
from tests.kedro_wandb.counting import Counted


def draft(*names: str) -> Draft:
    return Draft("listings", "dataset", tuple(Source(name, ref=f"s3://b/{name}") for name in names))


def test_many_names_are_compared_a_few_times_each() -> None:
    """25,000 took more than 10 s when all were compared with all."""
    names = [Counted(f"part-{number}.csv") for number in range(2_000)]
    with Counted.counting() as compared:
        check_names(draft(*names))
    assert compared() <= 10 * len(names)


def test_a_pairwise_check_would_be_noticed() -> None:
    """By the very count that the test above relies on."""
    names = [Counted(f"part-{number}.csv") for number in range(200)]
    with Counted.counting() as compared:
        assert [name for name in names if names.count(name) > 1] == []
    assert compared() > 10 * len(names)


def test_names_that_come_twice_are_told() -> None:
    """By name, each once."""
    with pytest.raises(ValueError, match="two entries of the same name: a, c"):
        check_names(draft("c", "b", "a", "c", "a", "a"))

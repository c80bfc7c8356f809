"""Markets of which one would overwrite what the other has are told, both of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rental_pricing.markets.apart import sharing
from rental_pricing.markets.configured import Market, Tracked


def market(name: str, **tracking: Any) -> Market:
    """A market whose tracking is named after it."""
    told = {
        "kind": "online",
        "reason": "a key is there",
        "server": "https://api.wandb.ai",
        "entity": None,
        "project": f"homes-{name}",
    } | tracking
    store = Path(told.pop("store", f".wandb/{told['project']}"))
    return Market(name, name, name.title(), f"data/{name}", Tracked(**told, store=store))


def test_markets_of_their_own_share_nothing() -> None:
    """As they are by default."""
    assert sharing([market("base"), market("paris"), market("rome")]) == {}


ONE = {"project": "homes"}


@pytest.mark.parametrize(
    ("paris", "rome", "shared"),
    [
        (ONE, ONE, True),
        (ONE, ONE | {"entity": "us"}, True),  # which may be the key's own
        (ONE | {"entity": "us"}, ONE | {"entity": "us"}, True),
        (ONE | {"entity": "us", "store": "a"}, ONE | {"entity": "them", "store": "b"}, False),
        # What can't be sent waits in the store, of whatever entity it is.
        (ONE | {"entity": "us"}, ONE | {"entity": "them"}, True),
        (ONE | {"server": "http://ours", "store": "a"}, ONE | {"store": "b"}, False),
        (ONE | {"kind": "local"}, ONE | {"kind": "local"}, True),
        # Both are uploaded to one project in the end.
        (ONE | {"kind": "local", "store": "a"}, ONE | {"kind": "local", "store": "b"}, True),
        (ONE | {"kind": "disabled"}, ONE | {"kind": "disabled"}, False),
    ],
)
def test_one_project_is_no_home_for_two(
    paris: dict[str, Any], rome: dict[str, Any], *, shared: bool
) -> None:
    """Of a server, or of a local store; the third one is let alone."""
    problems = sharing([market("base"), market("paris", **paris), market("rome", **rome)])
    assert set(problems) == ({"paris", "rome"} if shared else set())
    for told in problems.values():
        assert "paris and rome are tracked in one project, homes" in told


def test_one_folder_is_no_home_for_two() -> None:
    """Though their environments have other names."""
    one = market("paris")
    other = Market("paris_trial", "paris_trial", "Paris", one.folder, None)
    problems = sharing([market("base"), one, other])
    assert set(problems) == {"paris", "paris_trial"}
    assert "keep their data in one folder, data/paris" in problems["paris"]


def test_what_is_not_tracked_is_in_nobodys_way() -> None:
    """Without a wandb.yml."""
    untracked = Market("rome", "rome", "Rome", "data/rome", None)
    assert sharing([market("paris"), untracked]) == {}

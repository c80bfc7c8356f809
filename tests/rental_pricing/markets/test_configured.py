"""Which markets a folder of configurations has, and which of them are taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rental_pricing.markets.configured import Configured, Market, MarketsError, look_through


def market(environment: str) -> Market:
    """A market that is named as its folder."""
    return Market(environment, environment, environment.title(), f"data/{environment}", None)


@pytest.fixture
def found(tmp_path: Path) -> Configured:
    """Two cities beside that of base, one that can't be read, and an environment that is none."""
    for name in ("rome", "base", "local", "oslo", "engine", "paris", ".git", "_drafts"):
        (tmp_path / name).mkdir()
    (tmp_path / "logging.yml").touch()

    def read(environment: str) -> Market | None:
        if environment == "oslo":
            raise ValueError(environment)
        return None if environment == "engine" else market(environment)

    return look_through(tmp_path, "base", "local", read, lambda name, error: f"{name}! {error!r}")


def names(found: Configured) -> list[str]:
    """Of the markets that can be run."""
    return [each.environment for each in found.markets]


def test_each_folder_is_a_market_broken_or_passed_over_for_a_reason(found: Configured) -> None:
    """That of base first; what can't be read is told for itself."""
    assert names(found) == ["base", "paris", "rome"]
    assert found.broken == {"oslo": "oslo! ValueError('oslo')"}
    assert set(found.passed_over) == {"local", "engine"}
    assert "market.name" in found.passed_over["engine"]
    assert "one person" in found.passed_over["local"]


@pytest.mark.parametrize(
    ("asked", "left_out", "taken", "broken"),
    [
        ([], [], ["base", "paris", "rome"], {"oslo"}),
        (["rome", "base"], [], ["base", "rome"], set()),
        ([], ["base"], ["paris", "rome"], {"oslo"}),
        (["oslo"], [], [], {"oslo"}),
        (["rome", "oslo"], ["rome"], [], {"oslo"}),
    ],
)
def test_some_are_taken_by_name(
    found: Configured, asked: list[str], left_out: list[str], taken: list[str], broken: set[str]
) -> None:
    """In the order of the folders, whatever the order of the names."""
    selected = found.select(asked, left_out)
    assert (names(selected), set(selected.broken)) == (taken, broken)


@pytest.mark.parametrize(
    ("asked", "left_out", "told"),
    [
        (
            ["pariss"],
            [],
            "no market 'pariss' (did you mean 'paris'?). Known are: base, paris, rome",
        ),
        ([], ["roma"], "no market 'roma' (did you mean 'rome'?)"),
        (["engine"], [], "'engine' is no market: it names no market of its own (market.name)"),
        (["paris"], ["paris"], "No market is left to run."),
    ],
)
def test_a_name_of_no_market_is_told(
    found: Configured, asked: list[str], left_out: list[str], told: str
) -> None:
    """Before anything is run."""
    with pytest.raises(MarketsError, match=re.escape(told)):
        found.select(asked, left_out)


def test_what_is_no_folder_of_configurations_is_told(tmp_path: Path) -> None:
    """An archive can't be looked through."""
    archive = tmp_path / "conf.tar.gz"
    archive.touch()
    for source, told in ((tmp_path, "there is no base in it"), (archive, "unpack it")):
        with pytest.raises(MarketsError, match=told):
            look_through(source, "base", "local", market, lambda *_: "")

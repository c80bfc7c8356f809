"""Which markets a folder of configurations has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rental_pricing.errors import UserInputError, cut, cut_list, did_you_mean


class MarketsError(UserInputError):
    """There is no market, or none of that name."""


@dataclass(frozen=True)
class Tracked:
    """Where a market's versions are kept.

    Attributes:
        kind: ``online``, ``local`` or ``disabled``.
        reason: Why, for people; a clause.
        server: Address of W&B's API.
        entity: W&B user or team; ``None`` is the key's own.
        project: W&B's project.
        store: Folder of the local store, which also holds what waits for an upload.
    """

    kind: str
    reason: str
    server: str
    entity: str | None
    project: str
    store: Path


@dataclass(frozen=True)
class Market:
    """A market that can be run.

    Attributes:
        environment: Folder of its configuration: what it is called by here.
        env: What ``--env`` says for it; ``None`` where nothing has to be said.
        name: ``market.name``.
        folder: Of its data, relative to the project.
        tracked: Where its versions are kept; ``None`` without a ``wandb.yml``.
    """

    environment: str
    env: str | None
    name: str
    folder: str
    tracked: Tracked | None


@dataclass(frozen=True)
class Configured:
    """What a folder of configurations has.

    Attributes:
        markets: Those that can be run, in the order of their folders; that of ``base`` first.
        broken: Why a folder's configuration can't be used, by folder.
        passed_over: Why a folder is no market, by folder.
    """

    markets: tuple[Market, ...]
    broken: Mapping[str, str]
    passed_over: Mapping[str, str]

    def select(self, names: Iterable[str], left_out: Iterable[str]) -> Configured:
        """Return only some of them.

        Args:
            names: Folders to take; all where none is named.
            left_out: Folders not to take.

        Raises:
            MarketsError: One is no market, or none is left.
        """
        known = [*(market.environment for market in self.markets), *self.broken]
        asked = [*names]
        for name in (*asked, *left_out):
            if name in self.passed_over:
                msg = f"{cut(name)!r} is no market: {self.passed_over[name]}."
                raise MarketsError(msg)
            if name not in known:
                hint = did_you_mean(name, known)
                msg = f"There is no market {cut(name)!r}{hint}. Known are: {cut_list(known)}."
                raise MarketsError(msg)
        taken = set(asked or known) - set(left_out)
        if not taken:
            msg = "No market is left to run."
            raise MarketsError(msg)
        return replace(
            self,
            markets=tuple(market for market in self.markets if market.environment in taken),
            broken={name: told for name, told in self.broken.items() if name in taken},
        )

    def without(self, problems: Mapping[str, str]) -> Configured:
        """Return them with those that have a problem among the broken ones.

        Args:
            problems: What is wrong, by folder.
        """
        return replace(
            self,
            markets=tuple(each for each in self.markets if each.environment not in problems),
            broken={**self.broken, **problems},
        )


def look_through(
    source: Path,
    base: str,
    personal: str,
    read: Callable[[str], Market | None],
    told: Callable[[str, Exception], str],
) -> Configured:
    """Look through a folder of configurations.

    Args:
        source: The folder.
        base: The folder in it that all others build on, and whose market is one of them.
        personal: The folder in it of personal settings, which belong to the market of ``base``.
        read: Reads one; ``None`` where it names no market of its own.
        told: Says what is wrong with one.

    Raises:
        MarketsError: It is no folder of configurations.
    """
    if not (source / base).is_dir():
        msg = f"{source} is no folder of configuration: there is no {base} in it."
        if source.is_file():
            msg = f"{source} is an archive: unpack it, and name the folder with --conf-source."
        raise MarketsError(msg)
    markets: list[Market] = []
    broken: dict[str, str] = {}
    passed_over = {personal: f"settings of one person, for the market of {base}"}
    for name in (base, *_others(source, {base, personal})):
        try:
            market = read(name)
        except Exception as error:  # noqa: BLE001 - told for this market alone
            broken[name] = told(name, error)
            continue
        if market is None:
            passed_over[name] = f"it names no market of its own (market.name), but that of {base}"
        else:
            markets.append(market)
    return Configured(tuple(markets), broken, passed_over)


def _others(source: Path, known: set[str]) -> list[str]:
    return sorted(
        each.name
        for each in source.iterdir()
        if each.is_dir() and each.name not in known and each.name[0] not in "._"
    )

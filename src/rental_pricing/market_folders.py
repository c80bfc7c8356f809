"""Each market has a folder of its own, and versions of its own in the tracking.

The market of ``conf/base`` keeps ``data/01_raw`` to ``data/08_reporting``. A market of any
other name, in another environment or by ``--params market.name=Paris``, has
``data/paris/01_raw`` to ``data/paris/08_reporting``.
"""

from __future__ import annotations

import copy
import re
import threading
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kedro.config import MissingConfigException, OmegaConfigLoader
from omegaconf import OmegaConf

from rental_pricing.cluster.parameters import as_block
from rental_pricing.errors import UserInputError, cut
from rental_pricing.listings.dates import parse_date

DATA = "data"
PROJECT = "rental_pricing"

ENGINE = "engine"
REBUILD = "rebuild"
"""Parameter of a run: the week that is made once more, in a folder of its own."""

REBUILT = "_rebuilt"
"""Where such folders are."""


class MarketNameError(UserInputError):
    """No folder can be named after the market."""


@dataclass(frozen=True)
class MarketFolder:
    """Where a market's data is.

    Attributes:
        name: The market's name; empty where the configuration has none.
        folder: Relative to the project.
        project: Of the tracking; ``None`` for the one named after the package.
    """

    name: str
    folder: str
    project: str | None


def market_folder(name: object, default: object) -> MarketFolder:
    """Return a market's place.

    Args:
        name: ``market.name`` of this run. What is no text is left to the check of the
            parameters, which stops the run.
        default: ``market.name`` of ``conf/base``.

    Raises:
        MarketNameError: The name has nothing to name a folder by, or would share the
            folder's name with the default market.

    >>> market_folder("New York City", "New York City").folder
    'data'
    >>> market_folder("São Paulo", "New York City").folder
    'data/sao-paulo'
    """
    if not isinstance(name, str) or name == default:
        return MarketFolder(name if isinstance(name, str) else "", DATA, None)
    slug = slug_of(name)
    if not slug:
        msg = (
            f"market.name={cut(name)!r} has no Latin letter and no digit, so that no folder can "
            f"be named after it. Spell the name in Latin letters, such as 'Tokyo'."
        )
        raise MarketNameError(msg)
    if isinstance(default, str) and slug == slug_of(default):
        msg = (
            f"market.name={cut(name)!r} is spelt like {default!r}, the market of conf/base, but "
            f"for capitals and signs. Spell it alike, or choose a name that differs in letters."
        )
        raise MarketNameError(msg)
    return MarketFolder(name, f"{DATA}/{slug}", f"{PROJECT}-{slug}")


def _rebuilt(place: MarketFolder, given: dict[str, Any] | None) -> MarketFolder:
    """Return the place of a past week that is made once more: a folder of its own in the market's.

    Raises:
        MarketNameError: The week is no date.
    """
    day = (given or {}).get(REBUILD)
    if day is None:
        return place
    if parse_date(str(day)) is None:
        msg = f"{REBUILD}={cut(str(day))} is not a date; write it as YYYY-MM-DD."
        raise MarketNameError(msg)
    return replace(place, folder=f"{place.folder}/{REBUILT}/{day}")


def slug_of(name: str) -> str:
    """Return a name in small Latin letters, digits and hyphens.

    >>> slug_of("Île-de-France (Paris)")
    'ile-de-france-paris'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


_RESOLVING = threading.RLock()
"""OmegaConf's resolvers are of the whole process; runs in threads have each their own."""


class MarketConfigLoader(OmegaConfigLoader):
    """Kedro's loader, with ``${market_folder:}``, ``${market_project:}`` and ``${engine:}``.

    Example of a catalog entry:

    .. code-block:: yaml

        listings:
          type: rental_pricing.datasets.files.ParquetDataset
          filepath: ${market_folder:}/03_primary/listings.parquet
    """

    def __init__(
        self,
        conf_source: str | Path,
        env: str | None = None,
        runtime_params: dict[str, Any] | None = None,
        **arguments: Any,
    ) -> None:
        """Read the market's name.

        Args:
            conf_source: As of Kedro's loader.
            env: As of Kedro's loader.
            runtime_params: As of Kedro's loader.
            arguments: As of Kedro's loader.

        Raises:
            MarketNameError: No folder can be named after it.
        """
        if runtime_params and ENGINE in runtime_params:  # engine=dask stands for engine.name=dask
            runtime_params = {**runtime_params, ENGINE: as_block(runtime_params[ENGINE])}
        self.market = MarketFolder("", DATA, None)
        self._read: dict[str, dict[str, Any]] = {}
        self._is_place_read = False
        with _RESOLVING:
            # Made first: the resolvers of the loader that is made last are in force.
            base = OmegaConfigLoader(conf_source, arguments.get("base_env"), None, **arguments)
            default = _market_name(base)
            super().__init__(conf_source, env, runtime_params, **arguments)
            self.market = _rebuilt(market_folder(_market_name(self), default), runtime_params)
            if self._is_place_read:
                self._read.clear()  # with the place before the market's own was known

    def __getitem__(self, key: str) -> dict[str, Any]:
        """Return the configuration of one kind, as Kedro's loader does, which is read once.

        Each caller gets a copy. A run asks for the parameters and the catalog several times.
        """
        with _RESOLVING:
            if key not in self._read:
                self._read[key] = self._resolved(key)
            return copy.deepcopy(self._read[key])

    def __setitem__(self, key: str, value: Any) -> None:
        """Take a configuration in place of that in the files, as Kedro's loader does."""
        self._read.pop(key, None)
        super().__setitem__(key, value)

    def _resolved(self, key: str) -> dict[str, Any]:
        with _RESOLVING:
            resolvers = {
                "market_folder": lambda: self._place().folder,
                "market_project": lambda: self._place().project,
                "engine": lambda: self["parameters"].get("engine", {}),
            }
            for name, resolver in resolvers.items():
                OmegaConf.register_new_resolver(name, resolver, replace=True)
            return super().__getitem__(key)

    def _place(self) -> MarketFolder:
        self._is_place_read = True
        return self.market


def _market_name(loader: OmegaConfigLoader) -> object:
    try:
        market = loader["parameters"].get("market")
    except MissingConfigException:
        return None
    return market.get("name") if isinstance(market, dict) else None

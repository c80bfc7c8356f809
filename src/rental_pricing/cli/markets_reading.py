"""Reads the configuration of each market as Kedro does, and checks that they are apart."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro.framework.project import settings
from kedro.framework.startup import ProjectMetadata

from kedro_wandb import read_settings
from rental_pricing.hooks import check_parameters
from rental_pricing.markets.apart import sharing
from rental_pricing.markets.configured import Configured, Market, Tracked, look_through
from rental_pricing.messages.telling import tell


def read_markets(
    metadata: ProjectMetadata, conf_source: str | None, params: Mapping[str, Any]
) -> Configured:
    """Read each folder of a configuration; what two markets share is told of both.

    Args:
        metadata: Of the project.
        conf_source: The folder of configurations; ``None`` is the project's.
        params: As of ``kedro run --params``, for each market.

    Raises:
        MarketsError: It is no folder of configurations.
    """
    project = Path(metadata.project_path)
    source = Path(conf_source or project / settings.CONF_SOURCE).absolute()
    arguments = settings.CONFIG_LOADER_ARGS
    base, personal = arguments["base_env"], arguments["default_run_env"]

    def env(environment: str) -> str | None:
        return None if environment == base else environment

    def read(environment: str) -> Market | None:
        loader = settings.CONFIG_LOADER_CLASS(
            str(source), env(environment), dict(params), **arguments
        )
        place = loader.market
        if environment != base and place.project is None:
            return None
        check_parameters(loader)
        tracked = _tracked(loader, metadata)
        return Market(environment, env(environment), place.name, place.folder, tracked)

    def told(environment: str, error: Exception) -> str:
        asked = {"env": env(environment) or personal, "conf_source": str(source), "params": params}
        return tell(error, asked) or f"{type(error).__name__}: {error}"

    found = look_through(source, base, personal, read, told)
    return found.without(sharing(found.markets))


def _tracked(loader: Any, metadata: ProjectMetadata) -> Tracked | None:
    """Return where a market's versions are kept; ``None`` without a ``wandb.yml``."""
    project = Path(metadata.project_path)
    read = read_settings(loader, project, metadata.package_name, os.environ)
    if read is None:
        return None
    mode, entity = read.mode, read.config.entity
    return Tracked(mode.kind, mode.reason, mode.base_url, entity, read.project, read.folder)

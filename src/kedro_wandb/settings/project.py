"""A Kedro project's tracking settings, read through its own configuration loader."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.config import AbstractConfigLoader, MissingConfigException

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.settings.config import Config, load_config
from kedro_wandb.settings.mode import CLOUD, Mode, decide, project_name, store_folder

PATTERNS = ["wandb*", "wandb*/**", "**/wandb*"]
"""Files that hold the configuration, as Kedro's loader looks for them."""


@dataclass(frozen=True)
class Settings:
    """How a project tracks.

    Attributes:
        config: ``wandb.yml``, and the environment variables that win over it.
        mode: Online, local or disabled, and why.
        project: W&B's project.
        folder: The local store of that project.
    """

    config: Config
    mode: Mode
    project: str
    folder: Path


def read_settings(
    loader: AbstractConfigLoader,
    project_path: Path,
    package: str,
    environment: Mapping[str, str],
) -> Settings | None:
    """Return a project's settings, or ``None`` if it has no ``wandb.yml``.

    Args:
        loader: The project's.
        project_path: Its folder.
        package: Name of its Python package.
        environment: Such as ``os.environ``.

    Raises:
        ConfigurationError: Something in them makes no sense.
    """
    raw = _read(loader, "wandb")
    if raw is None:
        return None
    config = load_config(raw, environment)
    mode = decide(config, environment, _read(loader, "credentials") or {})
    folder = store_folder(config, project_path, package)
    return Settings(config, mode, project_name(config, package), folder)


_in_thread = threading.local()
_last: list[Settings | None] = [None]


def remember_settings(settings: Settings | None) -> None:
    """Make these the settings of datasets that are made from now on in this thread."""
    _in_thread.settings = _last[0] = settings


def current_settings() -> Settings | None:
    """Return the settings of the project whose context was made last.

    In this thread; where it has made none, as a runner's own, in this process.
    """
    found: Settings | None = getattr(_in_thread, "settings", _last[0])
    return found


def _read(loader: AbstractConfigLoader, what: str) -> dict[str, Any] | None:
    patterns: dict[str, list[str]] = getattr(loader, "config_patterns", {})
    if what == "wandb":
        patterns.setdefault("wandb", PATTERNS)
    try:
        found: dict[str, Any] = loader[what]
    except MissingConfigException:
        return None
    except Exception as error:  # noqa: BLE001 - loaders of any class raise anything
        # An error of the parser quotes the file, and credentials are not to be quoted.
        why = type(error).__name__ if what == "credentials" else str(error)
        msg = f"{what}.yml can't be read: {why}"
        raise ConfigurationError(msg) from (None if what == "credentials" else error)
    return found


_NOT_FOR_THE_TRACKER = frozenset(
    {
        "WANDB_API_KEY",  # given back where it is used
        "WANDB_SERVICE",  # the user's own wandb in this process
        "WANDB_RUN_ID",
        "WANDB_RESUME",
        "WANDB_NAME",
        "WANDB_NOTES",
        "WANDB_RUN_GROUP",
        "WANDB_JOB_TYPE",
        "WANDB_TAGS",
        "WANDB_SWEEP_ID",
        "WANDB_LAUNCH",
        "WANDB_MODE",
        "WANDB_DISABLED",
    }
)


def tracker_environment(mode: Mode, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of processes that talk to W&B for us.

    The key is in it only if they go online, and nothing of it that would make their runs
    other runs than ours.

    Args:
        mode: Of the project.
        environment: Such as ``os.environ``.
    """
    kept = {key: value for key, value in environment.items() if key not in _NOT_FOR_THE_TRACKER}
    kept["WANDB_SILENT"] = "true"  # what there is to say, we say
    if mode.kind != "online":
        return kept | {"WANDB_MODE": "offline"}
    key = {"WANDB_API_KEY": mode.api_key} if mode.api_key else {}
    server = {} if mode.base_url == CLOUD else {"WANDB_BASE_URL": mode.base_url}
    return kept | key | server | {"WANDB_MODE": "online"}

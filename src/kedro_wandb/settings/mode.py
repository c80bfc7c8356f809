"""Whether a project tracks online, locally or not at all, and why."""

from __future__ import annotations

import configparser
import netrc
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.settings.config import WHERE_KEYS_BELONG, Config
from kedro_wandb.settings.variables import is_disabled

CLOUD = "https://api.wandb.ai"
"""Address of W&B's own server."""

_ALSO_CLOUD = ("api.wandb.ai", "api.forge.coreweave.com", "forge.coreweave.com")
"""Hosts under which W&B's SDK writes a key of its own server into netrc."""

Kind = Literal["online", "local", "disabled"]


@dataclass(frozen=True)
class Mode:
    """How a project tracks.

    Attributes:
        kind: ``online``, ``local`` or ``disabled``.
        reason: Why, for people; a clause.
        api_key: Of the account, when online.
        base_url: Address of the server's API, when online.
    """

    kind: Kind
    reason: str
    api_key: str | None = field(default=None, repr=False)
    base_url: str = CLOUD


@dataclass(frozen=True)
class _Key:
    """A key and where it was found; or no key, and what was wrong there."""

    value: str | None = field(default=None, repr=False)
    told: str = "no key is configured"


def decide(
    config: Config, environment: Mapping[str, str], credentials: Mapping[str, Any] | None = None
) -> Mode:
    """Return how to track: as the configuration says, else online if there is a key.

    Args:
        config: With the environment's values, as ``load_config`` gives it.
        environment: Such as ``os.environ``.
        credentials: Content of the project's ``credentials.yml``.

    Raises:
        ConfigurationError: ``mode`` is ``online`` without a key, or an address or
            ``credentials.yml`` makes no sense.

    >>> decide(Config(mode="local"), {}).reason
    'wandb.yml says mode: local'
    """
    if is_disabled(environment):
        return Mode("disabled", "WANDB_DISABLED is set")
    asked = "WANDB_MODE" if environment.get("WANDB_MODE", "").strip() else "wandb.yml"
    asked = f"{asked} says mode: {config.mode}"
    if config.mode in {"local", "disabled"}:
        return Mode("local" if config.mode == "local" else "disabled", asked)
    url = base_url(environment)
    key = _find_key(environment, credentials or {}, url)
    if key.value is not None:
        return Mode("online", key.told, key.value, url)
    if config.mode == "online":
        msg = (
            f"mode: online needs a key, but {key.told} for {url}: put one into {WHERE_KEYS_BELONG}."
        )
        raise ConfigurationError(msg)
    return Mode("local", key.told, base_url=url)


def base_url(environment: Mapping[str, str]) -> str:
    """Return the address of the server: of the environment, W&B's settings file, or W&B's own.

    Raises:
        ConfigurationError: It is no address of a server.

    >>> base_url({"WANDB_BASE_URL": "http://wandb.example/"})
    'http://wandb.example'
    """
    if given := environment.get("WANDB_BASE_URL", "").strip():
        return _checked(given, "WANDB_BASE_URL")
    settings = _settings_file(environment)
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(settings, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return CLOUD
    told = parser.get("default", "base_url", fallback="").strip()
    return _checked(told, f"base_url in {settings}") if told else CLOUD


def store_folder(config: Config, project_path: Path, package: str) -> Path:
    """Return the folder of the project's local store.

    Args:
        config: Of the project.
        project_path: Folder of the Kedro project.
        package: Name of its Python package.

    Raises:
        ConfigurationError: The folder holds the project itself, which git would then ignore.
    """
    folder = Path(os.path.normpath(project_path / config.folder.expanduser()))
    if project_path.is_relative_to(folder):
        msg = f"wandb.yml: 'folder' is {folder}, which holds the project; name one of its own."
        raise ConfigurationError(msg)
    return folder / project_name(config, package)


def project_name(config: Config, package: str) -> str:
    """Return the W&B project's name.

    >>> project_name(Config(), "rental_pricing")
    'rental_pricing'
    """
    return config.project or package


def _find_key(environment: Mapping[str, str], credentials: Mapping[str, Any], url: str) -> _Key:
    if key := environment.get("WANDB_API_KEY", "").strip():
        return _Key(key, "WANDB_API_KEY holds a key")
    in_netrc = _netrc_key(environment, url)
    if in_netrc.value is not None:
        return in_netrc
    stored = _credentials_key(credentials)
    return _Key(stored, "credentials.yml holds a key") if stored else in_netrc


def _netrc_key(environment: Mapping[str, str], url: str) -> _Key:
    path = _netrc_file(environment)
    hosts = [urlsplit(url).netloc]
    hosts += [host for host in _ALSO_CLOUD if hosts[0] in _ALSO_CLOUD]
    try:
        found = netrc.netrc(path).hosts
    except FileNotFoundError:
        return _Key()
    except netrc.NetrcParseError as error:
        # Its own message quotes the file, and so maybe a key.
        return _Key(told=f"line {error.lineno} of {path} can't be read and no other key is found")
    except (OSError, UnicodeDecodeError):
        return _Key(told=f"{path} can't be read and no other key is found")
    for host in hosts:
        if host in found and found[host][2]:
            return _Key(found[host][2], f"{path} holds a key for {host}")
    return _Key()


def _netrc_file(environment: Mapping[str, str]) -> Path:
    if given := environment.get("NETRC"):
        return _expanded(given, environment)
    unix, windows = (_expanded(f"~/{name}", environment) for name in (".netrc", "_netrc"))
    return windows if windows.exists() and not unix.exists() else unix


def _settings_file(environment: Mapping[str, str]) -> Path:
    return _expanded(environment.get("WANDB_CONFIG_DIR") or "~/.config/wandb", environment) / (
        "settings"
    )


def _expanded(path: str, environment: Mapping[str, str]) -> Path:
    if path.startswith("~/") and (home := environment.get("HOME")):
        return Path(home) / path[2:]
    return Path(path).expanduser()


def _credentials_key(credentials: Mapping[str, Any]) -> str | None:
    entry = credentials.get("wandb")
    if entry is None:
        return None
    key = entry.get("api_key") if isinstance(entry, Mapping) else None
    if not isinstance(key, str):
        msg = "credentials.yml: 'wandb' must be a mapping such as {api_key: '...'}."
        raise ConfigurationError(msg)
    return key.strip() or None


def _checked(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        msg = f"{where} is no address of a server such as {CLOUD}."
        raise ConfigurationError(msg)
    if "@" in parts.netloc:
        msg = f"{where} has user info in it, which would be shown: use {WHERE_KEYS_BELONG}."
        raise ConfigurationError(msg)
    if parts.hostname in {"wandb.ai", "app.wandb.ai", "www.wandb.ai"}:
        msg = f"{where} is the address of W&B's pages; its API is at {CLOUD}."
        raise ConfigurationError(msg)
    return url.rstrip("/")

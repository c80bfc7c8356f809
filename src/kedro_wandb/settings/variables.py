"""W&B's environment variables, as values of ``wandb.yml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kedro_wandb.errors import ConfigurationError, did_you_mean

Place = tuple[str, ...]
"""Where a value stands in ``wandb.yml``, such as ``("timeouts", "start")``."""

_MODES = {
    "online": "online",
    "run": "online",
    "shared": "online",
    "offline": "local",
    "dryrun": "local",
    "disabled": "disabled",
}

_OFFLINE = frozenset(mode for mode, meaning in _MODES.items() if meaning == "local")
"""Modes in which W&B's own tools look for offline runs afterwards."""


_YES = frozenset({"1", "true", "t", "yes", "y", "on"})


def is_disabled(environment: Mapping[str, str]) -> bool:
    """Return whether ``WANDB_DISABLED`` switches tracking off, as it does W&B's SDK.

    >>> is_disabled({"WANDB_DISABLED": "true"}), is_disabled({"WANDB_DISABLED": "false"})
    (True, False)
    """
    return environment.get("WANDB_DISABLED", "").strip().lower() in _YES


def _mode(value: str) -> str:
    try:
        return _MODES[value.lower()]
    except KeyError:
        msg = (
            f"WANDB_MODE is {value!r}{did_you_mean(value, _MODES)}; "
            f"W&B knows {', '.join(_MODES)} (offline is the local store)."
        )
        raise ConfigurationError(msg) from None


def _tags(value: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in value.split(",") if tag.strip())


def _folder(value: str) -> str:
    return f"{value.rstrip('/')}/kedro_wandb"


_READERS: dict[str, tuple[Place, Callable[[str], Any]]] = {
    "WANDB_PROJECT": (("project",), str),
    "WANDB_ENTITY": (("entity",), str),
    "WANDB_MODE": (("mode",), _mode),
    "WANDB_RUN_GROUP": (("experiment",), str),
    "WANDB_TAGS": (("tags",), _tags),
    "WANDB_DIR": (("folder",), _folder),
    "WANDB_INIT_TIMEOUT": (("timeouts", "start"), str),
    "WANDB_HTTP_TIMEOUT": (("timeouts", "call"), str),
    "WANDB_FINISH_TIMEOUT": (("timeouts", "finish"), str),
}


def environment_values(environment: Mapping[str, str]) -> dict[Place, Any]:
    """Return what the environment says, by place; empty variables say nothing.

    Raises:
        ConfigurationError: ``WANDB_MODE`` is none of W&B's modes.

    >>> environment_values({"WANDB_TAGS": "weekly, nyc", "WANDB_HTTP_TIMEOUT": "20"})
    {('tags',): ('weekly', 'nyc'), ('timeouts', 'call'): '20'}
    """
    found = {
        place: read(value)
        for name, (place, read) in _READERS.items()
        if (value := environment.get(name, "").strip())
    }
    asks_for_runs = environment.get("WANDB_MODE", "").strip().lower() in _OFFLINE
    return found | ({("offline_runs",): True} if asks_for_runs else {})


def variable_of(place: Place) -> str | None:
    """Return the variable that sets a place or what it is in; ``None`` if there is none.

    >>> variable_of(("tags", "0"))
    'WANDB_TAGS'
    """
    for name, (target, _) in _READERS.items():
        if place[: len(target)] == target:
            return name
    return None

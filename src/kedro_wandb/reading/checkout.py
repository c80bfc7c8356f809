"""Reading versions back: which one a reference means, and its files in a folder."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from kedro_wandb import errors
from kedro_wandb.errors import ConfigurationError, StoreUnavailableError, TrackingError
from kedro_wandb.protocol.line import Message, TrackerGoneError
from kedro_wandb.protocol.process import Trackers
from kedro_wandb.settings.project import Settings, current_settings, tracker_environment
from kedro_wandb.stores.base import Step, StepRecord, Store, Version
from kedro_wandb.stores.fetching import CHECKOUTS, fetch_whole
from kedro_wandb.stores.local.store import LocalStore

T = TypeVar("T")

_CALLS = 4
"""Requests in the time of which there must be a word: an answer, or of progress."""

_trackers = Trackers()
atexit.register(_trackers.close)


def project_settings(settings: Settings | None, what: str) -> Settings:
    """Return the settings of the project, or else of the one whose context was made last.

    Args:
        settings: Where they are known.
        what: Is to be found.

    Raises:
        ConfigurationError: There are none.
    """
    found = settings or current_settings()
    if found is None:
        msg = (
            f"{what} can't be found: the project has no wandb.yml."
            " Let 'kedro wandb init' write one."
        )
        raise ConfigurationError(msg)
    return found


def find_version(settings: Settings, reference: str) -> Version:
    """Return the version that ``name:alias``, ``name:v3`` or ``name:digest`` means now.

    Raises:
        ArtifactNotFoundError: With what there is instead.
        StoreUnavailableError: The server can't be asked.
    """
    if settings.mode.kind == "online":
        return _version(_ask(settings, {"op": "find", "reference": reference})["version"])
    return _locally(settings, lambda store: store.find(reference))


def check_out(settings: Settings, version: Version) -> Path:
    """Return a folder with the files of a version, verified; for reading only.

    Raises:
        DamagedArtifactError: The bytes are not those that were logged.
        StoreUnavailableError: The server can't be asked.
    """
    folder = settings.folder / CHECKOUTS / version.name / version.digest
    if settings.mode.kind == "online":
        message = {"op": "fetch", "reference": version.reference, "folder": str(folder)}
        _ask(settings, message)
    else:
        _locally(settings, lambda store: fetch_whole(store, version, folder))
    return folder


def list_versions(settings: Settings, name: str) -> list[Version]:
    """Return the versions of an artifact, newest first.

    Raises:
        ArtifactNotFoundError: There is no artifact of that name.
        StoreUnavailableError: The server can't be asked.
    """
    if settings.mode.kind == "online":
        found = _ask(settings, {"op": "versions", "name": name})["versions"]
        return [_version(told) for told in found]
    return _locally(settings, lambda store: store.versions(name))


def version_address(settings: Settings, version: Version) -> str | None:
    """Return where W&B shows a version; ``None`` for the local store.

    Raises:
        StoreUnavailableError: The server can't be asked.
    """
    if settings.mode.kind != "online":
        return None
    reference = f"{version.name}:{version.digest}"
    address: str = _ask(settings, {"op": "address", "reference": reference})["address"]
    return address


def list_steps(settings: Settings) -> list[StepRecord]:
    """Return all steps, those that started last first.

    Raises:
        StoreUnavailableError: The server can't be asked.
    """
    if settings.mode.kind == "online":
        return [_step(told) for told in _ask(settings, {"op": "steps"})["steps"]]
    return _locally(settings, lambda store: store.steps())


def _version(told: Message) -> Version:
    return Version(**{**told, "aliases": tuple(told["aliases"])})


def _step(told: Message) -> StepRecord:
    step = Step(**{**told["step"], "tags": tuple(told["step"]["tags"])})
    return StepRecord(**{**told, "step": step})


def _locally(settings: Settings, action: Callable[[Store], T]) -> T:
    with closing(LocalStore(settings.folder)) as store:
        return action(store)


def _ask(settings: Settings, message: Message) -> Message:
    """Let a process of its own ask the server, for as long as it tells of its progress."""
    entity, timeouts = settings.config.entity, settings.config.timeouts
    store = {
        "project": settings.project,
        "entity": entity,
        "folder": str(settings.folder),
        "timeouts": timeouts.model_dump(),
    }
    try:
        tracker = _trackers.take(tracker_environment(settings.mode, os.environ))
    except OSError as error:
        msg = f"no process can be started to ask the server: {error}"
        raise StoreUnavailableError(msg) from error
    try:
        tracker.send(message | {"store": store})
        answer = tracker.answer(timeouts.start + _CALLS * timeouts.call)
    except TrackerGoneError as error:
        tracker.kill()
        msg = f"the server of {settings.mode.base_url} gave no answer: {error}"
        raise StoreUnavailableError(msg) from error
    _trackers.give_back(tracker)
    return _checked(answer)


def _checked(answer: Message) -> Message:
    if answer["op"] != "failed":
        return answer
    kind: Any = getattr(errors, answer["error"], TrackingError)
    raise kind(answer["text"])

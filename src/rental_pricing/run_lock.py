"""One run at a time in a market's folder."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import platform
import shlex
import sys
import threading
import time
import weakref
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kedro.framework.hooks import hook_impl

from rental_pricing.errors import UserInputError, cut
from rental_pricing.market_folders import DATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from filelock import FileLock
    from kedro.framework.context import KedroContext
    from kedro.pipeline import Pipeline

logger = logging.getLogger(__name__)

LOCK, NAME = ".run.lock", ".market"
_SELECTIONS = ("env", "pipeline_names", "tags", "node_names", "from_nodes", "to_nodes",
               "from_inputs", "to_outputs", "namespaces")  # fmt: skip


class RunLockError(UserInputError):
    """The run can't have the market's folder to itself."""


class RunLockHook:
    """Give each run the market's folder for itself.

    The operating system keeps the lock, so that it is free again however a run ends. Runs
    of one process share it: a node may start a session of its own, and a service's runs in
    threads are the service's business. Loading from the catalog takes no lock.
    """

    def __init__(self) -> None:
        """Hold no lock yet."""
        self._contexts = threading.local()

    def __reduce__(self) -> tuple[type[RunLockHook], tuple[()]]:
        """Travel to another process without any state."""
        return type(self), ()

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context of the run that this thread is going to make."""
        self._contexts.latest = context

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline) -> None:
        """Take the lock, or stop the run before anything else has begun.

        Raises:
            RunLockError: Another run holds it, or the folder can't be locked, or belongs
                to a market of another name.
        """
        context: KedroContext | None = getattr(self._contexts, "latest", None)
        if context is None:
            return
        hold = (str(run_params["run_id"]), threading.get_ident())
        folder = _take(context, hold, _command(run_params))
        # Kedro calls no hook after Ctrl-C, nor where another hook fails: then the run's own
        # pipeline goes, and a notebook's cell ends.
        weakref.finalize(pipeline, _held.give_back, hold)
        _at_end_of_cell(hold)
        market = getattr(context.config_loader, "market", None)
        if market:
            _check_name(folder, market.name)

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Give the lock back after everything else that belongs to the run."""
        _held.give_back((str(run_params["run_id"]), threading.get_ident()))

    @hook_impl(trylast=True)
    def on_pipeline_error(self, run_params: dict[str, Any]) -> None:
        """Give the lock back, as after a run that ended well."""
        _held.give_back((str(run_params["run_id"]), threading.get_ident()))


_Hold = tuple[str, int]


class _Held:
    """The locks of this process, each held by one or more of its runs."""

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        self._locks: dict[Path, FileLock] = {}
        self._holds: dict[_Hold, Path] = {}

    def take(self, hold: _Hold, folder: Path, command: str, patience: float) -> None:
        folder = Path(os.path.realpath(folder))
        with self._mutex:
            if folder not in self._locks:
                self._locks[folder] = _acquire(folder, command, patience)
            self._holds[hold] = folder

    def give_back(self, hold: _Hold) -> None:
        with self._mutex:
            folder = self._holds.pop(hold, None)
            if folder is not None and folder not in self._holds.values():
                self._locks.pop(folder).release()


_held = _Held()


@contextlib.contextmanager
def market_lock(context: KedroContext, command: str) -> Iterator[None]:
    """Give a command other than a run the market's folder for itself.

    Args:
        context: Of the project.
        command: For whoever is refused meanwhile.

    Raises:
        RunLockError: Another one holds it, or the folder can't be locked.
    """
    hold = (uuid4().hex, threading.get_ident())
    _take(context, hold, command)
    try:
        yield
    finally:
        _held.give_back(hold)


def _take(context: KedroContext, hold: _Hold, command: str) -> Path:
    """Take the lock of a context's market, and return its folder."""
    market = getattr(context.config_loader, "market", None)
    folder = Path(context.project_path) / (market.folder if market else DATA)
    patience = _seconds(context.config_loader["parameters"].get("wait_for_lock", 0))
    _held.take(hold, folder, command, patience)
    return folder


def _acquire(folder: Path, command: str, patience: float) -> FileLock:
    from filelock import FileLock, Timeout  # noqa: PLC0415 - only where something is run

    file = folder / LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            if not patience:
                raise
            logger.warning("Waiting up to %g s: %s", patience, _holder(file))
            lock.acquire(timeout=patience)
        file.write_text(json.dumps(_who(command)) + "\n", encoding="utf-8")
    except Timeout:
        waited = f" Waited {patience:g} s." if patience else ""
        msg = (
            f"One run at a time: {_holder(file)}.{waited} "
            f"Run again when it has ended, or wait for it: --params wait_for_lock=SECONDS"
        )
        raise RunLockError(msg) from None
    except OSError as error:
        msg = (
            f"The folder {folder} can't be locked for this run: {error.strerror or error}. "
            f"A run writes into it; make it writable."
        )
        raise RunLockError(msg) from error
    return lock


def _who(command: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"command": command, "pid": os.getpid(), "host": platform.node(), "since": now}


def _holder(file: Path) -> str:
    """Say who holds a lock; who has just taken it may not have said so yet."""
    for _ in range(5):
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            return (
                f"{file.parent} is in use by '{cut(str(told['command']), 120)}', process "
                f"{told['pid']} on {told['host']}, since {told['since']}"
            )
        except (OSError, ValueError, KeyError, TypeError):
            time.sleep(0.02)
    return f"{file.parent} is in use by another run"


def _command(run_params: Mapping[str, Any]) -> str:
    """Return the command in short, without parameters: they may hold secrets.

    >>> _command({"pipeline_names": ["modeling"], "env": "paris", "tags": None})
    'kedro run --env paris --pipelines modeling'
    """
    words = ["kedro", "run"]
    for name in _SELECTIONS:
        value = run_params.get(name)
        if value and value != ["__default__"]:
            option = name.removesuffix("_names").replace("pipeline", "pipelines").replace("_", "-")
            option = "nodes" if option == "node" else option
            words += [f"--{option}", value if isinstance(value, str) else ",".join(value)]
    return shlex.join(words)


def _seconds(told: object) -> float:
    """Return how long to wait.

    Raises:
        RunLockError: It is no number of seconds.
    """
    number = isinstance(told, int | float) and not isinstance(told, bool)
    if number and math.isfinite(told) and told >= 0:  # type: ignore[arg-type,operator]
        return float(told)  # type: ignore[arg-type]
    msg = f"wait_for_lock={cut(str(told))} is no number of seconds; write 600 for ten minutes."
    raise RunLockError(msg)


def _check_name(folder: Path, name: str) -> None:
    """Keep two markets whose names are spelt alike out of one folder.

    Raises:
        RunLockError: The folder is another's.
    """
    if folder.name == DATA or not name:
        return
    file = folder / NAME
    if not file.exists():
        file.write_text(f"{name}\n", encoding="utf-8")
    owner = file.read_text(encoding="utf-8").strip()
    if owner != name.strip():
        msg = (
            f"The folder {folder} is that of the market {cut(owner)!r}, not of {cut(name)!r}. "
            f"Spell market.name alike, or choose a name that differs in letters."
        )
        raise RunLockError(msg)


def _at_end_of_cell(hold: _Hold) -> None:
    """In a notebook, hold nothing after the cell that made the run."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return

    def once(*_: object) -> None:
        shell.events.unregister("post_run_cell", once)
        _held.give_back(hold)

    shell.events.register("post_run_cell", once)

"""The end of ``wandb-core``, the process that the SDK starts beside ours."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from pathlib import Path

import wandb
from wandb.sdk import wandb_setup
from wandb.sdk.lib import asyncio_manager
from wandb.sdk.mailbox import HandleAbandonedError

from kedro_wandb.stores.patience import bounded

_CORE = b"wandb-core"
_GOODBYE = 1.0
"""Seconds for what the SDK does when it ends."""


def end_core() -> None:
    """Kill this process's own ``wandb-core``, which else goes on trying, deaf to SIGTERM.

    The SDK starts another one when it is needed. Only Linux tells which one is ours. A run
    that somebody else has open in this process is spared, and so is its core.
    """
    if wandb.run is not None:
        return
    logging.getLogger(asyncio_manager.__name__).addFilter(_is_news)
    with contextlib.suppress(Exception):
        for core in _cores():
            _kill(core)
        # It misses the process that it wants to say goodbye to.
        bounded(_GOODBYE, wandb.teardown)


def _kill(core: int) -> None:
    service = wandb_setup.singleton().ensure_service()
    # Nothing else keeps the SDK from writing to the dead process, or takes note of its end.
    with contextlib.suppress(TimeoutError):
        bounded(_GOODBYE, service._finalizer.close)  # noqa: SLF001 - see above
    with contextlib.suppress(ProcessLookupError):
        os.kill(core, signal.SIGKILL)
    if service._proc is not None:  # noqa: SLF001 - see above
        service._proc.join()  # noqa: SLF001 - see above


def _is_news(record: logging.LogRecord) -> bool:
    """Tell what the SDK has to say from its surprise, with a traceback, that its core is gone."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HandleAbandonedError | ConnectionError)


def _cores() -> list[int]:
    parent = os.getpid()
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_core(folder, parent)]


def _is_core(process: Path, parent: int) -> bool:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        state, found = fields[0], int(fields[1])
        return found == parent and state != "Z" and _CORE in (process / "cmdline").read_bytes()
    except OSError:
        return False

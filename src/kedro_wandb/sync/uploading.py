"""The SDK's own upload of an offline run, in a process that ends in time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kedro_wandb.stores.wandb.sdk import retries

_MARK = "KEDRO_WANDB_UPLOAD"
"""Variable that tells the processes of one upload from all others."""


@dataclass(frozen=True)
class Uploader:
    """Uploads offline runs.

    Attributes:
        environment: Of the process: where the server is, and the key.
        project: W&B's.
        entity: W&B's user or team.
        folder: Where the process may write.
        keep_open: Descriptors that it holds as long as it lives.
    """

    environment: Mapping[str, str]
    project: str
    entity: str
    folder: Path
    keep_open: Sequence[int] = ()

    def upload(self, run: Path, seconds: float) -> None:
        """Upload a run, as far as that succeeds: only the server knows whether it did.

        Args:
            run: Folder of an offline run.
            seconds: To wait; then the process is killed.
        """
        mark = uuid.uuid4().hex
        command = [sys.executable, "-m", "wandb", "sync", "--include-synced"]
        place = ["--project", self.project, "--entity", self.entity, str(run)]
        process = subprocess.Popen(  # noqa: S603 - the arguments are ours, and there is no shell
            [*command, *place],
            env=self._variables(mark),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=self.keep_open,
        )
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        finally:
            _end(process, mark)

    def _variables(self, mark: str) -> dict[str, str]:
        patience = {f"WANDB_{name.upper()}": str(value) for name, value in retries().items()}
        return {
            **self.environment,
            **patience,
            "WANDB_DIR": str(self.folder),
            "WANDB_MODE": "online",
            "WANDB_SILENT": "true",
            _MARK: mark,
        }


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill what is left of an upload: the SDK's core has a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for each in _marked(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    process.wait()


def _marked(mark: str) -> list[int]:
    """Return the processes that were started with a mark; only Linux tells."""
    wanted = f"{_MARK}={mark}\0".encode()
    return [
        int(folder.name) for folder in Path("/proc").glob("[0-9]*") if wanted in _environ(folder)
    ]


def _environ(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""

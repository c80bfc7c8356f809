"""What tests do with the real SDK again and again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import wandb


def draft(name: str = "listings", **files: str) -> wandb.Artifact:
    """Return a draft of a dataset artifact with text files, by name without ``.csv``."""
    artifact = wandb.Artifact(name, type="dataset")
    # Not with ``new_file``, whose folder the garbage collector removes in the midst of other tests.
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            path = Path(folder, f"{file}.csv")
            path.write_text(content, encoding="utf-8")
            artifact.add_file(str(path))
    return artifact


def log(run: wandb.Run, content: str, aliases: list[str] | None = None) -> wandb.Artifact:
    """Log a version of ``listings`` with one file and wait until the server has it."""
    return run.log_artifact(draft(rows=content), aliases=aliases).wait(timeout=30)


def call(*command: str, timeout: float = 60, cwd: Path | None = None) -> str:
    """Run ``python -m ...`` with all its children; none of them outlives the call."""
    # Whoever types a command has no core of another process, nor that one's folder.
    environment = {key: value for key, value in os.environ.items() if key != "WANDB_SERVICE"}
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=timeout)[0]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def cores(url: str) -> list[int]:
    """Return the ids of the ``wandb-core`` processes whose environment names a server.

    The SDK starts its core in a session of its own, so that the core outlives a client that is
    killed, and a process group does not lead to it. Only Linux tells; elsewhere there are none.
    """
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _is_core(folder, url)]


def _is_core(process: Path, url: str) -> bool:
    try:
        is_core = b"wandb-core" in (process / "cmdline").read_bytes()
        return is_core and f"WANDB_BASE_URL={url}\0".encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def end_cores(url: str) -> None:
    """End every ``wandb-core`` that was started for a server."""
    for core in cores(url):
        with contextlib.suppress(ProcessLookupError):
            os.kill(core, signal.SIGKILL)

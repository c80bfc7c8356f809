"""The commit that a run was made from."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

_GIT_PATIENCE = 2.0


def git_facts(folder: Path) -> dict[str, Any]:
    """Return the commit of a folder's repository, and whether anything in it is not committed.

    Returns:
        ``commit`` and ``dirty``, never the remote, whose address may hold a password;
        nothing outside a repository or without git.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {}
    status = _git(folder, "status", "--porcelain")
    return {"commit": commit, "dirty": None if status is None else bool(status)}


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            ["git", "--no-optional-locks", *words],  # noqa: S607 - the user's git
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=_GIT_PATIENCE,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()

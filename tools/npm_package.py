"""Files out of a package of npm's, for the scripts that take vendored ones."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path


def read_package(package: str, members: Iterable[str]) -> dict[str, bytes]:
    """Return files of a package, which npm gets from the registry that it is configured for.

    Args:
        package: Name and version, as ``name@1.2.3``.
        members: Paths within it.

    Raises:
        FileNotFoundError: It has no such file.
        subprocess.CalledProcessError: npm does not get it.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", package]
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - a fixed name
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            return {member: _read(packed, member) for member in members}


def _read(packed: tarfile.TarFile, member: str) -> bytes:
    try:
        file = packed.extractfile(member)
    except KeyError:
        file = None
    if file is None:
        msg = f"{member} is no file in the package."
        raise FileNotFoundError(msg)
    return file.read()

"""Plugins for Kedro that benchmarks put on the path of the commands that they time."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def install(folder: Path, module: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Let Kedro find one of the plugins beside this file.

    Args:
        folder: Where the plugin is told of; nothing else should be in it.
        module: Name of its file; its hooks are the name ``hook``.
        environment: Variables of the command.

    Returns:
        The variables, with the plugin on the path.
    """
    tell(folder, module, {"kedro.hooks": {module: f"shared.plugins.{module}:hook"}})
    return on_path(environment, ROOT / "benchmarks", folder)


def tell_of_kedro_wandb(folder: Path) -> Path:
    """Let Kedro find this repository's tracking plugin where its sources are on the path."""
    text = (ROOT / "src/kedro_wandb/pyproject.toml").read_text(encoding="utf-8")
    tell(folder, "kedro_wandb", tomllib.loads(text)["project"]["entry-points"])
    return folder


def tell(folder: Path, name: str, entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """Write what an installed distribution is told by: name, version and entry points."""
    about = folder / f"{name}-1.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    lines = [
        line
        for group, names in entry_points.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in names.items()))
    ]
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (about / "entry_points.txt").write_text("\n".join([*lines, ""]))


def on_path(environment: Mapping[str, str], *folders: Path) -> dict[str, str]:
    """Return the variables with folders at the end of Python's path."""
    path = [environment.get("PYTHONPATH", ""), *map(str, folders)]
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, path))}

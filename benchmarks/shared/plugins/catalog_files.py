"""Which step a node belongs to, and which files stand behind a dataset, as a hook sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kedro.framework.project import pipelines


def step_of(node: Any) -> str:
    """Return the name of the modular pipeline that has a node."""
    return next(
        str(name)
        for name, each in pipelines.items()
        if name != "__default__" and any(node.name == other.name for other in each.nodes)
    )


def files_of(catalog: Any, name: str, data: object, version: str | None) -> list[Path]:
    """Return the files of a dataset that was loaded or saved just now; none for parameters."""
    if name.startswith("params:") or name == "parameters" or name not in catalog:
        return []
    config = catalog.config_resolver.resolve_pattern(name)
    if "dataset" in config and isinstance(config["dataset"], dict):  # one that wraps another
        config = config["dataset"]
    told = config.get("filepath") or config.get("path")
    if told is None or not Path(told).exists():
        return []
    path = Path(told)
    if config.get("versioned"):
        path = path / str(version) / path.name
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("*") if each.is_file())
    if isinstance(data, dict):
        found = [each for each in found if each.name.startswith(tuple(map(str, data)))]
    return found

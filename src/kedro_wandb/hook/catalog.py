"""Catalog datasets as artifacts-to-be: where the files are, what type, what is known of them."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractDataset, DataCatalog
from kedro.io.core import get_protocol_and_path

from kedro_wandb.hook.entry import Entry, checked_entry
from kedro_wandb.hook.names import artifact_name
from kedro_wandb.protocol.marks import marks
from kedro_wandb.protocol.plan import DatasetPlan, Kind, Media
from kedro_wandb.protocol.rows import IN_MEMORY
from kedro_wandb.settings.config import Config
from kedro_wandb.settings.redaction import redacted_text

LOCAL = "file"
_NUMBERED = re.compile(r"\d\d_(\w+)")
_DATABASE = re.compile(r"SQL|JDBC|Hive|GBQ|TableDataset|\.ibis\.|\.snowflake\.")
_FIGURES = (".matplotlib.", ".matplotlib_writer", ".plotly.", "ImageDataset")


def plan_dataset(
    name: str, catalog: DataCatalog, config: Config, run_id: str | None
) -> DatasetPlan:
    """Describe a dataset of the catalog without loading it.

    Args:
        name: As the pipeline has it, transcoded or not.
        catalog: The run's.
        config: The plugin's.
        run_id: Kedro's run id if the run writes the dataset, which then names the
            version; ``None`` if it reads it.
    """
    dataset = catalog.get(name) if name in catalog else None
    if dataset is None:
        return DatasetPlan(dataset=name, artifact=artifact_name(name), kind="none",
                           reason=IN_MEMORY)  # fmt: skip
    entry = _configuration(name, catalog, dataset)
    said = {"metadata": entry.get("metadata") or getattr(dataset, "metadata", None)}
    wanted = wanted_of(name, said)
    layer = str(_told(said, "kedro-viz").get("layer") or "")
    metadata = {"kedro_dataset": name, "kedro_type": _class(dataset)}
    plan: dict[str, Any] = {
        "dataset": name,
        "artifact": wanted.name or artifact_name(name),
        "type": wanted.type or _type(dataset, layer or _numbered(entry), config),
        "description": redacted_text(wanted.description, config.redact),
        "aliases": wanted.aliases,
        "metrics": wanted.metrics,
        "runs": wanted.runs,
        "alerts": wanted.alerts,
        "content": wanted.content,
        "media": _media(dataset, wanted.media),
        "metadata": metadata | ({"layer": layer} if layer else {}),
    }
    if not wanted.enabled or config.excludes(name):
        return DatasetPlan(**plan, kind="none", reason="excluded by configuration")
    return DatasetPlan(**plan, **_place(entry, dataset, run_id))


def _configuration(
    name: str, catalog: DataCatalog, dataset: AbstractDataset[Any, Any]
) -> dict[str, Any]:
    """Return the catalog's entry with factories filled in and paths absolute.

    Kedro has no public way from a dataset to its file that holds for all classes; this one
    was found to hold for plain, versioned, cached, partitioned and factory entries.
    """
    made = dict(dataset._init_config())  # noqa: SLF001 - see above
    # Kedro keeps what an inherited ``__init__`` was given as it came.
    made |= dict(made.get("kwargs") or {})
    resolver = catalog.config_resolver
    declared = name in resolver.config or resolver.match_dataset_pattern(name)
    if not declared and not resolver.match_user_catch_all_pattern(name):
        return made
    entry = dict(resolver.resolve_pattern(name))
    # Code may have put another dataset in the place of the entry, or of what a pattern makes.
    return entry if _raw_path(made) in {None, _raw_path(entry)} else made


def entry_place(entry: Mapping[str, Any]) -> str:
    """Return where an entry's files are, or the folder of its partitions.

    Returns:
        Empty if it names no file; the versions of a versioned entry are at one place.
    """
    raw = _raw_path(entry)
    if raw is None or (parts := get_protocol_and_path(str(raw)))[0] == "memory":
        return ""
    protocol, path = parts
    return _at(protocol, path)


def _at(protocol: str, path: str) -> str:
    return os.path.realpath(path) if protocol == LOCAL else f"{protocol}://{path}"


def with_suffix(place: str, suffix: str) -> str:
    """Return the place of those partitions of a folder that end so: others are other files."""
    return f"{place}|{suffix}" if place and suffix else place


def _raw_path(entry: Mapping[str, Any]) -> str | Path | None:
    inner = _inner(entry)
    raw = inner.get("filepath") or inner.get("path")
    return raw if isinstance(raw, str | Path) else None


def _numbered(entry: Mapping[str, Any]) -> str:
    """Return the layer that one of Kedro's numbered folders stands for, such as ``06_models``."""
    folders = PurePosixPath(str(_raw_path(entry) or "")).parts[:-1]
    found = (_NUMBERED.fullmatch(folder) for folder in reversed(folders))
    return next((match.group(1) for match in found if match), "")


def _inner(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Look through a wrapper, such as ``CachedDataset``, to the entry with the file."""
    inner = entry.get("dataset")
    wraps = isinstance(inner, Mapping) and "filepath" in inner and "path" not in entry
    return inner if isinstance(inner, Mapping) and wraps else entry


def _given(entry: Mapping[str, Any], plugin: str) -> object:
    found = entry.get("metadata")
    given = found.get(plugin) if isinstance(found, Mapping) else None
    return {} if given is None else given


def wanted_of(name: str, entry: Mapping[str, Any]) -> Entry:
    """Return what an entry's ``metadata`` says to this plugin.

    Raises:
        ConfigurationError: It is wrong.
    """
    return checked_entry(name, _given(entry, "wandb"))


def _told(entry: Mapping[str, Any], plugin: str) -> Mapping[str, Any]:
    """Return what an entry's ``metadata`` has for a plugin; nothing where that is no mapping."""
    given = _given(entry, plugin)
    return given if isinstance(given, Mapping) else {}


def _class(dataset: AbstractDataset[Any, Any]) -> str:
    return f"{type(dataset).__module__}.{type(dataset).__qualname__}"


def _type(dataset: AbstractDataset[Any, Any], layer: str, config: Config) -> str:
    if any(part in _class(dataset) for part in _FIGURES):
        return "plot"
    return config.artifact_types.get(layer, "dataset")


def _media(dataset: AbstractDataset[Any, Any], wanted: Media) -> Media:
    """Show Plotly's figures as such, unless the entry says something else."""
    return "plotly" if wanted == "auto" and ".plotly." in _class(dataset) else wanted


def _place(
    entry: Mapping[str, Any], dataset: AbstractDataset[Any, Any], run_id: str | None
) -> dict[str, Any]:
    if hasattr(dataset, "pin") or hasattr(dataset, "await_decision"):
        return _of_the_store(dataset, run_id)
    inner, raw = _inner(entry), _raw_path(entry)
    if raw is None:
        return {"kind": "none", "reason": _why_no_file(dataset)}
    protocol, path = get_protocol_and_path(str(raw))
    if protocol == "memory":
        return {"kind": "none", "reason": IN_MEMORY}
    if entry.get("versioned") or inner.get("versioned"):
        path = _versioned(path, dataset, run_id)
    partitioned = is_partitioned(dataset)
    suffix = suffix_of(entry, dataset) if partitioned else ""
    if protocol != LOCAL:
        kind: Kind = "remote_partitions" if partitioned else "remote"
        where: dict[str, Any] = {"where": f"{protocol}://{path}", **_options(inner)}
    else:
        kind = "partitions" if partitioned else "path"
        where = {"where": path, "marks": marks(path, suffix)}
    return {
        "kind": kind,
        **where,
        "suffix": suffix,
        "place": with_suffix(_at(protocol, path), suffix),
    }


def suffix_of(entry: Mapping[str, Any], dataset: AbstractDataset[Any, Any]) -> str:
    """Return the suffix of partitions, which a class may set instead of the catalog."""
    return str(entry.get("filename_suffix") or getattr(dataset, "_filename_suffix", ""))


def _of_the_store(dataset: Any, run_id: str | None) -> dict[str, Any]:
    """Return the place of a version that is read, or of an alias that is moved."""
    if hasattr(dataset, "pin"):
        return {"kind": "artifact", "where": dataset.artifact}
    if run_id is None:
        return {"kind": "none", "reason": "read for who holds an alias, not for content"}
    return {
        "kind": "alias",
        "where": str(dataset.await_decision()),
        "reference": dataset.reference,
    }


def _why_no_file(dataset: AbstractDataset[Any, Any]) -> str:
    kind = type(dataset).__name__
    if "Memory" in kind or getattr(dataset, "in_memory", False):  # a class may say so itself
        return IN_MEMORY
    return "kept in a database" if _DATABASE.search(_class(dataset)) else f"{kind} names no file"


def _versioned(path: str, dataset: AbstractDataset[Any, Any], run_id: str | None) -> str:
    """Return the file of the version that the run writes or reads.

    What a run writes is named by its id; the newest folder might be another run's.
    """
    version = run_id or _load_version(dataset)
    return str(PurePosixPath(path) / version / PurePosixPath(path).name) if version else path


def _load_version(dataset: AbstractDataset[Any, Any]) -> str | None:
    versioned: Any = getattr(dataset, "_dataset", dataset)  # the one inside a CachedDataset
    resolve = getattr(versioned, "resolve_load_version", None)
    return resolve() if resolve else None


def _options(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a filesystem's options can be told to the tracker, and what can't.

    Objects, such as a cloud's credentials, stay in this process: they are secret, and of
    classes that nobody can write down. What is asked without them may still be open, or
    find the credentials of its machine.
    """
    options = dict(entry.get("fs_args") or {})
    credentials = entry.get("credentials")
    known = {key: value for key, value in options.items() if not key.endswith("_file_args")
             and not key.startswith("open_args_")}  # fmt: skip
    objects = [] if isinstance(credentials, Mapping | None) else [("credentials", credentials)]
    plain: dict[str, Any] = {}
    for key, value in (known | dict(credentials if not objects and credentials else {})).items():
        try:
            plain[str(key)] = json.loads(json.dumps(value))
        except (TypeError, ValueError, RecursionError):
            objects.append((str(key), value))
    if not objects:
        return {"options": plain}
    told = ", ".join(f"{key} is a {type(value).__name__}" for key, value in objects)
    return {"options": plain, "reason": f"{told}, which stays in Kedro's process"}


def is_partitioned(dataset: object) -> bool:
    """Tell Kedro's partitioned datasets and their kind, without importing them."""
    return any(base.__name__ == "PartitionedDataset" for base in type(dataset).__mro__)


def partitions_to_read(dataset: Any) -> tuple[str, ...] | None:
    """Return the ids of the partitions that loading would give, where that costs a listing only.

    ``IncrementalDataset`` loads all that it lists, so its listing alone is asked, on a copy
    that keeps no cache; it has no public name.

    Returns:
        ``None`` for a class with a ``load`` of its own: what that costs is unknown.
    """
    loader = next(base.__name__ for base in type(dataset).__mro__ if "load" in vars(base))
    if loader not in {"PartitionedDataset", "IncrementalDataset"}:
        return None
    listing = copy.copy(dataset)
    listing._cached_partitions = None  # noqa: SLF001 - see above
    paths = listing._list_partitions()  # noqa: SLF001 - see above
    return tuple(listing._path_to_partition(path) for path in paths)  # noqa: SLF001 - see above

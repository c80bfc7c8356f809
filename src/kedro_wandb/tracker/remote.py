"""Files at remote addresses, as references: they stay where they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from kedro_wandb.errors import NothingToLogError
from kedro_wandb.protocol.plan import WEB, DatasetPlan
from kedro_wandb.settings.redaction import bare_address, redacted_text
from kedro_wandb.stores.base import Progress, Source
from kedro_wandb.stores.patience import bounded

PATIENCE = 8.0
"""Seconds that a remote filesystem may take to tell of its files."""

_CHECKSUMS = ("ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "crc32c", "checksum")
_VERSIONS = ("VersionId", "version_id", "generation")
_CHANGED = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated")


def remote_sources(
    plan: DatasetPlan,
    names: Iterable[str] | None = None,
    since: float | None = None,
    tick: Progress | None = None,
) -> tuple[Source, ...]:
    """Return references to a dataset's remote files.

    Args:
        plan: A dataset at an fsspec address.
        names: Ids of the partitions; all if ``None``.
        since: Only partitions that changed after this moment, seconds since the epoch,
            where the filesystem tells.
        tick: Called with 0 every half second, as a sign of life.

    Raises:
        NothingToLogError: There is none.
        OSError: The filesystem can't be asked, or does not answer in time.
    """
    import fsspec  # noqa: PLC0415 - only where something is remote

    asked = None if names is None else list(names)
    fsspec.get_filesystem_class(plan.where.partition("://")[0])  # its import is not the network's
    try:
        return bounded(PATIENCE, lambda: _listed_sources(plan, asked, since), tick)
    except NothingToLogError:
        raise
    except Exception as error:  # noqa: BLE001 - each filesystem's own, with the address in it
        why = redacted_text(f"{type(error).__name__}: {error}")
        hint = f" ({plan.reason})" if plan.reason else ""
        msg = f"{bare_address(plan.where)} can't be asked: {why}{hint}"
        raise OSError(msg) from None


def _listed_sources(
    plan: DatasetPlan, names: list[str] | None, since: float | None
) -> tuple[Source, ...]:
    import fsspec  # noqa: PLC0415 - only where something is remote

    filesystem, path = fsspec.url_to_fs(plan.where, **plan.options)
    filesystem.invalidate_cache()
    where = bare_address(plan.where)
    if plan.kind == "remote":
        name = bare_address(path).rsplit("/", 1)[-1]
        return (_source(name, where, filesystem.info(path), plan.address),)
    wanted = None if names is None else {f"{each}{plan.suffix}" for each in names}
    found = [
        _source(bare, f"{where.rstrip('/')}/{bare}", info, plan.address)
        for name, info in _listed(filesystem, path, plan.suffix).items()
        if (wanted is None or name in wanted) and _is_after(info, since)
        for bare in [_entry_name(name, where)]
    ]
    if not found:
        msg = "there is no file"
        raise NothingToLogError(msg)
    return tuple(found)


def _listed(filesystem: Any, folder: str, suffix: str) -> dict[str, dict[str, Any]]:
    found = filesystem.find(folder, detail=True)
    root = folder.rstrip("/") + "/"
    return {
        path.removeprefix(root): info
        for path, info in sorted(found.items())
        if path.endswith(suffix)
    }


def _entry_name(listed: str, where: str) -> str:
    """Return a partition's name; servers on the web list them as links, signed or whole.

    Elsewhere names may have what is a query in an address.

    Args:
        listed: As the filesystem lists it.
        where: Bare address of the folder.
    """
    if not where.startswith(WEB):
        return listed
    return bare_address(listed).removeprefix(f"{where.rstrip('/')}/")


def _is_after(info: Mapping[str, Any], since: float | None) -> bool:
    changed = _first(info, _CHANGED)
    if since is None or not isinstance(changed, dt.datetime | float | int):
        return True
    stamp = changed.timestamp() if isinstance(changed, dt.datetime) else float(changed)
    return stamp >= since - 1  # object stores tell whole seconds


def _source(name: str, ref: str, info: Mapping[str, Any], address: str) -> Source:
    """Return a file by its ETag and size; without an ETag, by its address, size and date."""
    size = info.get("size")
    checksum, version = _first(info, _CHECKSUMS), _first(info, _VERSIONS)
    known = (size, _first(info, _CHANGED) or "", *([address] if address else []))
    told = checksum or "-".join(map(str, known))
    extra = {"etag": checksum, "versionID": version}
    return Source(
        name=name,
        ref=ref,
        digest=str(told).strip('"'),
        size=int(size) if size is not None else None,
        extra={key: str(value).strip('"') for key, value in extra.items() if value},
    )


def _first(info: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((info[key] for key in keys if info.get(key)), None)

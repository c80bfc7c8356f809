"""Models as bytes: skops instead of pickle, and the same bytes for the same model.

A skops file is a zip archive of ``schema.json`` and the arrays. Loading it runs no
code from the file: it names types, and those that the reader does not trust are
refused. As skops writes it, the file holds the time and memory addresses; here they
are replaced by a fixed date and by numbers in the order of first use.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from rental_pricing.errors import cut
from rental_pricing.model.skops_import import skops_io

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

SCHEMA = "schema.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip archive can hold."""

COMPRESSION_LEVEL = 6


class UntrustedTypesError(ValueError):
    """The bytes name types that the reader does not trust; nothing was loaded.

    Attributes:
        types: Full names of those types.
    """

    def __init__(self, types: Sequence[str]) -> None:
        self.types = tuple(types)
        names = ", ".join(types)
        super().__init__(f"refusing to load a model with types that are not trusted: {names}")


class NotAModelError(ValueError):
    """The bytes are no skops file, or a damaged one."""


def dumps(obj: object) -> bytes:
    """Return ``obj`` in skops' format; equal models give equal bytes.

    Raises:
        TypeError: Something in ``obj`` can't be stored in that format.
    """
    with ZipFile(io.BytesIO(skops_io.dumps(obj))) as archive:
        schema, names = _renumbered(json.loads(archive.read(SCHEMA)))
        members = {new: _unpadded(archive.read(old)) for old, new in names.items()}
    members[SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in members.items():  # in the order of first use
            info = ZipInfo(name, EPOCH)
            info.create_system = 3  # Unix, on every system
            archive.writestr(info, content, ZIP_DEFLATED, COMPRESSION_LEVEL)
    return buffer.getvalue()


def loads(data: bytes, trusted: Sequence[str]) -> object:
    """Return the object that ``dumps`` stored.

    Args:
        data: What ``dumps`` returned.
        trusted: Full names of the types to trust, besides those that skops always does.

    Raises:
        UntrustedTypesError: ``data`` has other types. None of them was imported.
        NotAModelError: ``data`` is something else, such as a pickle, or damaged.
    """
    try:
        return skops_io.loads(data, trusted=list(trusted))
    except skops_io.exceptions.UntrustedTypesFoundException as error:
        untrusted = set(skops_io.get_untrusted_types(data=data)) - set(trusted)
        raise UntrustedTypesError(sorted(untrusted)) from error
    except Exception as error:  # whatever a crafted or damaged file makes skops stumble over
        msg = f"this is no model in skops' format, or a damaged one: {cut(str(error))}"
        raise NotAModelError(msg) from error


def _unpadded(member: bytes) -> bytes:
    """Return an ``.npy`` file of records with zeros between their fields.

    The bytes that align the fields of a decision tree's nodes are whatever was in the
    process's memory, even pieces of text. Any other member is returned as it is.
    """
    if not member.startswith(np.lib.format.MAGIC_PREFIX):
        return member
    records = np.load(io.BytesIO(member), allow_pickle=False)
    if records.dtype.names is None:
        return member
    clean = np.zeros(records.shape, records.dtype)  # zeros_like would leave the gaps
    for field in records.dtype.names:
        clean[field] = records[field]
    content: bytes = clean.tobytes()
    return member[: len(member) - len(content)] + content


def _renumbered(schema: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the schema without addresses, and the members' new names by their old."""
    ids: dict[Hashable, int] = {}
    names: dict[str, str] = {}

    def renumber(node: dict[str, Any]) -> dict[str, Any]:
        # Two equal texts or numbers may or may not be one object in memory: by value
        # they always are one.
        if "__id__" in node:
            atom = node.get("__loader__") == "JsonNode"
            key = (node["__class__"], node["content"]) if atom else node["__id__"]
            node["__id__"] = ids.setdefault(key, len(ids) + 1)
        if "__loader__" in node and "file" in node:
            old = node["file"]
            suffix = old.rpartition(".")[2]
            node["file"] = names.setdefault(old, f"{len(names) + 1:06d}.{suffix}")
        return node

    return json.loads(json.dumps(schema), object_hook=renumber), names

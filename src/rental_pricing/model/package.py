"""A price model as a few files, none of them a pickle.

``model.skops`` holds what was fitted, ``package.json`` what made it and what it knows of its
market, ``profile.json`` the profile of its training data, ``known.parquet`` the listings that
it has learnt from, to find similar ones. Equal models give equal bytes. ``package.json`` is
for people, too; it names the SHA-256 of everything, itself included, so that files of two
models are never taken for one.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

from rental_pricing.errors import cut
from rental_pricing.model.knowledge import Knowledge
from rental_pricing.model.network.files import (
    NETWORK_FILES,
    NetworkFileError,
    put_weights,
    take_weights,
)
from rental_pricing.model.price_model import PRICES, PriceModel
from rental_pricing.model.similar import KnownListings
from rental_pricing.model.skops_bytes import NotAModelError, UntrustedTypesError, dumps, loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 3
MODEL, PACKAGE, PROFILE, KNOWN = ALWAYS = (
    "model.skops",
    "package.json",
    "profile.json",
    "known.parquet",
)
FILES = (*ALWAYS, *NETWORK_FILES)


class PackageError(ValueError):
    """The files are no price model of this format, are damaged, or are not trusted."""


def pack(model: PriceModel, trusted: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a model, by name.

    Args:
        model: What to pack.
        trusted: Types, by full name, that may be in it besides those that skops trusts.

    Raises:
        PackageError: It has types that are not trusted, so that it could not be read.
    """
    pipeline, network = take_weights(model.pipeline)
    content = dumps({"pipeline": pipeline, "interval": model.interval})
    _unpacked(content, tuple(trusted))
    profile = _json(model.profile)
    package = {
        "format": FORMAT,
        "identity": model.identity,
        "learning": model.learning,
        "signature": dict(model.signature),
        "price_range": list(model.price_range),
        "interval": model.interval.describe(),
        "provenance": dict(model.provenance),
        "versions": dict(model.versions),
        "knowledge": model.knowledge.to_dict(),
        "example": _priced_example(model),
    }
    others = {MODEL: content, PROFILE: profile, KNOWN: model.known.content, **network}
    digests = {name: hashlib.sha256(each).hexdigest() for name, each in others.items()}
    package["sha256"] = {**digests, PACKAGE: _digest(package)}
    return {**others, PACKAGE: _json(package)}


def unpack(files: Mapping[str, bytes], trusted: Sequence[str]) -> PriceModel:
    """Return the model that :func:`pack` made files of.

    Args:
        files: Content by name.
        trusted: Types, by full name, that may be in it besides those that skops trusts.

    Raises:
        PackageError: The files are of another format, damaged, of two models, or hold
            types that are not trusted; nothing of them was run.
    """
    package = read_package(files[PACKAGE])
    # A folder may hold files of an earlier model that this one does not have.
    network = [name for name in NETWORK_FILES if name in package["sha256"]]
    for name in (MODEL, PROFILE, KNOWN, *network):
        if hashlib.sha256(files.get(name, b"")).hexdigest() != package["sha256"].get(name):
            msg = f"{name} is not the file that {PACKAGE} describes: changed or incomplete"
            raise PackageError(msg)
    parts = copy.deepcopy(_unpacked(files[MODEL], tuple(trusted)))
    try:
        put_weights(parts["pipeline"], {name: files[name] for name in network})
    except NetworkFileError as error:
        raise PackageError(str(error)) from error
    return PriceModel(
        pipeline=parts["pipeline"],
        interval=parts["interval"],
        signature=package["signature"],
        price_range=(package["price_range"][0], package["price_range"][1]),
        provenance=package["provenance"],
        versions=package["versions"],
        example=tuple(row["listing"] for row in package["example"]),
        knowledge=Knowledge.from_dict(package["knowledge"]),
        known=KnownListings(files[KNOWN]),
        profile=json.loads(files[PROFILE]),
    )


def read_package(content: bytes) -> dict[str, Any]:
    """Return what ``package.json`` says.

    Raises:
        PackageError: It is of another format, or not as it was written.
    """
    try:
        package = json.loads(content)
    except ValueError as error:
        msg = f"{PACKAGE} is no JSON, or only a part of it: {cut(str(error))}"
        raise PackageError(msg) from error
    found = package.get("format") if isinstance(package, dict) else None
    if found != FORMAT:
        msg = f"{PACKAGE} has format {cut(str(found), 20)}; this version reads format {FORMAT}"
        raise PackageError(msg)
    rest = {key: value for key, value in package.items() if key != "sha256"}
    written = package.get("sha256")
    if not isinstance(written, dict) or written.get(PACKAGE) != _digest(rest):
        msg = f"{PACKAGE} is not as it was written: it was changed"
        raise PackageError(msg)
    return dict(package)


@functools.lru_cache(maxsize=2)
def _unpacked(content: bytes, trusted: tuple[str, ...]) -> dict[str, Any]:
    """Read a model's bytes, once in a run: its steps load the same model again and again.

    What is given out must be copied: who changes it would change it for all.
    """
    try:
        parts = loads(content, trusted)
    except (UntrustedTypesError, NotAModelError) as error:
        msg = f"{MODEL} is refused: {error}"
        raise PackageError(msg) from error
    if not isinstance(parts, dict) or set(parts) != {"pipeline", "interval"}:
        msg = f"{MODEL} holds something else than a model"
        raise PackageError(msg)
    return parts


def _priced_example(model: PriceModel) -> list[dict[str, Any]]:
    estimates = model.estimate(model.example_frame()).round(2).to_dict(orient="records")
    return [
        {
            "listing": dict(listing),
            "estimate": {name: _or_null(estimate[name]) for name in PRICES}
            | {"note": estimate["note"]},
        }
        for listing, estimate in zip(model.example, estimates, strict=True)
    ]


def _or_null(price: float) -> float | None:
    return None if math.isnan(price) else price


def _digest(package: Mapping[str, Any]) -> str:
    text = json.dumps(package, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()

"""What a week is made of, in digests: a week with equal ones is done already."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import rental_pricing
from rental_pricing.listings.parameters import ProcessingParameters
from rental_pricing.listings.window import choose_drops
from rental_pricing.model.versions import library_versions, trainer_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedro.framework.context import KedroContext
    from kedro.io import CatalogProtocol

_NOT_OF_THE_WEEK = ("drops", "as_of", "experiment", "reference", "wait_for_lock", "serving")
"""Parameters that change no result by themselves: places, names, patience and the service.

The date chooses the drops, and is a part of its own.
"""

_DELIVERED = ("weekly_listings", "listings_source", "reference_profile")
"""Entries of the catalog whose place does not matter: their content is looked at."""

_CODE = (".py", ".j2")


@dataclass(frozen=True)
class Fingerprint:
    """Digests of all that a week's results depend on.

    Attributes:
        as_of: Date of the newest drop that is read, or the one that was asked for.
        drops: BLAKE2b digest by file name, of the drops that are read.
        source: Digest of the note beside the drops; ``None`` where there is none.
        reference: Digest of the profile that is compared with in place of the previous drop's;
            ``None`` where there is none.
        configuration: Digest of the parameters and of the catalog.
        code: Digest of this package's code and of the versions of what it uses.
    """

    as_of: str
    drops: Mapping[str, str]
    source: str | None
    reference: str | None
    configuration: str
    code: str

    @classmethod
    def take(cls, context: KedroContext, catalog: CatalogProtocol[Any, Any]) -> Self:
        """Look at the drops, the configuration and the code.

        Args:
            context: Of the session that would process the week.
            catalog: The context's.

        Raises:
            UserInputError: The drops can't be read, or none is left.
        """
        loader = context.config_loader
        parameters = dict(loader["parameters"])
        weekly: Any = catalog.get("weekly_listings")
        processing = ProcessingParameters(**parameters["data_processing"])
        window = choose_drops(weekly.load(), parameters.get("as_of"), processing)
        settings = {
            "parameters": {k: v for k, v in parameters.items() if k not in _NOT_OF_THE_WEEK},
            "catalog": {
                name: _undated(entry)
                for name, entry in loader["catalog"].items()
                if name not in _DELIVERED
            },
        }
        source = catalog.load("listings_source")
        reference = catalog.load("reference_profile")
        return cls(
            as_of=window.as_of,
            drops={file: weekly.digest(file) for file in window.files.values()},
            source=None if source is None else _digest(source.encode()),
            reference=None if reference is None else _digest(_json(reference)),
            configuration=_digest(_json(settings)),
            code=_digest(*_code(str(parameters["modeling"]["estimator"]))),
        )

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for all of it."""
        return _digest(_json(self.to_dict()))[:16]

    def changes_since(self, earlier: Self | None) -> list[str]:
        """Say in words what is not as it was; nothing if all is.

        Args:
            earlier: Of the week that was completed last, if any was.
        """
        if earlier is None:
            return ["no week was completed here yet"]
        drops = list(_drops_changed(earlier.drops, self.drops))
        if not drops and earlier.as_of != self.as_of:
            drops.append(f"the week is that of {self.as_of}, and not of {earlier.as_of}")
        return [
            *drops,
            *(
                f"{what} changed"
                for what, name in (
                    ("the note on the source of the drops", "source"),
                    ("the reference profile", "reference"),
                    ("the configuration", "configuration"),
                    ("the code or a library", "code"),
                )
                if getattr(earlier, name) != getattr(self, name)
            ),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """Build from what :meth:`to_dict` returned."""
        return cls(**said)


def _drops_changed(earlier: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for file in sorted({*earlier, *now}):
        if file not in earlier:
            yield f"{file} is new"
        elif file not in now:
            yield f"{file} is not read any more"
        elif earlier[file] != now[file]:
            yield f"{file} was delivered again, with another content"


def _code(estimator: str) -> Iterator[bytes]:
    folder = Path(rental_pricing.__file__).parent
    for file in sorted(folder.rglob("*")):
        if file.suffix in _CODE:
            yield file.relative_to(folder).as_posix().encode()
            yield file.read_bytes()
    versions = {
        **library_versions(),
        **trainer_version(estimator),
        "kedro": importlib.metadata.version("kedro"),
    }
    yield json.dumps(versions, sort_keys=True).encode()


def _undated(entry: Any) -> Any:
    """Return an entry of the catalog without the date, which is a part of its own."""
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if name != "as_of"}


def _json(values: Any) -> bytes:
    return json.dumps(values, sort_keys=True, default=str).encode()


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()

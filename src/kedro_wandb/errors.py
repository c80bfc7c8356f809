"""What can go wrong in tracking, said so that the reader knows what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from click import ClickException

_FEW = 8
"""Names that a message lists where there may be hundreds."""


class TrackingError(Exception):
    """Base of all errors of this package."""


class ConfigurationError(TrackingError, ClickException):
    """``wandb.yml``, the environment or the catalog asks for something impossible.

    Kedro's command line shows it as one message, without a traceback.
    """


class StoreUnavailableError(TrackingError):
    """The store can't be reached, is too slow, or refuses; the work may be done later."""


class StoreDamagedError(StoreUnavailableError):
    """The records of the local store can't be read, now or later."""


class SdkError(StoreUnavailableError):
    """W&B's SDK broke down by itself: waiting for the server is of no use."""


class ArtifactNotFoundError(TrackingError):
    """No version of that name, alias or digest exists."""

    @classmethod
    def unknown_name(cls, name: str, known: Iterable[str], store: str) -> ArtifactNotFoundError:
        """Return the error for a name that the store does not have.

        >>> str(ArtifactNotFoundError.unknown_name("modle", ["model"], "local store"))
        "The local store has no artifact 'modle' (did you mean 'model'?). It has: model."
        """
        names = sorted(known)
        hint = did_you_mean(name, names)
        return cls(f"The {store} has no artifact {name!r}{hint}. It has: {_told(names)}.")

    @classmethod
    def unknown_version(
        cls, name: str, alias: str, known: Iterable[str], store: str
    ) -> ArtifactNotFoundError:
        """Return the error for a version or alias that an artifact does not have.

        >>> str(ArtifactNotFoundError.unknown_version("m", "prod", ["v0", "latest"], "local store"))
        "The local store has no 'm:prod'. It has: m:v0, m:latest."
        """
        told = _told(f"{name}:{each}" for each in known)
        return cls(f"The {store} has no {f'{name}:{alias}'!r}. It has: {told}.")


class AliasMovedError(TrackingError):
    """An alias no longer stands for what a decision about it was made against."""


class UnknownColumnError(TrackingError):
    """No run has a parameter, metric or fact of that name, or several have one that ends so."""

    @classmethod
    def unknown(cls, name: str, known: Iterable[str]) -> UnknownColumnError:
        """Return the error for a name that no column has.

        >>> str(UnknownColumnError.unknown("mea", ["mae", "rows"]))
        "No run has 'mea' (did you mean 'mae'?). They have: mae, rows."
        """
        names = list(known)
        told = _told(names, _FEW)
        return cls(f"No run has {name!r}{did_you_mean(name, names)}. They have: {told}.")

    @classmethod
    def ambiguous(cls, name: str, known: Iterable[str]) -> UnknownColumnError:
        """Return the error for an end that several names have.

        >>> str(UnknownColumnError.ambiguous("mae", ["a/mae", "b/mae"]))
        "'mae' may be any of: a/mae, b/mae. Write more of it."
        """
        return cls(f"{name!r} may be any of: {_told(known, _FEW)}. Write more of it.")


class DamagedArtifactError(TrackingError):
    """The bytes at hand are not those that were logged."""


class WithheldError(TrackingError):
    """A version has no content: its catalog entry keeps that out of every store."""


class FileChangedError(TrackingError):
    """A file changed while it was being read, so that its content is of no certain run."""


def did_you_mean(unknown: str, known: Iterable[str]) -> str:
    """Return a hint such as ``" (did you mean 'price'?)"``, or an empty text.

    >>> did_you_mean("prise", ["name", "price"])
    " (did you mean 'price'?)"
    """
    matches = get_close_matches(unknown, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


class NothingToLogError(Exception):
    """There is no file; the text says why."""


def _told(names: Iterable[str], at_most: int = 20) -> str:
    listed = list(names)
    more = f" and {len(listed) - at_most} more" if len(listed) > at_most else ""
    return ", ".join(listed[:at_most]) + more if listed else "nothing yet"

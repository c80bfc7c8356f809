"""Files of listings to price: read and written by the streams of the pipeline ``inference``."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from gzip import GzipFile
from typing import IO

import pyarrow as pa

from rental_pricing.errors import UserInputError
from rental_pricing.inference.incoming import Incoming, IncomingFile, choose_columns
from rental_pricing.listings.pieces import parse_pieces
from rental_pricing.serving.limits import too_large
from rental_pricing.serving.problems import ProblemError, Wrong, unprocessable

NAME = "the file"

_BLOCK = 1 << 20  # bytes that are read at once: others get their turn between two pieces
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class SentFile:
    """A CSV, maybe packed by gzip, that a client has sent.

    Attributes:
        content: Its bytes; read again and again from the beginning.
        most: Bytes that it may have, unpacked.
    """

    content: IO[bytes]
    most: float

    def listings(self) -> Incoming:
        """Return its listings, to be gone through piece by piece."""
        return Incoming([IncomingFile(NAME, None, self._pieces)])

    def checked(self) -> Iterator[None]:
        """Go through all of it, piece by piece, before the first price is told.

        Raises:
            ProblemError: It can't be read, or listings can't be told apart.
        """
        pieces = iter(self.listings())
        while True:
            try:
                if next(pieces, None) is None:
                    return
            except UserInputError as error:
                told = str(error)
                raise unprocessable(told, [Wrong("", None, told.splitlines()[0])]) from None
            yield

    def _pieces(self) -> Iterator[pa.Table]:
        yield from parse_pieces(self._blocks(), NAME, partial(choose_columns, name=NAME))

    def _blocks(self) -> Iterator[bytes]:
        self.content.seek(0)
        packed = self.content.read(len(_GZIP)) == _GZIP
        self.content.seek(0)
        source: IO[bytes] = GzipFile(fileobj=self.content, mode="rb") if packed else self.content  # type: ignore[assignment]
        size = 0
        try:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > self.most:
                    raise too_large(self.most)
                yield block
        except (EOFError, OSError, zlib.error):
            raise _damaged() from None


def _damaged() -> ProblemError:
    msg = "The file is packed by gzip, but damaged or cut. Send it again, complete."
    return unprocessable(msg, [Wrong("", None, "whole gzip, or CSV as it is")])

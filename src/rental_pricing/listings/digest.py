"""A fingerprint of a table's content, to recognise the same data again.

It does not depend on the order of rows or columns, digests of parts add up to that of the
whole, and no library's version or machine's byte order is in it. Each row becomes two
64-bit numbers: XXH3-128 of its texts and the bits of its numbers, mixed column by column
with SplitMix64's finaliser (Steele, Lea & Flood 2014); the rows' numbers are summed modulo
2**64. It tells accidents apart, not what someone constructs on purpose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
import xxhash
from numpy.typing import NDArray

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Load, Pieces

Words = NDArray[np.uint64]

_MISSING = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class ContentDigest:
    """The mergeable state behind a digest.

    Attributes:
        columns: Names and kinds of the columns, sorted.
        rows: How many rows.
        low: Sum of the rows' first numbers, modulo 2**64.
        high: Sum of their second ones.
    """

    columns: tuple[str, ...]
    rows: int
    low: int
    high: int

    @classmethod
    def of(cls, frame: pd.DataFrame) -> ContentDigest:
        """Digest a table of numbers, texts, dates and categories; the index does not count."""
        columns = tuple(f"{name}:{_kind(frame[name])}" for name in sorted(frame.columns))
        lanes = [np.zeros(len(frame), np.uint64), np.zeros(len(frame), np.uint64)]
        for name, column in zip(sorted(frame.columns), columns, strict=True):
            seed = np.frombuffer(xxhash.xxh3_128_digest(column.encode()), ">u8")
            for lane, words in enumerate(_words(frame[name])):
                lanes[lane] = _mix(lanes[lane] ^ _mix(words ^ np.uint64(seed[lane])))
        low, high = (int(lane.sum(dtype=np.uint64)) for lane in lanes)
        return cls(columns, len(frame), low, high)

    def __add__(self, other: ContentDigest) -> ContentDigest:
        """Return the digest of both tables' rows together.

        Raises:
            ValueError: If the tables have other columns.
        """
        if self.columns != other.columns:
            msg = f"columns differ: {self.columns} and {other.columns}"
            raise ValueError(msg)
        return ContentDigest(
            self.columns,
            self.rows + other.rows,
            (self.low + other.low) % 2**64,
            (self.high + other.high) % 2**64,
        )

    def __str__(self) -> str:
        """Return 32 hexadecimal digits."""
        state = b"".join(part.to_bytes(8, "little") for part in (self.rows, self.low, self.high))
        names = "\0".join(self.columns).encode()
        return hashlib.blake2b(state + names, digest_size=16).hexdigest()


def content_digest(frame: pd.DataFrame) -> str:
    """Return the digest of a table's content.

    Args:
        frame: Any table of numbers, texts, dates and categories.

    Returns:
        32 hexadecimal digits, equal for the same values under the same names, whatever
        the order of rows and columns and whether texts are held as categories.
    """
    return str(ContentDigest.of(frame))


def total_digest(parts: Iterable[ContentDigest]) -> ContentDigest:
    """Return the digest of all parts of a table together; at least one."""
    return reduce(add, parts)


def digest_of(pieces: Pieces, engine: Engine = ONE_PROCESS) -> str:
    """Return the digest of a table in pieces, as :func:`content_digest` of the whole."""
    return str(total_digest(engine.map(_digest_of_piece, pieces.loads)))


def _digest_of_piece(load: Load) -> ContentDigest:
    return ContentDigest.of(load())


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_float_dtype(column):
        return "decimal"
    if pd.api.types.is_integer_dtype(column) or pd.api.types.is_bool_dtype(column):
        return "whole"
    return "date" if pd.api.types.is_datetime64_any_dtype(column) else "text"


def _words(column: pd.Series) -> tuple[Words, Words]:
    """Return two numbers for each value."""
    kind, missing = _kind(column), column.isna().to_numpy()
    if kind == "text":
        first, second = _text_words(column)
    else:
        first = second = _bits(column, kind)
    return np.where(missing, _MISSING, first), np.where(missing, _MISSING, second)


def _text_words(column: pd.Series) -> tuple[Words, Words]:
    codes, texts = pd.factorize(column)
    digests = b"".join(xxhash.xxh3_128_digest(str(text).encode()) for text in texts)
    found = np.frombuffer(digests or bytes(16), ">u8").astype(np.uint64).reshape(-1, 2)
    return found[codes, 0], found[codes, 1]


def _bits(column: pd.Series, kind: str) -> Words:
    if kind == "decimal":
        numbers = column.to_numpy(np.float64, na_value=np.nan) + 0.0  # no -0.0
        return numbers.view(np.uint64)
    if kind == "date":
        return column.to_numpy("datetime64[ms]").view(np.uint64)
    return column.fillna(0).to_numpy(np.int64).view(np.uint64)


def _mix(words: Words) -> Words:
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))

"""A fingerprint of a table's content, to recognise the same data again."""

from __future__ import annotations

import hashlib

import pandas as pd


def frame_digest(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a table's columns, types and values.

    The index does not count; the order of rows and columns does. Tables that are equal
    have the same digest on every machine with the same pandas.

    Args:
        frame: Any table of numbers, texts, dates and categories.

    Returns:
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name, column in frame.items():
        total.update(f"{name}\0{column.dtype}\0".encode())
        total.update(pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes())
    return total.hexdigest()

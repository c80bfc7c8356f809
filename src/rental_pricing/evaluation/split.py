"""A split that never moves a listing from one part to another."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from rental_pricing.evaluation.parameters import SplitParameters

PARTS = ("train", "validation", "test")


def assign_parts(ids: pd.Series, options: SplitParameters) -> pd.Series:
    """Give each id its part: a matter of the id and the seed alone.

    The id and the seed are hashed to a number u, evenly spread in [0, 1). Listings with
    u below ``test_share`` are for the test, the next ``validation_share`` of the rest
    for validation, all others for training. So a listing stays in its part whatever
    other listings come or go, and each borough is split in nearly the same proportion.

    Args:
        ids: Listing ids, shape (n,).
        options: Shares and seed.

    Returns:
        ``train``, ``validation`` or ``test`` for each id, with the index of ``ids``.
    """
    u = np.array([_spread(int(one), options.seed) for one in ids], dtype=float)
    validation_end = options.test_share + (1 - options.test_share) * options.validation_share
    parts = np.select([u < options.test_share, u < validation_end], ["test", "validation"], "train")
    return pd.Series(parts, index=ids.index, dtype="str")


def _spread(listing_id: int, seed: int) -> float:
    """Hash to [0, 1) with 53 bits, all that a float keeps."""
    digest = blake2b(str(listing_id).encode(), key=str(seed).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53

"""A split that never moves a listing from one part to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.errors import TooFewListingsError
from rental_pricing.evaluation.provenance import SPLIT
from rental_pricing.listings.spreading import spread

if TYPE_CHECKING:
    from rental_pricing.evaluation.parameters import SplitParameters

PARTS = ("train", "validation", "test")


def assign_parts(ids: pd.Series, parameters: SplitParameters) -> pd.Series:
    """Give each id its part: a matter of the id and the seed alone.

    The id and the seed are hashed to a number u, evenly spread in [0, 1). Listings with
    u below ``test_share`` are for the test, the next ``validation_share`` of the rest
    for validation, all others for training. So a listing stays in its part whatever
    other listings come or go, and each borough is split in nearly the same proportion.

    Args:
        ids: Listing ids, shape (n,).
        parameters: Shares and seed.

    Returns:
        ``train``, ``validation`` or ``test`` for each id, with the index of ``ids``.
    """
    u = np.array([spread(int(one), str(parameters.seed)) for one in ids], dtype=float)
    parts = parts_of(u, parameters.test_share, parameters.validation_share)
    return pd.Series(parts, index=ids.index, dtype="str")


def parts_of(u: np.ndarray, test_share: float, validation_share: float) -> np.ndarray:
    """Cut [0, 1) into test, validation and training, in this order; ends go to the next."""
    validation_end = test_share + (1 - test_share) * validation_share
    return np.select([u < test_share, u < validation_end], ["test", "validation"], "train")


def split_provenance(digest: str, market: str, parameters: SplitParameters) -> dict[str, Any]:
    """Say what a split is made of.

    Args:
        digest: Content digest of all listings that are split.
        market: Identity of their market.
        parameters: Shares and seed.
    """
    shares = parameters.model_dump(include={"seed", "test_share", "validation_share"})
    return {"digest": digest, "market": market, **shares}


def split_into_parts(
    listings: pd.DataFrame, parameters: SplitParameters, provenance: dict[str, Any]
) -> dict[str, pd.DataFrame]:
    """Split listings; each part says in ``attrs`` which split it is of.

    Args:
        listings: With unique ``id``.
        parameters: Shares, seed and the fewest listings of a part.
        provenance: As from :func:`split_provenance`.

    Returns:
        The listings by part, numbered from 0.

    Raises:
        TooFewListingsError: If a part has fewer listings than it must.
    """
    part = assign_parts(listings["id"], parameters)
    parts = {}
    for name in PARTS:
        rows = listings[part == name].reset_index(drop=True)
        if len(rows) < parameters.min_rows:
            msg = (
                f"Only {len(rows)} of {len(listings)} listings are in the {name} part; it needs "
                f"{parameters.min_rows} (modeling.split.min_rows). Bring more data."
            )
            raise TooFewListingsError(msg)
        rows.attrs = {SPLIT: {**provenance, "part": name}}
        parts[name] = rows
    return parts

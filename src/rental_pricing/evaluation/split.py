"""A split that never moves a listing from one part to another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Load, Pieces, joined
from rental_pricing.errors import TooFewListingsError
from rental_pricing.evaluation.provenance import SPLIT
from rental_pricing.listings.spreading import spread

if TYPE_CHECKING:
    from rental_pricing.evaluation.parameters import SplitParameters

PARTS = ("train", "validation", "test")
SAMPLE_SHARE = "sample_share"
"""Key of a split's provenance: the share of the listings that it is of, where not of all."""


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


def in_sample(ids: pd.Series, seed: int, share: float) -> pd.Series:
    """Tell which ids are in a sample: a matter of the id and the seed alone, as its part is.

    A larger share has all that a smaller one has.

    Args:
        ids: Listing ids, shape (n,).
        seed: Of the split.
        share: Share of all ids, in (0, 1].
    """
    if share >= 1:
        return pd.Series(data=True, index=ids.index)
    u = [spread(int(one), f"{seed} sample") for one in ids]
    return pd.Series(np.array(u, dtype=float) < share, index=ids.index)


def split_provenance(
    digest: str, market: str, parameters: SplitParameters, rows: int
) -> dict[str, Any]:
    """Say what a split is made of.

    Args:
        digest: Content digest of all listings that are split.
        market: Identity of their market.
        parameters: Shares, seed, and the most listings.
        rows: How many listings there are.

    Returns:
        ``digest``, ``market``, ``seed`` and shares; and ``sample_share``, where there are more
        listings than ``max_listings``.
    """
    shares = parameters.model_dump(include={"seed", "test_share", "validation_share"})
    sampled = {}
    if rows > parameters.max_listings:
        sampled = {SAMPLE_SHARE: round(parameters.max_listings / rows, 6)}
    return {"digest": digest, "market": market, **shares, **sampled}


def split_into_parts(
    listings: Pieces,
    parameters: SplitParameters,
    provenance: dict[str, Any],
    engine: Engine = ONE_PROCESS,
) -> dict[str, pd.DataFrame]:
    """Split listings, or a sample of them; each part says in ``attrs`` which split it is of.

    Args:
        listings: With unique ``id``.
        parameters: Shares, seed and the fewest listings of a part.
        provenance: As from :func:`split_provenance`.
        engine: Works on the pieces.

    Returns:
        The listings by part, numbered from 0.

    Raises:
        TooFewListingsError: If a part has fewer listings than it must.
    """
    split = partial(_split_piece, parameters=parameters, share=provenance.get(SAMPLE_SHARE, 1.0))
    pieces = list(engine.map(split, listings.loads))
    total = sum(len(rows) for piece in pieces for rows in piece.values())
    parts = {}
    for name in PARTS:
        rows = joined([piece[name] for piece in pieces])
        if len(rows) < parameters.min_rows:
            msg = (
                f"Only {len(rows)} of {total} listings are in the {name} part; it needs "
                f"{parameters.min_rows} (modeling.split.min_rows). Bring more data."
            )
            raise TooFewListingsError(msg)
        rows.attrs = {SPLIT: {**provenance, "part": name}}
        parts[name] = rows
    return parts


def _split_piece(load: Load, parameters: SplitParameters, share: float) -> dict[str, pd.DataFrame]:
    rows: pd.DataFrame = load()
    rows = rows[in_sample(rows["id"], parameters.seed, share)]
    part = assign_parts(rows["id"], parameters)
    return {name: rows[part == name].reset_index(drop=True) for name in PARTS}

"""Two models' numbers on the same listings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rental_pricing.engine.pieces import Pieces, joined
from rental_pricing.evaluation.bootstrap import mean_interval
from rental_pricing.evaluation.metrics import metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.release.parameters import ReleaseParameters

SEGMENTS = {"neighbourhood_group": "borough", "room_type": "room type"}
CONFIDENCE = 0.95
"""Of the interval of the difference."""

_ESTIMATES = ["typical_price", "price_low", "price_high"]


@dataclass(frozen=True)
class Measured:
    """How good one model is on the test listings.

    Attributes:
        rows: Listings that it priced.
        unpriced: Those that it did not.
        mae: Mean absolute error, currency per night; ``None`` if it priced none.
        baseline_mae: Of the median by borough and room type, on the same listings.
        interval_coverage: Share of prices inside of their intervals.
        coverage_aim: What the intervals aim at.
    """

    rows: int
    unpriced: int
    mae: float | None
    baseline_mae: float | None
    interval_coverage: float | None
    coverage_aim: float


@dataclass(frozen=True)
class Compared:
    """How much worse a candidate is than the champion, on listings that both priced.

    Attributes:
        rows: Test listings that both priced.
        mae_difference: Candidate minus champion, currency per night; negative is better.
        low: Lower end of its 95 % interval.
        high: Upper end.
        segments: The difference by segment (``borough: Queens``) of enough listings.
        moved_share: Share of the stock whose estimate moves by more than the limit, or which
            only one of them prices.
        stock_rows: Listings of the stock that this is about.
    """

    rows: int
    mae_difference: float
    low: float
    high: float
    segments: dict[str, float]
    moved_share: float
    stock_rows: int


def estimated(model: PriceModel, test_listings: pd.DataFrame, baseline: pd.Series) -> pd.DataFrame:
    """Let a model estimate the test listings.

    Args:
        model: Any model.
        test_listings: Listings with their prices that it has not learnt from.
        baseline: Median price by borough and room type, with the same index.

    Returns:
        What :func:`rental_pricing.evaluation.metrics.metrics` measures, and the segments.
    """
    columns = ["price", *SEGMENTS]
    estimates = model.estimate(test_listings)[_ESTIMATES]
    return pd.concat([test_listings[columns], estimates], axis=1).assign(baseline_price=baseline)


def measured(estimates: pd.DataFrame, aim: float) -> Measured:
    """Measure one model's estimates.

    Args:
        estimates: As from :func:`estimated`.
        aim: Share of prices that its intervals are to hold.
    """
    found = metrics(estimates, aim)
    return Measured(
        rows=int(found["rows"] or 0),
        unpriced=int(found["unpriced"] or 0),
        mae=found["mae"],
        baseline_mae=found["baseline_mae"],
        interval_coverage=found["interval_coverage"],
        coverage_aim=aim,
    )


def compared(
    candidate: pd.DataFrame,
    champion: pd.DataFrame,
    stock: tuple[NDArray[np.float64], NDArray[np.float64]],
    parameters: ReleaseParameters,
) -> Compared | None:
    """Compare two models' estimates of the same test listings, row by row.

    Args:
        candidate: As from :func:`estimated`.
        champion: Likewise, in the same order.
        stock: Typical prices of listings of the stock by the candidate and by the champion,
            shape (m,), NaN where there is none.
        parameters: Resamples, and when an estimate counts as moved.

    Returns:
        The comparison; ``None`` if there is no listing that both priced.
    """
    both = (candidate["typical_price"].notna() & champion["typical_price"].notna()).to_numpy()
    if not both.any():
        return None
    worse = (_errors(candidate) - _errors(champion))[both]
    low, high = mean_interval(worse, confidence=CONFIDENCE, **parameters.bootstrap.model_dump())
    moved = _moved(*stock, parameters.moved_by)
    return Compared(
        rows=len(worse),
        mae_difference=float(worse.mean()),
        low=low,
        high=high,
        segments=_by_segment(candidate[both], worse, parameters.min_segment_rows),
        moved_share=float(moved.mean()),
        stock_rows=len(moved),
    )


def stock_sample(listings: Pieces, parameters: ReleaseParameters) -> pd.DataFrame:
    """Return the listings of the stock that both models estimate: all, or some at random."""
    ends = np.cumsum([len(load(columns=["id"])) for load in listings.loads])
    draw = np.random.default_rng(parameters.bootstrap.seed)
    chosen = np.sort(draw.permutation(int(ends[-1]))[: parameters.max_stock_rows])
    of_pieces = np.split(chosen, np.searchsorted(chosen, ends[:-1]))
    starts = [0, *ends[:-1].tolist()]
    taken = [piece.iloc[rows - start]
             for piece, rows, start in zip(listings, of_pieces, starts, strict=True)]  # fmt: skip
    return joined(taken)


def _errors(estimates: pd.DataFrame) -> NDArray[np.float64]:
    typical, price = (estimates[name].to_numpy("float64") for name in ("typical_price", "price"))
    errors: NDArray[np.float64] = np.abs(typical - price)
    return errors


def _by_segment(listings: pd.DataFrame, worse: NDArray[np.float64], least: int) -> dict[str, float]:
    found = {}
    for column, told in SEGMENTS.items():
        groups = pd.Series(worse).groupby(listings[column].astype("str").to_numpy())
        for value, differences in groups:
            if len(differences) >= least:
                found[f"{told}: {value}"] = float(differences.mean())
    return found


def _moved(
    candidate: NDArray[np.float64], champion: NDArray[np.float64], by: float
) -> NDArray[np.bool_]:
    one_alone = np.isnan(candidate) != np.isnan(champion)
    moved: NDArray[np.bool_] = one_alone | (np.abs(candidate - champion) > by * champion)
    return moved

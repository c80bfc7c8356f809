"""How far off the production model is on listings that it never learnt from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Load, Pieces, joined
from rental_pricing.evaluation.baseline import MedianPrices
from rental_pricing.evaluation.bootstrap import mean_interval
from rental_pricing.evaluation.metrics import metrics
from rental_pricing.evaluation.parameters import SplitParameters
from rental_pricing.evaluation.provenance import SPLIT
from rental_pricing.evaluation.split import SAMPLE_SHARE, assign_parts, in_sample
from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.columns import DELIVERED_ON
from rental_pricing.listings.selection import choose_rows
from rental_pricing.model.price_model import PRICES
from rental_pricing.quality.check import Check, Outcome
from rental_pricing.quality.histograms import median
from rental_pricing.quality.profile import BOROUGH, ROOM_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rental_pricing.listings.selection import LoadDrop
    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.monitoring.parameters import ErrorParameters
    from rental_pricing.quality.profile import Profile

DECIMALS = 4
"""Kept of each number, so that it is the same after it was written and read."""


@dataclass(frozen=True)
class ReleaseError:
    """The error on the test listings of the very data that made the model.

    Attributes:
        mae: Mean absolute error, in currency per night; ``None`` if it can't be told.
        listings: How many were judged.
    """

    mae: float | None = None
    listings: int | None = None


def unseen_listings(listings: pd.DataFrame, model: PriceModel) -> pd.DataFrame:
    """Return the listings that a model was never trained on, whatever weeks it has seen.

    Args:
        listings: With their ``id``.
        model: Its split says which ids are for the test.
    """
    said = model.provenance[SPLIT]
    split = SplitParameters(
        seed=said["seed"],
        test_share=said["test_share"],
        validation_share=said["validation_share"],
        min_rows=2,
        max_listings=1000,
    )
    return listings[assign_parts(listings["id"], split) == "test"]


def measure_error(
    listings: Pieces,
    day: str,
    model: PriceModel,
    then: Profile | None,
    parameters: ErrorParameters,
    engine: Engine = ONE_PROCESS,
) -> dict[str, Any]:
    """Measure a model on the listings of a delivery that it never learnt from.

    Args:
        listings: Listings of all deliveries, by id, in pieces.
        day: Date of the delivery.
        model: The model.
        then: Profile of its training data, for the median that it has to beat.
        parameters: Of the interval.
        engine: Works on the pieces.

    Returns:
        The metrics of :func:`rental_pricing.evaluation.metrics.metrics` (``None`` for what
        can't be told), with ``mae_low`` and ``mae_high``, the ends of the interval.
    """
    table = joined(list(engine.map(partial(_unseen, day=day), listings.loads, model)))
    table["baseline_price"] = _medians(then, table)
    found = metrics(table, model.interval.coverage) | {"mae_low": None, "mae_high": None}
    errors = (table["typical_price"] - table["price"]).abs().dropna().to_numpy()
    if len(errors):
        found["mae_low"], found["mae_high"] = mean_interval(
            errors,
            resamples=parameters.resamples,
            confidence=parameters.confidence,
            seed=parameters.seed,
        )
    return {name: _rounded(value) for name, value in found.items()}


def _unseen(load: Load, model: PriceModel, day: str) -> pd.DataFrame:
    """Return the prices, true and estimated, of a delivery's listings that a model never saw."""
    rows = load()
    delivered = rows[rows[DELIVERED_ON] == pd.Timestamp(day)]
    unseen = unseen_listings(delivered, model).sort_values("id", ignore_index=True)
    kept = unseen[["price", BOROUGH, ROOM_TYPE]]
    return pd.concat([kept, model.estimate(unseen)[[*PRICES]]], axis=1)


def _errors_at_release(load: Load, model: PriceModel) -> pd.Series:
    rows = unseen_listings(load(), model)
    split = model.provenance[SPLIT]
    rows = rows[in_sample(rows["id"], split["seed"], split.get(SAMPLE_SHARE, 1.0))]
    return (model.estimate(rows)["typical_price"] - rows["price"]).abs().dropna()


def _rounded(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else round(value, DECIMALS)


def _medians(then: Profile | None, rows: pd.DataFrame) -> np.ndarray:
    """Return the median price of the training listings of each row's borough and room type."""
    if then is None:
        return np.full(len(rows), np.nan)
    edges = then.numeric["price"].edges
    overall = median(then.numeric["price"].counts, edges)
    cells = {
        (borough, room): price
        for borough, rooms in then.price_by_cell.items()
        for room, counts in rooms.items()
        if (price := median(counts, edges)) is not None
    }
    return MedianPrices(math.nan if overall is None else overall, cells).estimate(rows)


def error_at_release(
    typed_drops: Mapping[str, LoadDrop],
    model: PriceModel,
    earlier: pd.DataFrame | None,
    engine: Engine = ONE_PROCESS,
) -> ReleaseError:
    """Return a model's error on the test listings of the very data that made it.

    It is what an earlier week has found, or it is found now: from the drops that made the
    model, if they are all here as they were. Both are the same number, and that of the
    model's own ``test_mae``.

    Args:
        typed_drops: Date to what loads the typed drop.
        model: The model.
        earlier: The history so far, if there is one.
        engine: Works on the drops.
    """
    if earlier is not None:
        known = earlier[(earlier["model"] == model.identity) & earlier["release_mae"].notna()]
        if len(known):
            first = known.iloc[0]
            return ReleaseError(float(first["release_mae"]), int(first["release_listings"]))
    days = model.provenance["processing"]["drops"]
    if not set(days) <= set(typed_drops):
        return ReleaseError()
    drops = {day: typed_drops[day] for day in days}
    collected = collect_rows(drops, choose_rows(drops, engine), engine)
    if collected.digest != model.provenance[SPLIT]["digest"]:
        return ReleaseError()
    errors = pd.concat(list(engine.map(_errors_at_release, collected.listings.loads, model)))
    return ReleaseError(_rounded(float(errors.mean())), len(errors))


def error_checks(
    day: str, found: Mapping[str, Any], release: ReleaseError, parameters: ErrorParameters
) -> Iterator[Check]:
    """Judge a model's error.

    Args:
        day: Date of the delivery.
        found: As from :func:`measure_error`.
        release: The error at release.
        parameters: Limits.
    """
    listings = found["rows"] + found["unpriced"]
    few = f"{listings} test listings, {parameters.min_listings} needed"
    enough = listings >= parameters.min_listings
    share = round(found["unpriced"] / max(listings, 1), DECIMALS)
    yield _check(
        day,
        "unpriced_share",
        "share of test listings that the model gives no price",
        Outcome.at_most(share, parameters.max_unpriced_share)
        if enough
        else Outcome.not_run(few, parameters.max_unpriced_share),
    )
    enough = found["rows"] >= parameters.min_listings
    few = f"{found['rows']} test listings with an estimate, {parameters.min_listings} needed"
    yield _check(
        day,
        "error_growth",
        "growth of the mean absolute error since the release (lower end of its interval)",
        _growth(found, release, parameters) if enough else Outcome.not_run(few),
    )
    yield _check(
        day,
        "error_to_median",
        "mean absolute error as a ratio to that of the median by borough and room type",
        _to_median(found, parameters) if enough else Outcome.not_run(few),
    )


def _growth(
    found: Mapping[str, Any], release: ReleaseError, parameters: ErrorParameters
) -> Outcome:
    if not release.mae:
        reason = "the drops that made the model are not all here as they were"
        return Outcome.not_run(reason, parameters.max_growth)
    told = f"{found['mae_low']:.2f} to {found['mae_high']:.2f}, at release {release.mae:.2f}"
    growth = round(found["mae_low"] / release.mae - 1, DECIMALS)
    return Outcome.at_most(growth, parameters.max_growth, (told,))


def _to_median(found: Mapping[str, Any], parameters: ErrorParameters) -> Outcome:
    limit = parameters.max_ratio_to_median
    if not found["baseline_mae"]:
        return Outcome.not_run("the median of the training data is not known", limit)
    told = f"{found['mae']:.2f}, the median's {found['baseline_mae']:.2f}"
    return Outcome.at_most(round(found["mae"] / found["baseline_mae"], DECIMALS), limit, (told,))


def _check(day: str, name: str, rule: str, outcome: Outcome) -> Check:
    return Check(name=name, kind="rule", rule=rule, outcome=outcome, drop=day)

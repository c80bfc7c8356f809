"""How good each estimator of the project is, beside the reference forest, and what its fit takes.

Run from anywhere::

    python benchmarks/accuracy.py [--listings FOLDER] [--as-of DATE] [--quick]

The real listings (variable LISTINGS_DATA) are split as the pipelines split them, by id. The
reference forest (``reference_flow/forest.py``) learns from the training part; each estimator that
``modeling.estimator`` can name is trained as ``modeling`` does it with ``conf/base``: fitted on
the training part, calibrated on the validation part, and fitted again on both. All are judged on
the test part. ``--quick`` takes a synthetic drop. An estimator whose extra is not installed is
left out, and the reason told.

Exit status: 0 if the targets are met, 1 if not, 2 without listings.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import mean_absolute_error, r2_score

from reference_flow.forest import reference_forest
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.evaluation.split import PARTS, assign_parts
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.model.estimators import ESTIMATORS
from rental_pricing.model.pricing import estimate_prices
from rental_pricing.model.training import train_model
from shared.configuration import base_parameters
from shared.drops import REAL_DAY, real_drops, synthetic_drop
from shared.listings import read_listings
from shared.results import ABSENT, Section, Table, Target, close, options, parse

TARGETS = {"gradient_boosting": 0.93, "neural_network": 0.96}
"""Highest test MAE, as a share of the reference forest's."""

MOST_FIT = {"neural_network": 60.0}
"""Longest time of a whole training, seconds."""

NEEDS = {"neural_network": "torch"}
"""Packages that an estimator needs and the project does without."""

ROWS = 3_000
FOREST = "reference forest"


@dataclass(frozen=True)
class Judged:
    """One model on the test part.

    Attributes:
        mae: Mean absolute error, USD.
        r2: R².
        inside: Share of the prices that the 80 % intervals hold; None without any.
        seconds: Of the whole training, on the clock.
        cpu_seconds: The same, of all threads.
    """

    mae: float
    r2: float
    inside: float | None
    seconds: float
    cpu_seconds: float


def main(arguments: Sequence[str]) -> int:
    """Train and judge all, and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--listings", type=Path, default=real_drops(), help="folder of drops")
    parser.add_argument("--as-of", default=REAL_DAY, help="newest drop to use")
    given = parse(parser, arguments)
    with tempfile.TemporaryDirectory() as folder:
        if given.quick:
            given.listings = synthetic_drop(Path(folder), ROWS)
            given.as_of = "2024-01-08"
        if given.listings is None:
            print("No real listings: --listings FOLDER, or LISTINGS_DATA.", file=sys.stderr)
            return ABSENT
        listings = read_listings(given.listings, given.as_of)
    market = MarketParameters(**base_parameters()["market"])
    parameters = ModelingParameters(**base_parameters()["modeling"])
    part = assign_parts(listings["id"], parameters.split)
    parts = {name: listings[part == name].reset_index(drop=True) for name in PARTS}
    missing = {
        name: package
        for name, package in NEEDS.items()
        if name in ESTIMATORS and importlib.util.find_spec(package) is None
    }
    judged = {FOREST: judge_forest(parts, parameters.seed)}
    for name in ESTIMATORS:
        if name not in missing:
            chosen = parameters.model_copy(update={"estimator": name})
            judged[name] = judge(parts, market, chosen)
            print(f"{name}: {judged[name]}", flush=True)
    return close(section(judged, missing, parts, parameters.estimator), given)


def judge_forest(parts: dict[str, pd.DataFrame], seed: int) -> Judged:
    """Fit the reference forest on the training part, and judge it."""
    train, test = parts["train"], parts["test"]
    begin, cpu = time.perf_counter(), time.process_time()
    model = reference_forest("absolute_error", seed).fit(train, train["price"].to_numpy())
    spent = time.perf_counter() - begin, time.process_time() - cpu
    estimates = model.predict(test)
    return Judged(*errors(test["price"], estimates), None, *spent)


def judge(
    parts: dict[str, pd.DataFrame], market: MarketParameters, parameters: ModelingParameters
) -> Judged:
    """Train an estimator as ``modeling`` does, and judge it."""
    limits = (market.price.min, market.price.max)
    given: dict[str, Any] = {"price_range": limits, "parameters": parameters}
    begin, cpu = time.perf_counter(), time.process_time()
    trained = train_model(parts["train"], parts["validation"], **given)
    spent = time.perf_counter() - begin, time.process_time() - cpu
    found = estimate_prices(trained.pipeline, trained.intervals, parts["test"], limits)
    price = parts["test"]["price"]
    inside = (price >= found["price_low"].to_numpy()) & (price <= found["price_high"].to_numpy())
    return Judged(*errors(price, found["typical_price"]), float(inside.mean()), *spent)


def errors(price: pd.Series, estimates: Any) -> tuple[float, float]:
    """Return MAE and R²."""
    return float(mean_absolute_error(price, estimates)), float(r2_score(price, estimates))


def section(
    judged: dict[str, Judged], missing: dict[str, str], parts: dict[str, pd.DataFrame], default: str
) -> Section:
    """Return the results."""
    base = judged[FOREST]
    rows = [
        [
            f"{name} (default)" if name == default else name,
            f"{each.mae / base.mae:.3f}",
            f"{each.mae:.2f}",
            f"{each.r2:.3f}",
            "none" if each.inside is None else f"{each.inside:.1%}",
            f"{each.seconds / base.seconds:.2f}",
            f"{each.seconds:.1f}",
            f"{each.cpu_seconds:.1f}",
        ]
        for name, each in judged.items()
    ]
    head = ["model", "MAE, of the forest's", "MAE, USD", "R²", "prices in the 80 % interval"]
    head += ["time, of the forest's fit", "seconds", "CPU seconds"]
    targets = [
        Target(f"{name}: test MAE, of the forest's", judged[name].mae / base.mae, most)
        for name, most in TARGETS.items()
        if name in judged
    ] + [
        Target(f"{name}: whole training", judged[name].seconds, most, "s")
        for name, most in MOST_FIT.items()
        if name in judged
    ]
    sizes = ", ".join(f"{len(rows):,} {name}" for name, rows in parts.items())
    about = (
        f"All on the same split by id ({sizes}). The forest learns from the training part; "
        "every estimator of the project is trained as `modeling` does it with `conf/base`: "
        "fitted twice, with the model of the error's size; its time is that of all of it."
    )
    notes = [f"{name} is left out: {need} is not installed." for name, need in missing.items()]
    return Section("Accuracy", about, [Table("On the test part:", head, rows)], targets, notes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

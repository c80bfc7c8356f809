"""Compare the default price model with a reference random forest on the same split.

Run from anywhere::

    python benchmarks/model_quality.py [--ablation] [--write] [--quick]

The forest (see ``reference_flow/forest.py``) is fitted with absolute and with squared errors as
criterion on the training part; ours is what the pipelines make with ``conf/base``: calibrated
on the validation part, then fitted again on both. For fairness both stand there fitted on
either. ``--ablation`` also leaves out each part of the model in turn; ``--write`` puts the
tables into ``docs/model.md``. The test part is read here alone: choices are made by
cross-validation inside the training part.

Exit status: 0 if the default model meets all targets, 1 if not, 2 without listings.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from reference_flow.forest import reference_forest
from rental_pricing.errors import UserInputError
from rental_pricing.evaluation.baseline import MedianPrices
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.evaluation.split import PARTS, assign_parts
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.model.pricing import estimate_prices
from rental_pricing.model.training import fit_calibrated, train_model
from shared.ablation import Row, ablation, cross_validated_intervals
from shared.configuration import base_parameters
from shared.drops import REAL_DAY, real_drops, synthetic_drop
from shared.listings import read_listings
from shared.page import markdown
from shared.results import ABSENT, MET, MISSED, options, parse

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "docs/model.md", ROOT / "README.md")

MAX_ERROR_RATIO = 0.925
"""Highest test MAE, as a share of the reference forest's (absolute errors)."""

MIN_R2_GAIN = 0.055
"""Lowest gain in test R² over that forest."""

MAX_TIME_RATIO = 0.5
"""Most CPU time to fit, calibrate and fit again, as a share of that forest's."""

COVERAGE, FIFTH_COVERAGE = (0.78, 0.82), (0.77, 0.83)
"""Share of prices that the 80 % intervals hold: of test, and of each fifth by cross-validation."""

MAX_WIDTH, MAX_INTERVAL_SCORE = 94.3, 139.6
"""Mean width and mean interval score (Gneiting and Raftery 2007) on test, USD."""

ROWS = 6_000
"""Of the quick form's synthetic drop."""

FOREST, OURS = "forest, absolute errors", "ours, as shipped"

Table = list[list[str]]


@dataclass(frozen=True)
class Result:
    """Estimates for the test listings, and the CPU seconds of the fit."""

    estimates: NDArray[np.float64]
    cpu_seconds: float


def judge_forest(criterion: str, seed: int, train: pd.DataFrame, test: pd.DataFrame) -> Result:
    """Fit a reference forest and estimate the test listings."""
    start = time.process_time()
    model = reference_forest(criterion, seed).fit(train, train["price"].to_numpy())
    seconds = time.process_time() - start
    return Result(model.predict(test), seconds)


def judge_ours(
    parts: dict[str, pd.DataFrame], market: MarketParameters, parameters: ModelingParameters
) -> tuple[dict[str, Result], pd.DataFrame]:
    """Train as ``modeling`` does; return both models' results, and the shipped one's table."""
    limits = (market.price.min, market.price.max)
    given: dict[str, Any] = {"price_range": limits, "parameters": parameters}
    start = time.process_time()
    first = fit_calibrated(parts["train"], parts["validation"], **given)
    between = time.process_time()
    shipped = train_model(parts["train"], parts["validation"], **given)
    end = time.process_time()
    before = estimate_prices(first.pipeline, first.intervals, parts["test"], limits)
    after = estimate_prices(shipped.pipeline, shipped.intervals, parts["test"], limits)
    return {
        "ours, calibrated": Result(before["typical_price"].to_numpy(), between - start),
        OURS: Result(after["typical_price"].to_numpy(), end - between),
    }, after.assign(price=parts["test"]["price"].to_numpy())


def compare(results: dict[str, Result], learnt: dict[str, str], price: pd.Series) -> Table:
    """Return a table of all models' errors on test, and their ratios to the forest's."""
    base = results[FOREST]
    table = [["model", "learnt from", "MAE", "ratio", "RMSE", "R²", "MdAPE %", "CPU s", "ratio"]]
    for name, result in results.items():
        error = mean_absolute_error(price, result.estimates)
        ratio = error / mean_absolute_error(price, base.estimates)
        percent = 100 * np.median(np.abs(result.estimates - price) / price)
        table.append(
            [
                name,
                learnt[name],
                f"{error:.2f}",
                f"{ratio:.3f}",
                f"{root_mean_squared_error(price, result.estimates):.2f}",
                f"{r2_score(price, result.estimates):.3f}",
                f"{percent:.1f}",
                f"{result.cpu_seconds:.1f}",
                f"{result.cpu_seconds / base.cpu_seconds:.2f}",
            ]
        )
    return table


def summary(table: Table, coverage: float) -> Table:
    """Return the README's part of :func:`compare`: the three models that people ask about."""
    rows = {row[0]: dict(zip(table[0][:8], row[:8], strict=True)) for row in table[1:]}
    baseline = "median by borough and room type"
    named = {baseline: baseline, FOREST: "random forest", OURS: "**this project's default**"}
    inside = {OURS: f"{coverage:.1%}"}
    return [
        ["", "test MAE, USD", "R²", "median % error", "prices in the 80 % interval", "CPU seconds"],
        *(
            [
                label,
                rows[name]["MAE"],
                rows[name]["R²"],
                rows[name]["MdAPE %"],
                inside.get(name, "none"),
                rows[name]["CPU s"],
            ]
            for name, label in named.items()
        ),
    ]


def by_host(results: dict[str, Result], parts: dict[str, pd.DataFrame]) -> Table:
    """Return the MAE on hosts of whom a listing was learnt from, and on new hosts."""
    test = parts["test"]
    hosts = pd.concat([parts["train"]["host_id"], parts["validation"]["host_id"]])
    known = test["host_id"].isin(hosts).to_numpy()
    table = [["model", f"known hosts ({known.sum()})", f"new hosts ({(~known).sum()})"]]
    for name, result in results.items():
        errors = np.abs(result.estimates - test["price"].to_numpy())
        table.append([name, f"{errors[known].mean():.2f}", f"{errors[~known].mean():.2f}"])
    return table


def interval_figures(estimates: pd.DataFrame, coverage: float) -> dict[str, list[float]]:
    """Return coverage, width and interval score: of all, then of each fifth of the estimates."""
    price, low, high = (estimates[name] for name in ("price", "price_low", "price_high"))
    misses = np.maximum(low - price, 0) + np.maximum(price - high, 0)
    figures = pd.DataFrame(
        {
            "inside": price.between(low, high),
            "width": high - low,
            "score": high - low + 2 / (1 - coverage) * misses,
        }
    ).astype("float64")
    fifth = pd.qcut(estimates["typical_price"].rank(method="first"), 5, labels=False)
    means = pd.concat([figures.mean().to_frame().T, figures.groupby(fifth).mean()])
    return {str(name): means[name].tolist() for name in means}


def interval_table(figures: dict[str, dict[str, list[float]]]) -> Table:
    """Return a table of :func:`interval_figures`, one row an entry."""
    head = ["80 % intervals", "width", "score", "coverage", *(f"fifth {n}" for n in range(1, 6))]
    return [
        head,
        *(
            [name, f"{one['width'][0]:.1f}", f"{one['score'][0]:.1f}"]
            + [f"{share:.3f}" for share in one["inside"]]
            for name, one in figures.items()
        ),
    ]


def ablation_table(rows: dict[str, Row]) -> Table:
    """Return what leaving out each part costs."""
    return [
        ["model", "MAE", "costs", "± SE"],
        *(
            [name, f"{row.mae:.2f}", f"{row.cost:+.2f}", f"{row.error:.2f}"]
            for name, row in rows.items()
        ),
    ]


def targets(
    results: dict[str, Result], price: pd.Series, figures: dict[str, dict[str, list[float]]]
) -> dict[str, bool]:
    """Return each target as text, and whether the default model meets it."""
    base, ours = results[FOREST], results[OURS]
    error = mean_absolute_error(price, ours.estimates) / mean_absolute_error(price, base.estimates)
    gain = r2_score(price, ours.estimates) - r2_score(price, base.estimates)
    duration = ours.cpu_seconds / base.cpu_seconds
    validated, test = figures.values()
    width, score, inside = test["width"][0], test["score"][0], test["inside"][0]
    low, high = FIFTH_COVERAGE
    fifths = validated["inside"][1:]
    return {
        f"test MAE {error:.3f}x the forest's, at most {MAX_ERROR_RATIO}x": error <= MAX_ERROR_RATIO,
        f"test R2 {gain:+.3f}, at least {MIN_R2_GAIN:+}": gain >= MIN_R2_GAIN,
        f"fit {duration:.2f}x the CPU time, at most {MAX_TIME_RATIO}x": duration <= MAX_TIME_RATIO,
        f"test coverage {inside:.1%}, {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%}": (
            COVERAGE[0] <= inside <= COVERAGE[1]
        ),
        f"each fifth {min(fifths):.1%} to {max(fifths):.1%}, within {low:.0%} to {high:.0%}": (
            low <= min(fifths) and max(fifths) <= high
        ),
        f"mean width {width:.1f}, at most {MAX_WIDTH}": width <= MAX_WIDTH,
        f"interval score {score:.1f}, at most {MAX_INTERVAL_SCORE}": score <= MAX_INTERVAL_SCORE,
    }


def write_pages(tables: dict[str, Table]) -> None:
    """Replace the tables between their marks in the pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name, table in tables.items():
            before, mark, rest = text.partition(f"<!-- {name} -->\n")
            if mark:
                _, end, after = rest.partition("<!-- end -->")
                text = f"{before}{mark}{markdown(table[0], table[1:])}\n{end}{after}"
        page.write_text(text, encoding="utf-8")


def run(listings: pd.DataFrame, config: dict[str, Any], given: argparse.Namespace) -> int:
    """Make all tables and return the exit status."""
    market = MarketParameters(**config["market"])
    parameters = ModelingParameters(**config["modeling"])
    part = assign_parts(listings["id"], parameters.split)
    parts = {name: listings[part == name].reset_index(drop=True) for name in PARTS}
    train, test = parts["train"], parts["test"]
    both = pd.concat([train, parts["validation"]], ignore_index=True)
    sizes = ", ".join(f"{len(rows)} {name}" for name, rows in parts.items())
    print(f"{sizes}; numpy {np.__version__}, scikit-learn {sklearn.__version__}", end="; ")
    print(f"{os.cpu_count()} cores", flush=True)

    seed, price = parameters.seed, test["price"]
    median = MedianPrices.learn(both).estimate(test)
    ours, shipped = judge_ours(parts, market, parameters)
    results = {
        "median by borough and room type": Result(np.asarray(median), 0.0),
        "forest, squared errors": judge_forest("squared_error", seed, train, test),
        FOREST: judge_forest("absolute_error", seed, train, test),
        f"{FOREST}, more rows": judge_forest("absolute_error", seed, both, test),
        **ours,
    }
    learnt = dict.fromkeys(results, "both") | dict.fromkeys(
        ("forest, squared errors", FOREST, "ours, calibrated"), "training"
    )
    limits = (market.price.min, market.price.max)
    coverage = parameters.interval.coverage
    figures = {
        "training part, cross-validated": interval_figures(
            cross_validated_intervals(train, parameters, limits), coverage
        ),
        "test": interval_figures(shipped, coverage),
    }
    compared = compare(results, learnt, price)
    tables = {
        "summary": summary(compared, figures["test"]["inside"][0]),
        "comparison": compared,
        "hosts": by_host(results, parts),
        "intervals": interval_table(figures),
    }
    if given.ablation:
        tables["ablation"] = ablation_table(ablation(train, parameters))
    for table in tables.values():
        print(f"\n{markdown(table[0], table[1:])}")
    if given.write:
        write_pages(tables)
    met = targets(results, price, figures)
    for target, is_met in met.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {target}")
    return MET if given.quick or all(met.values()) else MISSED


def main(arguments: list[str]) -> int:
    """Run the comparison and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--listings", type=Path, default=real_drops(), help="folder of drops")
    parser.add_argument("--as-of", default=REAL_DAY, help="newest drop to use")
    parser.add_argument("--ablation", action="store_true", help="leave out each part in turn")
    parser.add_argument("--write", action="store_true", help="put the tables into the pages")
    given = parse(parser, arguments)
    with tempfile.TemporaryDirectory() as folder:
        if given.quick:
            given.listings, given.as_of = synthetic_drop(Path(folder), ROWS), "2024-01-08"
            given.write = False
        if given.listings is None:
            print("No real listings: --listings FOLDER, or LISTINGS_DATA.", file=sys.stderr)
            return ABSENT
        try:
            listings = read_listings(given.listings, given.as_of)
        except UserInputError as error:
            print(error, file=sys.stderr)
            return ABSENT
    return run(listings, base_parameters(), given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

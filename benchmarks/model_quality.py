"""Compare the default price model with a reference random forest on the same split.

Run from anywhere::

    python benchmarks/model_quality.py [--listings FOLDER] [--as-of DATE]

The reference forest is a common way to solve the task: ordinal room types, one-hot
boroughs, plain numbers with 0 for missing ones, days since the last review counted from
the batch's own newest one (2010-01-01 for none), the 15 commonest words of the name as
TF-IDF, 100 trees of depth 15 with 3 listings a leaf. It is fitted with absolute and with
squared errors as criterion. Ours is what the pipelines make with ``conf/base``, calibration
included. It was chosen by cross-validation on the training part and on the validation part.

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
import yaml
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder

from rental_pricing.datasets.drop_folder import DropFolderError
from rental_pricing.datasets.typed_drops import TypedDropsDataset
from rental_pricing.datasets.weekly_drops import WeeklyDropsDataset
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.evaluation.split import PARTS, assign_parts
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.pipelines.data_processing.nodes import select_listings, type_drops
from rental_pricing.pipelines.modeling.nodes import train_price_model

ROOT = Path(__file__).resolve().parents[1]
PARAMETERS = ROOT / "conf/base"

MAX_ERROR_RATIO = 0.945
"""Highest test MAE, as a share of the reference forest's (absolute errors)."""

MIN_R2_GAIN = 0.025
"""Lowest gain in test R² over that forest."""

MAX_TIME_RATIO = 1.5
"""Longest time to fit, as a share of that forest's."""

COVERAGE = (0.78, 0.82)
"""Share of test prices that the 80 % intervals are to hold."""

REFERENCE, OURS = "forest, absolute", "ours"

Scores = dict[str, float]


@dataclass(frozen=True)
class Result:
    """What one model reached."""

    fit_seconds: float
    validation: Scores
    test: Scores


def read_listings(folder: Path, as_of: str, config: dict[str, Any]) -> pd.DataFrame:
    """Return the listings of the drops up to a date, as ``data_processing`` makes them.

    Raises:
        DropFolderError: There is no such folder, or no drop in it.
    """
    market, options = (
        MarketParameters(**config["market"]),
        ProcessingParameters(**config["data_processing"]),
    )
    drops = WeeklyDropsDataset(path=str(folder), as_of=as_of).load()
    made, window = type_drops(drops, None, as_of, market, options)
    with tempfile.TemporaryDirectory() as place:
        typed = TypedDropsDataset(path=f"{place}/typed_drops")
        typed.save(made)
        listings, _, _ = select_listings(typed.load(), window)
    return listings


def reference_forest(criterion: str, seed: int) -> Pipeline:
    """Build the reference forest; see the top of this file."""
    zero = SimpleImputer(strategy="constant", fill_value=0)
    numbers = [
        "minimum_nights",
        "number_of_reviews",
        "reviews_per_month",
        "calculated_host_listings_count",
        "availability_365",
        "longitude",
        "latitude",
    ]
    features = ColumnTransformer(
        [
            ("room_type", OrdinalEncoder(), ["room_type"]),
            ("borough", OneHotEncoder(), ["neighbourhood_group"]),
            ("numbers", make_pipeline(FunctionTransformer(_plain), zero), numbers),
            ("recency", FunctionTransformer(_days_before_newest), ["last_review"]),
            ("words", _name_words(), "name"),
        ]
    )
    forest = RandomForestRegressor(
        n_estimators=100,
        criterion=criterion,
        max_depth=15,
        min_samples_split=4,
        min_samples_leaf=3,
        max_features=0.5,
        n_jobs=-1,
        random_state=seed,
    )
    return make_pipeline(features, forest)


def _name_words() -> Pipeline:
    words = TfidfVectorizer(max_features=15, stop_words="english")
    return make_pipeline(FunctionTransformer(_no_missing), words)


def _no_missing(names: pd.Series) -> pd.Series:
    return names.fillna("")


def _plain(numbers: pd.DataFrame) -> pd.DataFrame:
    return numbers.astype("float64")


def _days_before_newest(dates: pd.DataFrame) -> pd.DataFrame:
    days = dates.fillna(pd.Timestamp("2010-01-01")).to_numpy(dtype="datetime64[D]").astype("int64")
    return pd.DataFrame(days.max(axis=0) - days)


def scores(prices: NDArray[np.float64], estimates: NDArray[np.float64]) -> Scores:
    """Return MAE, RMSE, R² and the median absolute percentage error."""
    return {
        "MAE": float(mean_absolute_error(prices, estimates)),
        "RMSE": float(root_mean_squared_error(prices, estimates)),
        "R2": float(r2_score(prices, estimates)),
        "MdAPE": float(100 * np.median(np.abs(estimates - prices) / prices)),
    }


def judge_forest(model: Pipeline, parts: dict[str, pd.DataFrame]) -> Result:
    """Fit a forest on the training part and score it on the other two."""
    train = parts["train"]
    start = time.perf_counter()
    model.fit(train, train["price"].to_numpy())
    seconds = time.perf_counter() - start
    return Result(
        seconds,
        *(
            scores(rows["price"].to_numpy(), model.predict(rows))
            for rows in (parts["validation"], parts["test"])
        ),
    )


def judge_ours(
    parts: dict[str, pd.DataFrame], config: dict[str, Any], options: ModelingParameters
) -> Result:
    """Train, calibrate and score the model that ``conf/`` describes, as ``modeling`` does."""
    report = {"drops": [], "digest": ""}
    start = time.perf_counter()
    model = train_price_model(
        parts["train"], parts["validation"], report, MarketParameters(**config["market"]), options
    )
    seconds = time.perf_counter() - start
    scored = []
    for rows in (parts["validation"], parts["test"]):
        estimates = model.estimate(rows)
        inside = rows["price"].between(estimates["price_low"], estimates["price_high"])
        found = scores(rows["price"].to_numpy(), estimates["typical_price"].to_numpy())
        scored.append(found | {"inside": float(inside.mean())})
    return Result(seconds, *scored)


def print_table(results: dict[str, Result]) -> None:
    """Print all scores, and their ratios to the reference's."""
    names = list(results[REFERENCE].test)
    header = "".join(f"{part}{name:>7}" for part in ("  val ", " test ") for name in names)
    print(f"{'model':18}{header}   fit s  x test MAE  x fit")
    base = results[REFERENCE]
    for model, result in results.items():
        columns = "".join(
            f"{part[name]:13.3f}" for part in (result.validation, result.test) for name in names
        )
        error, speed = result.test["MAE"] / base.test["MAE"], result.fit_seconds / base.fit_seconds
        print(f"{model:18}{columns}{result.fit_seconds:8.1f}{error:12.3f}{speed:7.2f}")


def targets(results: dict[str, Result]) -> dict[str, bool]:
    """Return each target as text, and whether the default model meets it."""
    base, ours = results[REFERENCE], results[OURS]
    error = ours.test["MAE"] / base.test["MAE"]
    gain = ours.test["R2"] - base.test["R2"]
    duration = ours.fit_seconds / base.fit_seconds
    inside = ours.test["inside"]
    return {
        f"test MAE {error:.3f}x the forest's, at most {MAX_ERROR_RATIO}x": error <= MAX_ERROR_RATIO,
        f"test R2 {gain:+.3f}, at least {MIN_R2_GAIN:+}": gain >= MIN_R2_GAIN,
        f"fit {duration:.2f}x as long, at most {MAX_TIME_RATIO}x": duration <= MAX_TIME_RATIO,
        f"test prices in the interval {inside:.1%}, {COVERAGE[0]:.0%} to {COVERAGE[1]:.0%}": (
            COVERAGE[0] <= inside <= COVERAGE[1]
        ),
    }


def main(arguments: list[str]) -> int:
    """Run the comparison and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    folder = Path(os.environ.get("LISTINGS_DATA", ROOT.parent / "shared/data/listings"))
    parser.add_argument("--listings", type=Path, default=folder, help="folder of drops")
    parser.add_argument("--as-of", default="2019-07-08", help="newest drop to use")
    given = parser.parse_args(arguments)
    config: dict[str, Any] = {}
    for file in sorted(PARAMETERS.glob("parameters*.yml")):
        config |= yaml.safe_load(file.read_text(encoding="utf-8"))
    options = ModelingParameters(**config["modeling"])
    try:
        listings = read_listings(given.listings, given.as_of, config)
    except DropFolderError as error:
        print(error, file=sys.stderr)
        print("Here: --listings FOLDER, or the variable LISTINGS_DATA.", file=sys.stderr)
        return 2
    part = assign_parts(listings["id"], options.split)
    parts = {name: listings[part == name].reset_index(drop=True) for name in PARTS}
    sizes = ", ".join(f"{len(rows)} {name}" for name, rows in parts.items())
    print(f"{sizes}; numpy {np.__version__}, scikit-learn {sklearn.__version__}", end="; ")
    print(f"{os.cpu_count()} cores")
    results = {
        name: judge_forest(reference_forest(criterion, options.seed), parts)
        for name, criterion in ((REFERENCE, "absolute_error"), ("forest, squared", "squared_error"))
    }
    results[OURS] = judge_ours(parts, config, options)
    print_table(results)
    met = targets(results)
    for target, is_met in met.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {target}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

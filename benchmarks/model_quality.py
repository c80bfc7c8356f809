"""Compare the default price model with a reference random forest on the same split.

Run from anywhere::

    python benchmarks/model_quality.py [--listings FOLDER] [--as-of DATE]

The reference forest is a common way to solve the task: ordinal room types, one-hot
boroughs, plain numbers with 0 for missing ones, days since the last review counted from
the batch's own newest one (2010-01-01 for none), the 15 commonest words of the name as
TF-IDF, 100 trees of depth 15 with 3 listings a leaf. It is fitted with absolute and with
squared errors as criterion. The test part is looked at here alone: the default model was
chosen on the other two.

Exit status: 0 if the default model meets all targets, 1 if not, 2 without listings.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
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

from rental_pricing.columns import DROP, LISTING_DTYPES
from rental_pricing.model.estimators import build_pipeline
from rental_pricing.parameters import ModelingOptions
from rental_pricing.pipelines.modeling.split import assign_parts

ROOT = Path(__file__).resolve().parents[1]
PARAMETERS = ROOT / "conf/base/parameters_modeling.yml"
PRICES = (10, 350)
"""Lowest and highest price per night of the listings compared."""

MAX_ERROR_RATIO = 0.945
"""Highest test MAE, as a share of the reference forest's (absolute errors)."""

MIN_R2_GAIN = 0.025
"""Lowest gain in test R² over that forest."""

MAX_TIME_RATIO = 1.5
"""Longest time to fit, as a share of that forest's."""

REFERENCE, OURS = "forest, absolute", "ours"

Scores = dict[str, float]


@dataclass(frozen=True)
class Result:
    """What one model reached."""

    fit_seconds: float
    validation: Scores
    test: Scores


def read_listings(folder: Path, as_of: str) -> pd.DataFrame:
    """Return the newest state of each listing in the drops up to a date.

    Raises:
        FileNotFoundError: There is no such drop.
    """
    files = sorted(file for file in folder.glob("*.csv*") if file.name[:10] <= as_of)
    if not files:
        msg = (
            f"No drops up to {as_of} in {folder}. Name a folder of files such as 2019-07-08.csv "
            "with --listings or in the environment variable LISTINGS_DATA."
        )
        raise FileNotFoundError(msg)
    types = {name: dtype for name, dtype in LISTING_DTYPES.items() if name != DROP}
    dates = [name for name, dtype in types.items() if dtype.startswith("datetime")]
    numbers = {name: dtype for name, dtype in types.items() if name not in dates}
    drops = [pd.read_csv(file, dtype=numbers, parse_dates=dates) for file in files]
    newest = pd.concat(drops).drop_duplicates("id", keep="last", ignore_index=True)
    return newest[newest["price"].between(*PRICES)].astype(types)


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


def judge(model: Pipeline, parts: dict[str, pd.DataFrame]) -> Result:
    """Fit a model on the training part and score it on the other two."""
    train = parts["train"]
    start = time.perf_counter()
    model.fit(train.drop(columns="price"), train["price"].to_numpy())
    seconds = time.perf_counter() - start
    scored = {
        name: scores(rows["price"].to_numpy(), model.predict(rows.drop(columns="price")))
        for name, rows in parts.items()
        if name != "train"
    }
    return Result(seconds, scored["validation"], scored["test"])


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
    return {
        f"test MAE {error:.3f}x the forest's, at most {MAX_ERROR_RATIO}x": error <= MAX_ERROR_RATIO,
        f"test R2 {gain:+.3f}, at least {MIN_R2_GAIN:+}": gain >= MIN_R2_GAIN,
        f"fit {duration:.2f}x as long, at most {MAX_TIME_RATIO}x": duration <= MAX_TIME_RATIO,
    }


def default_model(options: ModelingOptions) -> Pipeline:
    """Build the model that ``conf/`` describes."""
    params: dict[str, Any] = options.estimators.get(options.estimator, {})
    return build_pipeline(options.estimator, params, seed=options.seed, features=options.features)


def main(arguments: list[str]) -> int:
    """Run the comparison and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    folder = Path(os.environ.get("LISTINGS_DATA", ROOT.parent / "shared/data/listings"))
    parser.add_argument("--listings", type=Path, default=folder, help="folder of drops")
    parser.add_argument("--as-of", default="2019-07-08", help="newest drop to use")
    parser.add_argument("--parameters", type=Path, default=PARAMETERS, help="YAML of modeling")
    given = parser.parse_args(arguments)
    options = ModelingOptions(**yaml.safe_load(given.parameters.read_text())["modeling"])
    try:
        listings = read_listings(given.listings, given.as_of)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    part = assign_parts(listings["id"], options.split)
    parts = {name: listings[part == name] for name in ("train", "validation", "test")}
    sizes = ", ".join(f"{len(rows)} {name}" for name, rows in parts.items())
    print(f"{sizes}; numpy {np.__version__}, scikit-learn {sklearn.__version__}", end="; ")
    print(f"{os.cpu_count()} cores")
    models: dict[str, Callable[[], Pipeline]] = {
        REFERENCE: lambda: reference_forest("absolute_error", options.seed),
        "forest, squared": lambda: reference_forest("squared_error", options.seed),
        OURS: lambda: default_model(options),
    }
    results = {name: judge(build(), parts) for name, build in models.items()}
    print_table(results)
    met = targets(results)
    for target, is_met in met.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {target}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

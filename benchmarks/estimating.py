"""Time estimates of a trained price model: one listing, 20,000 listings, and loading.

Run after ``kedro run``, from anywhere::

    python benchmarks/estimating.py [--model FOLDER] [--drop FILE]

Listings are taken as pandas reads them from a drop: dates are text, and every value is
checked. Loading is measured cold (the first in the process) and again.

Exit status: 0 if all targets are met, 1 if not, 2 without a model or a drop.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import yaml
from kedro.io.core import DatasetError

from rental_pricing.datasets.price_model import PriceModelDataset

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]

ROWS = 20_000
REPEATS = 50
MAX_ONE_MS = 10
"""Longest median time of one estimate, milliseconds."""

MIN_ROWS_PER_SECOND = 25_000
"""Least rows a second of a batch."""


def seconds(function: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def median_one_ms(estimate: Callable[[pd.DataFrame], object], listings: pd.DataFrame) -> float:
    """Return the median time of one listing by itself, milliseconds."""
    singles = [listings.iloc[[row]] for row in range(min(REPEATS, len(listings)))]
    for single in singles[:5]:
        estimate(single)
    return 1000 * statistics.median(seconds(lambda s=single: estimate(s)) for single in singles)  # type: ignore[misc]


def read_listings(drop: Path) -> pd.DataFrame:
    """Return 20,000 listings of a drop, from the beginning again where it has fewer."""
    listings = pd.read_csv(drop)
    copies = -(-ROWS // len(listings))
    return pd.concat([listings] * copies, ignore_index=True).head(ROWS)


def main(arguments: list[str]) -> int:
    """Measure, print and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "data/06_models/price_model")
    drops = sorted((ROOT / "data/01_raw/listings").glob("*.csv*"))
    parser.add_argument("--drop", type=Path, default=drops[-1] if drops else None)
    given = parser.parse_args(arguments)
    catalog = yaml.safe_load((ROOT / "conf/base/catalog_modeling.yml").read_text(encoding="utf-8"))
    dataset = PriceModelDataset(
        filepath=str(given.model), trusted=catalog["price_model"]["trusted"]
    )
    try:
        cold = seconds(dataset.load)
    except DatasetError as error:
        print(error, file=sys.stderr)
        return 2
    if given.drop is None or not given.drop.is_file():
        print("There is no drop; here: --drop FILE", file=sys.stderr)
        return 2
    model, again = dataset.load(), seconds(dataset.load)
    listings = read_listings(given.drop)
    one = median_one_ms(model.estimate, listings)
    rate = ROWS / min(seconds(lambda: model.estimate(listings)) for _ in range(3))
    print(f"load: {1000 * cold:.0f} ms cold, {1000 * again:.0f} ms again")
    met = {
        f"one estimate {one:.1f} ms p50, at most {MAX_ONE_MS} ms": one <= MAX_ONE_MS,
        f"{ROWS} rows: {rate:.0f} rows/s, at least {MIN_ROWS_PER_SECOND}": (
            rate >= MIN_ROWS_PER_SECOND
        ),
    }
    for target, is_met in met.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {target}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

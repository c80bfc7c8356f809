"""Time estimates of a loaded model: ``estimates.py PROJECT LISTINGS``; prints JSON.

Listings are taken as pandas reads them from a drop: dates are text, and every value is checked.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

SINGLES, WARM, BATCHES = 50, 5, 3


def main(project: Path, file: Path) -> dict[str, float]:
    """Return milliseconds of loading and of one estimate, and rows a second of all."""
    bootstrap_project(project)
    dataset = KedroSession.create(project).load_context().catalog["price_model"]
    cold = seconds(dataset.load)
    model, again = dataset.load(), seconds(dataset.load)
    listings = pd.read_csv(file)
    singles = [listings.iloc[[row]] for row in range(min(SINGLES, len(listings)))]
    for single in singles[:WARM]:
        model.estimate(single)
    one = statistics.median(seconds(lambda one=single: model.estimate(one)) for single in singles)  # type: ignore[misc]
    all_of_them = min(seconds(lambda: model.estimate(listings)) for _ in range(BATCHES))
    return {
        "cold_ms": 1000 * cold,
        "again_ms": 1000 * again,
        "one_ms": 1000 * one,
        "rows_per_second": len(listings) / all_of_them,
    }


def seconds(function: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))

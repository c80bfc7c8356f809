"""Fourth step: fit the forest on four fifths of its part, judge it on the last, and draw it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import joblib
import matplotlib as mpl
import pandas as pd
from matplotlib import pyplot as plt
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import Pipeline

from reference_flow.forest import reference_forest
from reference_flow.split import SEED, split

TARGET = "price"


def read(file: str) -> pd.DataFrame:
    """Read a part of the listings."""
    return pd.read_csv(file, parse_dates=["last_review"])


def judge(model: Pipeline, listings: pd.DataFrame) -> dict[str, float]:
    """Return the mean absolute error in USD, and R²."""
    estimates = model.predict(listings)
    return {
        "mae": float(mean_absolute_error(listings[TARGET], estimates)),
        "r2": float(r2_score(listings[TARGET], estimates)),
    }


def draw(importance: pd.Series, file: str) -> None:
    """Draw how much each feature counts."""
    mpl.use("agg")
    figure, axes = plt.subplots(figsize=(10, 10))
    axes.bar(importance.index, importance)
    axes.tick_params(axis="x", rotation=90)
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    source, model_file, picture_file, metrics_file = sys.argv[1:]
    training, validation = split(read(source))
    forest = reference_forest("absolute_error", SEED)
    begin = time.perf_counter()
    forest.fit(training, training[TARGET])
    found = {**judge(forest, validation), "fit_seconds": time.perf_counter() - begin}
    joblib.dump(forest, model_file)
    importance = pd.Series(forest[-1].feature_importances_, forest[0].get_feature_names_out())
    draw(importance, picture_file)
    Path(metrics_file).write_text(json.dumps(found), encoding="utf-8")

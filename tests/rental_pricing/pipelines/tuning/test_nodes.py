"""The nodes of ``tuning``, each run by itself."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rental_pricing.datasets.study import StudyFile
from rental_pricing.errors import MixedDataError, ValidationFailedError
from rental_pricing.pipelines.tuning.nodes import draw_trials, search_parameters
from rental_pricing.tuning.parameters import TuningParameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEARCH = {
    "trials": 3,
    "batch_size": 2,
    "startup_trials": 2,
    "folds": 2,
    "workers": 1,
    "seed": 3,
    "prune": None,
    "space": {
        "gradient_boosting": {
            "trees": {"parameter": "estimators.gradient_boosting.max_iter", "low": 1, "high": 20},
            "power": {"parameter": "kernel.weight", "low": 0.1, "high": 0.6},
        }
    },
}


@pytest.fixture
def search(week: Any, made: Any, tmp_path: Path) -> Callable[..., Any]:
    """Run the first node, on another week if one is named."""

    def run(of: Any = week, listings: pd.DataFrame = made.train) -> Any:
        return search_parameters(
            listings,
            of.processing_report,
            of.validation_report,
            StudyFile(tmp_path / "study.sqlite"),
            of.market,
            of.modeling,
            TuningParameters(**SEARCH),
        )

    return run


def test_trials_and_result_are_of_one_search(search: Any, made: Any) -> None:
    """A row a trial, and the same again from the study."""
    trials, result = search()
    assert list(trials["name"]) == ["present", "trial 001", "trial 002", "trial 003"]
    assert set(trials["study"]) == {result["study"]}
    assert result["rows"] == len(made.train)
    folds = trials[["scores.mae_fold_1", "scores.mae_fold_2"]].astype(float)
    assert np.allclose(folds.mean(axis=1), trials["scores.mae"].astype(float))
    errors = folds.std(axis=1) / np.sqrt(2)
    assert np.allclose(errors, trials["scores.mae_standard_error"].astype(float))
    best = trials.loc[trials["scores.mae"].astype(float).idxmin()]
    assert (best["name"], best["scores.mae"]) == (result["best"]["name"], result["best"]["mae"])
    assert json.loads(json.dumps(result)) == result
    again = search()
    assert trials.to_csv() == again[0].to_csv()
    assert result == again[1]


def test_other_data_and_parts_are_refused(search: Any, week: Any, made: Any) -> None:
    """As where a model is trained."""
    with pytest.raises(MixedDataError, match="digest"):
        search(week.with_listings(seed=2))
    with pytest.raises(MixedDataError, match="train listings is needed"):
        search(listings=made.test)
    with pytest.raises(MixedDataError, match="seed"):
        search(week.with_modeling(split=week.modeling.split.model_dump() | {"seed": 1}))
    with pytest.raises(ValidationFailedError):
        search(week.changed(passed=False))


def shown(figure: dict[str, Any], label: str) -> list[dict[str, Any]]:
    go.Figure(json.loads(json.dumps(figure, allow_nan=False)))
    return [trace for trace in figure["data"] if trace["name"].startswith(label)]


def test_the_figure_shows_a_line_a_trial(search: Any) -> None:
    """From the table as it is on disk; equal tables, equal figures."""
    trials, result = search()
    read = pd.read_csv(io.StringIO(trials.to_csv(index=False)))
    figure = draw_trials(read, result)
    lines = shown(figure, "trial")
    assert sum(trace["x"].count(None) for trace in lines) == len(read)
    assert sum(trace["text"].count(trace["text"][0]) for trace in lines) >= 4
    (best,) = shown(figure, "best")
    assert best["x"][:3] == [0, 1, 2]
    assert best["y"][2] == 0
    assert best["name"].endswith(f"({result['best']['name']})")
    assert figure["layout"]["xaxis"]["ticktext"] == ["trees", "power", "MAE"]
    assert draw_trials(read, result) == figure
    with pytest.raises(MixedDataError, match="different searches"):
        draw_trials(read.assign(study="other"), result)


def test_the_figure_shows_pruned_trials_and_words(search: Any) -> None:
    """Without an error, and one height a word."""
    trials, result = search()
    trials.loc[3, ["state", "scores.mae"]] = ["pruned", None]
    trials["params.power"] = ["sqrt", "log2", None, "sqrt"]
    result["best"] = result["simplest"] = result["present"]
    figure = draw_trials(trials, result)
    (words,) = shown(figure, "values")
    assert {"sqrt", "log2", "null"} <= set(words["text"])
    (pruned,) = shown(figure, "pruned")
    assert pruned["y"][2:] == [None, None]
    assert pruned["text"][0].endswith("no error")


def test_of_very_many_trials_the_best_are_drawn(search: Any) -> None:
    """And the marked ones, wherever they stand."""
    trials, result = search()
    worse = trials.iloc[[0] * 3_000].assign(name=[f"worse {i}" for i in range(3_000)])
    worse["scores.mae"] = trials["scores.mae"].max() + 1.0
    figure = draw_trials(pd.concat([worse, trials], ignore_index=True), result)
    assert sum(len(trace["x"]) for trace in figure["data"]) < 5_000
    told = {text.split("<br>")[0] for trace in shown(figure, "trial") for text in trace["text"]}
    assert set(trials["name"]) <= told
    (heading,) = figure["layout"]["annotations"]
    assert heading["text"].startswith("The best 1125 of 3004 trials of ")

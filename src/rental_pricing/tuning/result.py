"""What a search has found: a row for each trial, the best, and the simplest near it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from rental_pricing.errors import MixedDataError
from rental_pricing.evaluation.provenance import SPLIT
from rental_pricing.tuning.search import training_of
from rental_pricing.tuning.simplicity import UNITS, best_of, complexity, simplest
from rental_pricing.tuning.space import configured, space_of
from rental_pricing.tuning.trials import PRESENT, standard_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.evaluation.parameters import ModelingParameters
    from rental_pricing.tuning.parameters import Space, TuningParameters
    from rental_pricing.tuning.search import Searched
    from rental_pricing.tuning.trials import Trial

STUDY, PARAMETERS, SCORES = "study", "params.", "scores."
"""A column, and what the names of others begin with."""

_CHANCE = 2.0  # standard errors


def trials_table(
    searched: Searched, modeling: ModelingParameters, tuning: TuningParameters, rows: int
) -> pd.DataFrame:
    """Return a row for each trial, the present configuration first.

    Args:
        searched: The trials.
        modeling: The present configuration.
        tuning: Space and folds.
        rows: Training listings.

    Returns:
        ``study``, ``name``, ``state``; ``params.<name>``; ``scores.mae`` (of finished trials
        alone), ``scores.mae_standard_error``, ``scores.mae_fold_<n>``, in currency per night;
        ``scores.complexity``; ``problem``, why a trial has failed.
    """
    space = space_of(tuning, modeling.estimator)
    records = []
    for trial in searched.trials:
        is_whole = trial.state == "finished"
        scores = {
            "mae": trial.mae if is_whole else None,
            "mae_standard_error": trial.standard_error if is_whole else None,
            **dict.fromkeys(f"mae_fold_{n}" for n in range(1, tuning.folds + 1)),
            **{f"mae_fold_{n}": error for n, error in enumerate(trial.folds, start=1)},
            "complexity": _complexity(trial, modeling, tuning, rows),
        }
        records.append(
            {
                STUDY: searched.study,
                "name": trial.name,
                "state": trial.state,
                **{f"{PARAMETERS}{name}": trial.parameters[name] for name in space},
                **{f"{SCORES}{name}": score for name, score in scores.items()},
                "problem": trial.problem or None,
            }
        )
    return pd.DataFrame(records, dtype="object")


def tuning_result(
    searched: Searched,
    modeling: ModelingParameters,
    tuning: TuningParameters,
    *,
    of: Mapping[str, Any],
    rows: int,
    currency: str,
) -> dict[str, Any]:
    """Return what a search has found.

    Args:
        searched: The trials.
        modeling: The present configuration.
        tuning: Space and folds.
        of: Which data, market and split the listings are of.
        rows: Training listings.
        currency: Of the errors.

    Returns:
        ``present``, ``best`` and ``simplest`` (within one standard error of the best), each
        with name, parameters by their place under ``modeling``, MAE and its standard error
        in currency per night, complexity, and the gain over the present configuration with
        its standard error over the folds; how many trials there are by state; and what it
        is about: study, estimator, data, and the configuration that was not searched.
    """
    space = space_of(tuning, modeling.estimator)
    finished = [trial for trial in searched.trials if trial.state == "finished"]
    complexities = [_complexity(trial, modeling, tuning, rows) for trial in finished]
    present = searched.trials[PRESENT]
    chosen = {
        "present": present,
        "best": best_of(finished),
        "simplest": simplest(finished, complexities),
    }
    states = [trial.state for trial in searched.trials]
    return {
        STUDY: searched.study,
        "estimator": modeling.estimator,
        SPLIT: dict(of),
        "configuration": rest_of(modeling, space),
        "rows": rows,
        "folds": tuning.folds,
        "currency": currency,
        "trials": {state: states.count(state) for state in ("finished", "pruned", "failed")},
        "complexity": UNITS[modeling.estimator],
        **{
            what: {
                "name": trial.name,
                "parameters": {space[name].parameter: v for name, v in trial.parameters.items()},
                "mae": trial.mae,
                "standard_error": trial.standard_error,
                "complexity": complexities[finished.index(trial)],
                **_gain(trial, present),
            }
            for what, trial in chosen.items()
        },
    }


def rest_of(modeling: ModelingParameters, space: Space | Mapping[str, Any]) -> str:
    """Return a digest of all that is not searched and that the errors depend on.

    Args:
        modeling: A configuration.
        space: The dimensions, or their places under ``modeling``.
    """
    rest = training_of(modeling)
    for place in [getattr(each, "parameter", name) for name, each in space.items()]:
        *blocks, last = place.split(".")
        inside = rest
        for block in blocks:
            inside = inside.get(block, {})
        inside.pop(last, None)
    text = json.dumps(rest, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def headline(result: Mapping[str, Any]) -> str:
    """Return the result in one line, for the log."""
    unit, best, simple = result["currency"], result["best"], result["simplest"]
    return (
        f"{sum(result['trials'].values())} trials on {result['rows']} training listings: "
        f"MAE {result['present']['mae']:.2f} {unit} now, {best['mae']:.2f} ± "
        f"{best['standard_error']:.2f} with the best ({best['name']}), {simple['mae']:.2f} with "
        f"the simplest within that ({simple['name']}). Take it: kedro tuning adopt"
    )


def is_worse(chosen: Mapping[str, Any]) -> bool:
    """Whether a configuration of a result is worse than the present one by more than chance.

    That is by more than two standard errors of the difference on the same folds.

    >>> is_worse({"gain": -0.2, "gain_standard_error": 0.1})
    False
    >>> is_worse({"gain": -0.21, "gain_standard_error": 0.1})
    True
    """
    return bool(chosen["gain"] < -_CHANCE * chosen["gain_standard_error"])


def require_one_study(trials: pd.DataFrame, result: Mapping[str, Any]) -> None:
    """Refuse a table and a result of different searches.

    Raises:
        MixedDataError: Naming both.
    """
    studies = sorted(set(trials[STUDY].astype("str"))) if STUDY in trials else []
    if studies != [result[STUDY]]:
        told = ", ".join(studies) or "not said"
        msg = (
            f"trials and tuning_result are of different searches: {told} and {result[STUDY]}.\n"
            "Run, with the same --params if any: kedro run --pipelines tuning"
        )
        raise MixedDataError(msg)


def _complexity(
    trial: Trial, modeling: ModelingParameters, tuning: TuningParameters, rows: int
) -> float:
    space = space_of(tuning, modeling.estimator)
    learnt_from = rows - rows // tuning.folds
    return complexity(configured(modeling, space, trial.parameters), learnt_from)


def _gain(trial: Trial, present: Trial) -> dict[str, float]:
    """Return by how much a trial's MAE is below that of the present configuration.

    Both are judged on the same folds, so that the difference is known far better than
    either error.
    """
    by_fold = [before - now for before, now in zip(present.folds, trial.folds, strict=True)]
    return {"gain": present.mae - trial.mae, "gain_standard_error": standard_error(by_fold)}

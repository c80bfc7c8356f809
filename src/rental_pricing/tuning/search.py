"""The search: batches of trials, judged by any number of workers, told in their order."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import rental_pricing
from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.model.versions import library_versions, trainer_version
from rental_pricing.tuning.folds import Task, make_folds, run_task, with_features
from rental_pricing.tuning.parameters import TuningParameters
from rental_pricing.tuning.sampling import propose
from rental_pricing.tuning.space import SearchSpaceError, configured, present_values, space_of
from rental_pricing.tuning.trials import PRESENT, StudyStore, Trial
from rental_pricing.tuning.workers import workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rental_pricing.evaluation.parameters import ModelingParameters
    from rental_pricing.tuning.folds import Fold

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Searched:
    """A search that has ended.

    Attributes:
        study: Its name: other data, space, seed or configuration is another study.
        trials: All of them; the first is the present configuration.
    """

    study: str
    trials: tuple[Trial, ...]


def search(
    listings: pd.DataFrame,
    modeling: ModelingParameters,
    tuning: TuningParameters,
    *,
    price_range: tuple[float, float],
    of: Mapping[str, Any],
    store: StudyStore,
    engine: Engine = ONE_PROCESS,
) -> Searched:
    """Try the present configuration, and then others in batches.

    A trial is kept as soon as all before it are; a search that was stopped goes on after
    the last one, and ends as if it had not been stopped.

    Args:
        listings: To learn from and to judge by, of the training part alone.
        modeling: The configuration, with the estimator.
        tuning: What to search, and how.
        price_range: Lowest and highest price of the market, in currency per night.
        of: Which data, market and split the listings are of.
        store: Where the trials are kept.
        engine: Judges the trials, if it has a cluster.

    Raises:
        SearchSpaceError: There is nothing to search, or the present configuration can't be
            fitted.
        TooFewListingsError: There are too few listings for the folds.
    """
    space = space_of(tuning, modeling.estimator)
    name = study_name(modeling, tuning, of)
    folds: Sequence[Fold] = make_folds(listings, tuning.folds, tuning.seed)
    with (
        store.open(name, space, 1 + tuning.trials) as study,
        workers(tuning.workers, engine) as run,
    ):
        known = list(study.trials[: 1 + tuning.trials])
        if len(known) > PRESENT and len(known) <= tuning.trials:
            logger.info("The search %s goes on after trial %d", name, len(known) - 1)
        if len(known) <= tuning.trials and not any(
            dimension.path[0] == "features" for dimension in space.values()
        ):
            folds = list(run(partial(with_features, parameters=modeling), folds))
        judge = partial(run_task, price_range=price_range)
        for batch in _batches(tuning):
            before, done = known[: batch[0]], len(known) - batch[0]
            if done >= len(batch):
                continue
            if batch[0] == PRESENT:
                values = [present_values(modeling, space)]
            else:
                values = propose(
                    batch, before, space, seed=tuning.seed, startup_trials=tuning.startup_trials
                )
            limits = limits_of(before, tuning)
            tasks = [
                Task(number, given, configured(modeling, space, given), limits)
                for number, given in zip(batch, values, strict=True)
            ]
            for trial in run(judge, tasks[done:], folds):
                study.add(trial)
                known.append(trial)
            if known[PRESENT].state != "finished":
                msg = f"The present configuration can't be fitted: {known[PRESENT].problem}"
                raise SearchSpaceError(msg)
    return Searched(name, tuple(known))


def study_name(
    modeling: ModelingParameters, tuning: TuningParameters, of: Mapping[str, Any]
) -> str:
    """Return the name of the study of some data, configuration and search.

    The number of trials is no part of it, so that a search can be made longer; nor is the
    number of workers, which changes nothing.
    """
    estimator = modeling.estimator
    searched = tuning.model_dump(mode="json", exclude={"trials", "workers", "space"})
    space = {name: each.model_dump() for name, each in space_of(tuning, estimator).items()}
    told = {
        "of": dict(of),
        "modeling": training_of(modeling),
        "tuning": searched,
        "space": space,
        "versions": {
            **library_versions(),
            **trainer_version(estimator),
            "optuna": version("optuna"),
            "rental_pricing": rental_pricing.__version__,
        },
    }
    text = json.dumps(told, sort_keys=True)
    return f"{estimator}-{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"


def training_of(modeling: ModelingParameters) -> dict[str, Any]:
    """Return the parameters that a cross-validated error depends on, by block."""
    included = {"estimator", "features", "kernel", "seed"}
    chosen = dict(modeling.estimators.get(modeling.estimator, {}))
    return {
        **modeling.model_dump(mode="json", include=included),
        "estimators": {modeling.estimator: chosen},
    }


def limits_of(finished: Sequence[Trial], tuning: TuningParameters) -> tuple[float, ...]:
    """Return with which mean error a trial goes on, by the number of folds judged.

    Args:
        finished: The trials of all batches before.
        tuning: When to give up, and the number of folds.

    Returns:
        Currency per night, one for each fold but the last.
    """
    whole = [trial for trial in finished if trial.state == "finished"]
    if tuning.prune is None or not whole:
        return ()
    best = min(whole, key=lambda trial: (trial.mae, trial.number)).folds
    rule = tuning.prune
    return tuple(
        (1 + rule.worse_by) * statistics.fmean(best[:judged])
        if judged >= rule.after_folds
        else math.inf
        for judged in range(1, tuning.folds)
    )


def _batches(tuning: TuningParameters) -> list[range]:
    """Return the numbers of the trials by batch; the present configuration is the first.

    The last batch may be cut off: what it has is what it would have whole.
    """
    end = 1 + tuning.trials
    starts = range(1, end, tuning.batch_size)
    return [range(1), *(range(start, min(start + tuning.batch_size, end)) for start in starts)]

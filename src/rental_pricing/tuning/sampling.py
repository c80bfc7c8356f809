"""Which parameters to try next: Optuna's tree-structured Parzen estimator (TPE).

It takes whole numbers, choices and logarithmic scales as they are, learns from pruned
trials too, and, told of what is being tried (constant liar), proposes batches whose trials
differ. Each proposal is made by a sampler of its own, seeded by the trial's number, in a
study in memory: what is proposed depends on the trials of the batches before alone, so that
a search that was stopped in the middle of a batch proposes the rest of it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.tuning.space import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from rental_pricing.tuning.parameters import Dimension, Space
    from rental_pricing.tuning.trials import Trial


def propose(
    numbers: Iterable[int], known: Sequence[Trial], space: Space, *, seed: int, startup_trials: int
) -> list[dict[str, Any]]:
    """Return the parameters of a batch of trials.

    Args:
        numbers: Of the trials.
        known: The trials of all batches before.
        space: To search.
        seed: Of the search.
        startup_trials: With fewer known ones, parameters are drawn at random.

    Returns:
        Values by short name, for each number.
    """
    import optuna  # noqa: PLC0415 - an extra

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize")
    study.add_trials(
        [as_optuna(each, space) for each in known if _is_inside(each, space) and each.folds]
    )
    proposed = []
    for number in numbers:
        (seed_of_trial,) = np.random.SeedSequence([seed, number]).generate_state(1)
        study.sampler = optuna.samplers.TPESampler(
            n_startup_trials=startup_trials,
            multivariate=True,
            constant_liar=True,
            seed=int(seed_of_trial),
        )
        drawn = study.ask(distributions(space)).params
        proposed.append({name: rounded(space[name], drawn[name]) for name in space})
    return proposed


def _is_inside(trial: Trial, space: Space) -> bool:
    return all(space[name].holds(value) for name, value in trial.parameters.items())


def as_optuna(trial: Trial, space: Space) -> FrozenTrial:
    """Return a trial that has ended as one of Optuna's.

    Args:
        trial: Where the space does not hold its parameters, which only those of the present
            configuration may be, they are left out.
        space: Of the search.
    """
    from optuna.trial import TrialState, create_trial  # noqa: PLC0415 - as above

    states = {
        "finished": TrialState.COMPLETE,
        "pruned": TrialState.PRUNED,
        "failed": TrialState.FAIL,
    }
    is_inside = _is_inside(trial, space)
    return create_trial(
        state=states[trial.state],
        value=trial.mae if trial.folds else None,
        params=trial.parameters if is_inside else {},
        distributions=distributions(space) if is_inside else {},
        intermediate_values=dict(enumerate(trial.folds, start=1)),
    )


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """Return a space as Optuna's distributions."""
    return {name: _distribution(dimension) for name, dimension in space.items()}


def _distribution(dimension: Dimension) -> BaseDistribution:
    from optuna import distributions as of  # noqa: PLC0415 - as above

    if dimension.low is None or dimension.high is None:
        return of.CategoricalDistribution(dimension.choices or ())
    if dimension.is_whole:
        return of.IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return of.FloatDistribution(float(dimension.low), float(dimension.high), log=dimension.log)

"""The search: the same trials whatever the workers, and however often it was stopped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from rental_pricing.tuning.parameters import TuningParameters
from rental_pricing.tuning.result import trials_table
from rental_pricing.tuning.search import Searched, limits_of, search, study_name
from rental_pricing.tuning.space import SearchSpaceError
from rental_pricing.tuning.trials import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

OF = {"digest": "d", "market": "m"}


@pytest.fixture(scope="module")
def run(
    lake_listings: Any, small_modeling: Any, small_tuning: Any, studies: Any
) -> Callable[..., Searched]:
    """Search, with changes."""

    def run(store: Any = None, modeling: Any = None, **changes: Any) -> Searched:
        tuning = TuningParameters(**small_tuning.model_dump() | changes)
        return search(
            lake_listings,
            modeling or small_modeling,
            tuning,
            price_range=(10, 350),
            of=OF,
            store=store or studies(),
        )

    return run


@pytest.fixture(scope="module")
def undisturbed(run: Any) -> Searched:
    """A search that nothing has stopped."""
    searched: Searched = run()
    return searched


def test_the_present_configuration_is_tried_first(
    undisturbed: Searched, small_modeling: Any
) -> None:
    """And then as many others as were asked for, by number."""
    present, *others = undisturbed.trials
    trees = small_modeling.estimators["gradient_boosting"]
    assert present.parameters == {
        "learning_rate": trees["learning_rate"],
        "max_iter": trees["max_iter"],
        "kernel_weight": small_modeling.kernel.weight,
    }
    assert (present.name, present.state) == ("present", "finished")
    assert [trial.number for trial in others] == list(range(1, 8))
    assert {trial.state for trial in others} == {"finished", "pruned"}
    assert min(trial.mae for trial in others if trial.state == "finished") < present.mae


def test_any_number_of_workers_gives_the_same_table(
    run: Any, undisturbed: Searched, small_modeling: Any, small_tuning: Any
) -> None:
    """Byte for byte."""
    one, two = (
        trials_table(searched, small_modeling, small_tuning, 240).to_csv(index=False)
        for searched in (undisturbed, run(workers=2))
    )
    assert one.count("\n") == 9
    assert one == two


@pytest.mark.parametrize("kept", range(8))
def test_a_stopped_search_ends_as_if_it_had_not_been(
    run: Any, undisturbed: Searched, studies: Any, kept: int
) -> None:
    """Stopped before the first trial, between batches and inside of them."""
    store = studies(stop_after=kept)
    with pytest.raises(KeyboardInterrupt):
        run(store)
    assert [len(trials) for trials in store.kept.values()] == [kept]
    store.stop_after = None
    assert run(store) == undisturbed
    store.stop_after = 0
    assert run(store) == undisturbed  # nothing is tried twice


def test_a_search_can_be_made_longer_and_shorter(
    run: Any, undisturbed: Searched, studies: Any
) -> None:
    """With another number of trials it is the same study; the last batch may be cut off."""
    store = studies()
    shorter = run(store, trials=2)
    assert shorter.trials == undisturbed.trials[:3]
    assert run(store) == undisturbed
    assert run(store, trials=2) == shorter
    assert len(store.kept) == 1


def test_other_data_space_seed_or_configuration_is_another_study(
    small_modeling: Any, small_tuning: Any
) -> None:
    """Trials and workers are not."""
    name = study_name(small_modeling, small_tuning, OF)
    assert name.startswith("gradient_boosting-")

    def changed(**changes: Any) -> str:
        tuning = TuningParameters(**small_tuning.model_dump() | changes)
        return study_name(small_modeling, tuning, OF)

    space = small_tuning.model_dump()["space"]
    space["gradient_boosting"]["max_iter"]["high"] = 13
    others = [
        study_name(small_modeling, small_tuning, OF | {"digest": "e"}),
        study_name(small_modeling.model_copy(update={"seed": 7}), small_tuning, OF),
        changed(seed=6),
        changed(space=space),
        changed(prune=None),
        changed(folds=4),
        changed(batch_size=4),
    ]
    assert len({name, *others}) == 8
    assert changed(trials=9, workers=4) == name
    unchosen = {**small_modeling.estimators, "linear": {"alpha": 1.0}}
    assert name == study_name(
        small_modeling.model_copy(update={"estimators": unchosen}), small_tuning, OF
    )


def test_another_seed_tries_others(run: Any, undisturbed: Searched) -> None:
    """On other folds."""
    assert run(seed=6, trials=1).trials[0].folds != undisturbed.trials[0].folds
    assert run(seed=6, trials=1).trials[1].parameters != undisturbed.trials[1].parameters


def test_features_can_be_searched_too(run: Any, small_modeling: Any) -> None:
    """They are made anew for each trial."""
    power = {"parameter": "features.price_power", "choices": [0.0, 1.0]}
    searched = run(space={"linear": {"power": power}}, trials=3, prune=None, modeling=(
        small_modeling.model_copy(update={"estimator": "linear"})))  # fmt: skip
    errors = {trial.parameters["power"]: trial.folds for trial in searched.trials}
    assert len(set(errors.values())) == len(errors) > 1


def test_a_present_configuration_that_cannot_be_fitted_stops_the_search(
    run: Any, small_modeling: Any
) -> None:
    """There is nothing to compare with."""
    estimators = {"gradient_boosting": {"learning_rate": -1.0}}
    wrong = small_modeling.model_copy(update={"estimators": estimators})
    with pytest.raises(SearchSpaceError, match=r"present configuration can't be fitted.*learning"):
        run(modeling=wrong)


def test_limits_come_from_the_best_finished_trial(small_tuning: Any) -> None:
    """Its mean over as many folds, and a share more; never from pruned ones."""
    trials = [
        Trial(0, {}, "finished", (10.0, 20.0, 30.0)),
        Trial(1, {}, "finished", (12.0, 14.0, 16.0)),
        Trial(2, {}, "pruned", (1.0,)),
    ]
    assert limits_of(trials, small_tuning) == pytest.approx((12 * 1.05, 13 * 1.05))
    later = small_tuning.prune.model_copy(update={"after_folds": 2})
    assert limits_of(trials, small_tuning.model_copy(update={"prune": later})) == pytest.approx(
        (math.inf, 13 * 1.05)
    )
    assert limits_of(trials, small_tuning.model_copy(update={"prune": None})) == ()
    assert limits_of([], small_tuning) == ()

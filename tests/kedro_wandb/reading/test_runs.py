"""Runs as records."""

from __future__ import annotations

from typing import Any

from kedro_wandb.reading.runs import run_records
from kedro_wandb.stores.base import State, Step, StepRecord


class Told:
    """A store that knows these steps."""

    def __init__(self, *steps: StepRecord) -> None:
        self._steps = list(steps)

    def steps(self) -> list[StepRecord]:
        """Return them."""
        return self._steps


def a_run(
    name: str = "modeling",
    experiment: str = "weekly",
    parameters: Any = None,
    state: State = "finished",
    finished: float | None = 160.0,
    **summary: float,
) -> StepRecord:
    config = {} if parameters is None else {"parameters": parameters}
    step = Step("s1", name, experiment, "run-1", f"{name} run-1", config, started=100.0)
    return StepRecord(step, state, finished, "http://there", summary)


def test_a_record_has_what_a_row_of_the_table_has() -> None:
    """Who, when, how long, with which parameters and metrics."""
    (record,) = run_records(Told(a_run(parameters={"seed": 3}, mae=30.2)))
    assert (record.id, record.run_id, record.url) == ("s1", "run-1", "http://there")
    assert (record.experiment, record.step, record.state) == ("weekly", "modeling", "finished")
    assert (record.started, record.duration) == (100.0, 60.0)
    assert (record.parameters, record.metrics) == ({"seed": 3}, {"mae": 30.2})


def test_nested_parameters_get_names_with_dots() -> None:
    """Lists and empty mappings stay values."""
    parameters = {"price": {"min": 10, "bins": [1, 2]}, "options": {}, "split.seed": 3}
    (record,) = run_records(Told(a_run(parameters=parameters)))
    assert record.parameters == {
        "price.min": 10,
        "price.bins": [1, 2],
        "options": {},
        "split.seed": 3,
    }


def test_a_run_under_way_has_no_duration() -> None:
    """Nor has a clock that went back made one negative."""
    (running,) = run_records(Told(a_run(state="running", finished=None)))
    (odd,) = run_records(Told(a_run(finished=99.0)))
    assert (running.duration, odd.duration) == (None, 0.0)


def test_a_run_that_somebody_else_logged_is_a_row_too() -> None:
    """Without parameters, or with some of another form."""
    told = run_records(Told(a_run(), a_run(parameters="none")))
    assert [record.parameters for record in told] == [{}, {}]


def test_records_are_chosen_by_experiment_and_step() -> None:
    """Each condition alone, and both."""
    told = Told(a_run("a", "x"), a_run("b", "x"), a_run("a", "y"))

    def chosen(**which: str) -> list[tuple[str, str]]:
        return [(each.step, each.experiment) for each in run_records(told, **which)]

    assert chosen() == [("a", "x"), ("b", "x"), ("a", "y")]
    assert chosen(experiment="x") == [("a", "x"), ("b", "x")]
    assert chosen(step="a") == [("a", "x"), ("a", "y")]
    assert chosen(step="b", experiment="y") == []

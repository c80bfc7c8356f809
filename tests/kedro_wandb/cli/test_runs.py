"""``kedro wandb runs``: rows, columns, order, in both stores."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from commanded import answer, error, wandb
from project import KedroProject
from weekly import make_weekly, open_store

from kedro_wandb.stores.base import Ending, State, Step

DONE, USAGE, NOT_FOUND = 0, 2, 3

ERRORS = {"one": 30.0, "two": 28.5, "three": 29.0}
"""Mean absolute error by experiment, the oldest first."""


def log_run(
    store: Any,
    name: str,
    experiment: str,
    *,
    at: float,
    state: State | None = "finished",
    parameters: dict[str, Any] | None = None,
    **metrics: float,
) -> None:
    """Log a run without datasets that takes five seconds; ``state=None`` leaves it under way."""
    key = f"{experiment:.20}-{name}"
    step = Step(key, name, experiment, "run", name, {"parameters": parameters or {}}, started=at)
    store.open_step(step)
    if state is not None:
        told = {f"metrics/{metric}": value for metric, value in metrics.items()}
        store.close_step(key, Ending(state, at + 5, told))


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> KedroProject:
    """A project with three experiments of two steps each; for reading only."""
    project = make_weekly(tmp_path_factory.mktemp("tried") / "project")
    with open_store(project) as store:
        for number, (experiment, mae) in enumerate(
            {"one": 30.0, "two": 28.5, "three": 29.0}.items()
        ):
            at = 1_000.0 * number
            log_run(store, "process", experiment, at=at, rows=6.0, parameters={"share": 0.5})
            ended: State = "failed" if experiment == "three" else "finished"
            parameters = {"options": {"seed": number, "kinds": ["a"]}, "share": 0.5}
            log_run(store, "train", experiment, at=at + 5, state=ended, parameters=parameters,
                    mae=mae, r2=0.5 + number / 10)  # fmt: skip
    return project


def table(project: KedroProject, *arguments: str) -> list[str]:
    """Return the lines that are shown at a terminal of 80 columns."""
    result = wandb(project, "runs", *arguments, COLUMNS="80")
    assert result.exit_code == DONE, result.output
    told = result.stdout.splitlines()
    assert max(map(len, told)) <= 80
    return told


def lines(project: KedroProject, *arguments: str) -> list[list[str]]:
    """Return the cells of the table that is shown."""
    told = table(project, *arguments)
    return [[cell.strip() for cell in line.split("  ") if cell] for line in told]


def names(project: KedroProject, *arguments: str) -> list[str]:
    """Return the first cell of each row."""
    return [line[0] for line in lines(project, *arguments)[1:]]


def test_an_experiment_is_a_row(tried: KedroProject) -> None:
    """The newest first, with what differs between them; what failed is named."""
    told = lines(tried)
    assert told[0] == [
        "experiment", "state", "started", "time", "seed", "r2", "mae",
    ]  # fmt: skip
    told = told[1:]
    assert told[0][:2] == ["three", "train failed"]
    assert told[0][3:] == ["10s", "2", "0.7", "29"]
    assert told[1] == ["1 finished"]
    assert told[2][:2] == ["two", "2 finished"]
    assert [line[0] for line in told] == ["three", "1 finished", "two", "one"]


def test_the_steps_of_an_experiment_are_unfolded(tried: KedroProject) -> None:
    """Below it, in their order, each with its id."""
    assert names(tried, "--steps", "--experiment", "two") == [
        "two",
        "process two-process",
        "train two-train",
    ]


def test_rows_are_of_what_is_asked_for(tried: KedroProject) -> None:
    """A step, a parameter, or each run."""
    told = lines(tried, "--group", "step")
    assert told[0][:1] == ["step"]
    assert told[1][:2] == ["train", "1 failed"]
    assert "28.5 … 30" in " ".join(lines(tried, "--group", "step", "--metric", "mae")[1])
    assert names(tried, "--group", "seed") == ["2", "-", "1", "0"]
    told = lines(tried, "--group", "run", "--sort", "experiment", "--limit", "1")
    assert told[0][:4] == ["run", "step", "experiment", "state"]
    assert told[1][:4] == ["one-train", "train", "one", "finished"]
    assert told[2] == ["and 5 more (--limit 6 or --json tells all)"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--sort", "mae"], ["two", "three", "one"]),
        (["--sort", "-mae"], ["one", "three", "two"]),
        (["--sort", "-metrics/mae"], ["one", "three", "two"]),
        (["--sort", "seed"], ["one", "two", "three"]),
        (["--sort", "experiment"], ["one", "three", "two"]),
        (["--sort", "started"], ["one", "two", "three"]),
        (["--step", "train", "--sort", "-started"], ["three", "two", "one"]),
    ],
)
def test_rows_are_sorted(tried: KedroProject, arguments: list[str], expected: list[str]) -> None:
    """A minus before the column turns the order around."""
    rows = [name for name in names(tried, *arguments) if "finished" not in name]
    assert rows == expected
    told = [row["experiment"] for row in answer(tried, "runs", *arguments)]
    assert told == expected


def test_columns_are_chosen(tried: KedroProject) -> None:
    """Those alone, in the order of the options; what is sorted by is always there."""
    told = lines(tried, "--param", "share", "--metric", "rows", "--sort", "mae")
    assert told[0][4:] == ["share", "rows", "mae"]
    assert told[1][4:] == ["0.5", "6", "28.5"]
    assert lines(tried, "--param", "kinds")[1][-1] == '["a"]'


def test_a_column_that_no_run_has_is_told(tried: KedroProject) -> None:
    """With what is near it, in one line."""
    for arguments in (["--metric", "ma"], ["--sort", "-ma"]):
        result = wandb(tried, "runs", *arguments)
        assert result.exit_code == NOT_FOUND
        assert "No run has 'ma'" in error(result)
        assert "metrics/mae" in error(result)
    assert wandb(tried, "runs", "--group", "mae").exit_code == NOT_FOUND  # of what is continuous


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--experiment", "tree"], "No run has the experiment 'tree' (did you mean 'three'?)."),
        (["--step", "trian"], "No run has the step 'trian' (did you mean 'train'?)."),
    ],
)
def test_a_name_that_no_run_has_is_told(
    tried: KedroProject, arguments: list[str], said: str
) -> None:
    """With the right one."""
    result = wandb(tried, "runs", *arguments)
    assert result.exit_code == NOT_FOUND
    assert said in error(result)


@pytest.mark.parametrize("arguments", [["--sort", "-"], ["--limit", "0"], ["--store", "x"]])
def test_wrong_options_are_a_wrong_usage(tried: KedroProject, arguments: list[str]) -> None:
    """As with any command."""
    assert wandb(tried, "runs", *arguments).exit_code == USAGE


def test_programs_get_all_of_it(tmp_path: Path) -> None:
    """Every run with all its parameters and metrics, as JSON that any parser takes."""
    project = make_weekly(tmp_path / "project")
    with open_store(project) as store:
        for number in range(22):
            log_run(store, "train", f"e{number:02}", at=number, mae=math.inf, r2=math.nan,
                    parameters={"options": {"seed": 1}, "limit": math.inf})  # fmt: skip
        log_run(store, "train", "now", at=100.0, state=None)
    result = wandb(project, "runs", "--json")
    told = json.loads(result.stdout, parse_constant=pytest.fail)
    assert len(told) == 23
    assert [told[0][name] for name in ("experiment", "started", "duration")] == ["now", 100, None]
    (run,) = told[1]["runs"]
    assert run == {
        "run": "e21-train", "experiment": "e21", "step": "train", "kedro_run_id": "run",
        "state": "finished", "started": 21.0, "duration": 5.0, "url": None,
        "parameters": {"options.seed": 1, "limit": "Infinity"},
        "metrics": {"metrics/mae": "Infinity", "metrics/r2": "NaN"},
    }  # fmt: skip
    assert len(answer(project, "runs", "--limit", "2")) == 2
    assert lines(project)[-1] == ["and 3 more (--limit 23 or --json tells all)"]


def test_a_project_without_runs_says_so(tmp_path: Path) -> None:
    """Which is no error, whatever columns are asked for."""
    project = make_weekly(tmp_path / "project")
    assert wandb(project, "runs", "--metric", "mae").stdout == "There are no runs yet.\n"
    assert answer(project, "runs") == []


def test_long_names_keep_the_table_within_its_width(tmp_path: Path) -> None:
    """An experiment's is folded where it tells the row, and cut short beside a run's id."""
    project = make_weekly(tmp_path / "project")
    with open_store(project) as store:
        log_run(store, "train", "x" * 100, at=1.0, mae=1.0)
    told = lines(project)[1:]
    assert len(told) > 1
    assert sum(line[0].count("x") for line in told) == 100
    (told_run,) = lines(project, "--group", "run", "--metric", "mae")[1:]
    assert re.fullmatch("x+…", told_run[2])


@pytest.mark.slow
def test_online_the_table_is_the_same(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, columns and values; only times, ids and addresses are each run's own."""
    variants = ([], ["--steps"], ["--group", "step", "--param", "seed", "--sort", "-mae"])

    def told(project: KedroProject) -> tuple[list[list[str]], Any]:
        project.run(params={"experiment": "weekly"})
        shown = [table(project, *arguments) for arguments in variants]
        (row,) = answer(project, "runs")
        own = r"\b[0-9a-f]{12}\b| +(now|\S+ ago) +\S+"
        return [[re.sub(own, "", line) for line in lines] for lines in shown], row["runs"]

    shown, runs = told(make_weekly(tmp_path / "local"))
    server = request.getfixturevalue("wandb_server")
    monkeypatch.delenv("WANDB_DIR")
    shown_online, runs_online = told(make_weekly(tmp_path / "online", {"project": "tiny"}))
    assert shown == shown_online
    assert [run["step"] for run in runs_online] == ["train", "process"]
    assert all(run["url"].startswith(server.url) for run in runs_online)
    for name in ("experiment", "step", "state", "parameters", "metrics"):
        assert [run[name] for run in runs] == [run[name] for run in runs_online]

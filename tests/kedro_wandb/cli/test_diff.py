"""``kedro wandb diff``: versions, runs and experiments side by side, in both stores."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from commanded import answer, error, wandb
from project import KedroProject
from weekly import drop, make_weekly, open_store

from kedro_wandb.stores.base import Draft, Ending, Source, Step

DONE, USAGE, NOT_FOUND = 0, 2, 3


def run_twice(project: KedroProject) -> KedroProject:
    """Run with two seeds, and other rows the second time."""
    project.run(params={"experiment": "first"})
    project.write("data/drops/2024-01-15.csv", drop(("Bronx", 90)))
    project.run(params={"experiment": "second", "options": {"seed": 4}})
    return project


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> KedroProject:
    """A project after two experiments; for reading only."""
    return run_twice(make_weekly(tmp_path_factory.mktemp("twice") / "project"))


def shown(project: KedroProject, *arguments: str) -> list[str]:
    """Return the lines that are shown at a terminal of 80 columns."""
    result = wandb(project, "diff", *arguments, COLUMNS="80")
    assert result.exit_code == DONE, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    return lines


def different(told: Any, heading: str) -> dict[str, tuple[Any, Any]]:
    """Return what differs under a heading, by name."""
    pairs = told["sections"][heading]["different"]
    return {pair["name"]: (pair["a"], pair["b"]) for pair in pairs}


def test_versions_differ_in_files_facts_and_makers(twice: KedroProject) -> None:
    """Sizes and digests of files, rows of tables, and what made them otherwise."""
    told = answer(twice, "diff", "drops:v0", "drops:v1")
    assert (told["kind"], told["a"], told["b"]) == ("version", "drops:v0", "drops:v1")
    ((name, (before, after)),) = different(told, "files").items()
    assert (name, before) == ("2024-01-15.csv", [])
    assert (set(after[0]), after[0]["bytes"]) == ({"digest", "bytes"}, 21)
    assert told["sections"]["files"]["equal"] == 2
    told = answer(twice, "diff", "model:v0", "model")
    assert different(told, "version")["experiment"] == (["first"], ["second"])
    assert different(told, "parameters") == {"options.seed": ([3], [4])}
    assert different(answer(twice, "diff", "rows:v0", "rows:v1"), "metadata")["rows"] == ([6], [7])


def test_runs_differ_in_what_they_read_and_made(twice: KedroProject) -> None:
    """By the ids that the table of runs tells."""
    runs = {row["experiment"]: row["runs"][0] for row in answer(twice, "runs", "--step", "train")}
    told = answer(twice, "diff", runs["first"]["run"], runs["second"]["run"])
    assert told["kind"] == "run"
    assert set(different(told, "run")) == {"experiment", "duration"}
    assert different(told, "inputs")["test_rows"] == (["v0"], ["v1"])
    assert different(told, "outputs")["model"] == (["v0"], ["v1"])
    assert different(told, "parameters") == {"options.seed": ([3], [4])}
    before, after = (runs[each]["metrics"]["metrics/mae"] for each in ("first", "second"))
    assert different(told, "metrics")["metrics/mae"] == ([before], [after])


def test_experiments_differ_in_all_of_their_steps(twice: KedroProject) -> None:
    """What one step made for another is an output, and no input."""
    told = answer(twice, "diff", "first", "second")
    assert told["kind"] == "experiment"
    assert told["sections"]["steps"] == {"different": [], "equal": 2}
    assert different(told, "inputs") == {"drops": (["v0"], ["v1"])}
    assert {"rows", "model", "metrics"} <= set(different(told, "outputs"))
    assert different(told, "parameters") == {"options.seed": ([3], [4])}


def test_what_differs_is_shown_and_what_is_equal_is_counted(twice: KedroProject) -> None:
    """With the change of metrics; all of it only if it is asked for."""
    lines = shown(twice, "first", "second")
    assert lines[:2] == ["A  experiment first", "B  experiment second"]
    assert re.fullmatch(r" +options\.seed +3 +4", lines[lines.index("parameters") + 2])
    metrics = lines[lines.index("metrics") + 1 :]
    assert metrics[0].split() == ["A", "B", "B", "-", "A"]
    assert any(re.fullmatch(r" +metrics/mae +\S+ +\S+ +[+-]\S+", line) for line in metrics)
    assert "Equal (--all tells them): steps 2, outputs " in " ".join(lines[-2:])
    assert not any("share" in line for line in lines)
    every = shown(twice, "first", "second", "--all")
    assert re.fullmatch(r" +share +0\.5", every[every.index("equal parameters") + 2])
    told = answer(twice, "diff", "first", "second", "--all")["sections"]["parameters"]["equal"]
    assert {"name": "share", "a": [0.5], "b": [0.5]} in told


def test_a_version_is_equal_to_itself(twice: KedroProject) -> None:
    """Whatever it is called; the exit status is the same as where something differs."""
    lines = shown(twice, "model", "model:v1")
    assert lines[2] == "Nothing differs."
    assert lines[3].startswith("Equal (--all tells them): ")


def test_many_differences_are_cut_short(tmp_path: Path) -> None:
    """For people; with --all they get all, as programs always do."""
    project = make_weekly(tmp_path / "project")
    with open_store(project) as store:
        for at, experiment in enumerate(("a", "b")):
            summary = {f"m/{number:02}": number + at * 1e-9 for number in range(40)}
            log(store, experiment, summary | {"m/odd": [math.nan, math.inf][at]})
    lines = shown(project, "a", "b")
    assert len(lines) < 40
    assert lines[-2] == "  and 11 more differ (--all tells all)"
    assert "  m/01  1.0   1.000000001   +1e-09" in lines  # six digits would be the same
    assert len(shown(project, "a", "b", "--all")) > len(lines) + 11
    result = wandb(project, "diff", "a", "b", "--json")
    told = json.loads(result.stdout, parse_constant=pytest.fail)
    assert len(different(told, "metrics")) == 41
    assert different(told, "metrics")["m/odd"] == (["NaN"], ["Infinity"])


def log(store: Any, experiment: str, summary: dict[str, float], *drafts: Draft) -> None:
    """Log an experiment of one step."""
    store.open_step(Step(f"id-{experiment}", "train", experiment, "run", "train"))
    for draft in drafts:
        store.log(f"id-{experiment}", draft)
    store.close_step(f"id-{experiment}", Ending("finished", 1.0, summary))


def test_a_name_is_a_run_before_an_experiment_before_an_artifact(tmp_path: Path) -> None:
    """NAME:VERSION is a version, unless only an experiment has that name."""
    project = make_weekly(tmp_path / "project")
    with open_store(project) as store:
        reference = Draft("model", "model", (Source("m", ref="s3://b/m", digest="e", size=3),))
        log(store, "model", {}, reference)
        log(store, "week:1", {})
        log(store, "id-model", {})
    kinds = {
        name: answer(project, "diff", name, name)["kind"]
        for name in ("id-model", "model", "model:latest", "week:1")
    }
    assert list(kinds.values()) == ["run", "experiment", "version", "experiment"]
    told = answer(project, "diff", "model:v0", "model:v0", "--all")["sections"]["files"]["equal"]
    assert told[0]["a"] == [{"digest": "e", "bytes": 3, "ref": "s3://b/m"}]


def test_two_kinds_are_not_compared(twice: KedroProject) -> None:
    """Which is a wrong usage, in words."""
    result = wandb(twice, "diff", "first", "model:v0")
    assert result.exit_code == USAGE
    assert "first is an experiment, and model:v0 a version: compare two" in result.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("frist", "no run, no experiment and no artifact 'frist' (did you mean 'first'?)"),
        ("modle", "no run, no experiment and no artifact 'modle' (did you mean 'model'?)"),
        ("modle:v0", "has no artifact 'modle' (did you mean 'model'?)"),
        ("model:v7", "has no 'model:v7'. It has: model:v1, model:latest, model:v0."),
    ],
)
def test_an_unknown_name_is_told(twice: KedroProject, name: str, said: str) -> None:
    """With what may have been meant."""
    result = wandb(twice, "diff", name, "first")
    assert result.exit_code == NOT_FOUND
    assert said in error(result)


@pytest.mark.slow
def test_online_the_differences_are_the_same(
    twice: KedroProject, tmp_path: Path, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of versions and of experiments; only ids and times are each run's own."""
    own = {"run", "created", "kedro_run_id", "duration", "git_commit"}

    def told(project: KedroProject) -> list[Any]:
        pairs = [("first", "second"), ("drops:v0", "drops:v1"), ("model:v0", "model:latest")]
        answers = [answer(project, "diff", *pair) for pair in pairs]
        for each in answers:
            for section in each["sections"].values():
                section["different"] = [p for p in section["different"] if p["name"] not in own]
                del section["equal"]
        return answers

    here = told(twice)
    request.getfixturevalue("wandb_server")
    monkeypatch.delenv("WANDB_DIR")
    online = run_twice(make_weekly(tmp_path / "online", {"project": "tiny"}))
    assert told(online) == here

"""What the page is told of a store: everything, once."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from many_weeks import Weeks

from kedro_wandb.pages.tracked import tracked
from kedro_wandb.reading.runs import run_records
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.making import Graph


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """An empty local store."""
    made = LocalStore(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStore]:
    """A store of three weeks and a search; for reading only."""
    folder = tmp_path_factory.mktemp("weeks")
    made = LocalStore(folder / "store")
    weeks = Weeks(made, folder / "files")
    for week in range(3):
        weeks.run(week)
    weeks.search(6)
    yield made
    made.close()


def references(told: dict[str, Any]) -> list[str]:
    """Return all versions, by their places."""
    return [
        f"{artifact['name']}:v{version[0]}"
        for artifact in told["artifacts"]
        for version in artifact["versions"]
    ]


def unfolded(told: dict[str, Any], run: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a run's parameters and metrics by their names."""
    places, metrics = told["sets"][run[8]], run[9]
    pairs = zip(places[::2], places[1::2], strict=True)
    return (
        {told["parameters"][name]: told["values"][value] for name, value in pairs},
        {told["metrics"][n]: value for n, value in zip(metrics[::2], metrics[1::2], strict=True)},
    )


def test_runs_are_those_of_the_command(weeks: LocalStore) -> None:
    """The same records as ``kedro wandb runs``, and the name of a row's run."""
    told = tracked(weeks)
    records = run_records(weeks)
    assert len(records) == 3 * 6 + 6
    for run, record in zip(told["runs"], records, strict=True):
        facts = [record.id, record.experiment, record.step, record.run_id, record.state]
        assert [run[0], *run[2:6]] == facts
        assert run[6:8] == [record.started, pytest.approx(record.duration, abs=0.001)]
        assert unfolded(told, run) == (record.parameters, record.metrics)
    names = {run[3]: run[1] for run in told["runs"]}
    assert names["trials"].startswith("trial ")
    assert names["modeling"] == ""


def test_a_run_that_is_called_as_any_has_no_name_of_its_own(store: LocalStore) -> None:
    """The tracker calls each by its pipeline and Kedro's run."""
    for id_, name in (("a", "train"), ("b", "train run-1"), ("c", "trial 7")):
        store.open_step(Step(id_, "train", "one", "run-1", name))
    assert {run[0]: run[1] for run in tracked(store)["runs"]} == {"a": "", "b": "", "c": "trial 7"}


def test_what_is_the_same_is_told_once(weeks: LocalStore) -> None:
    """Three weeks with the same parameters are three references to one set."""
    told = tracked(weeks)
    sets = {run[8] for run in told["runs"] if run[3] == "release"}
    assert len(sets) == 1
    for name in ("parameters", "metrics", "values", "sets", "reads"):
        as_text = [json.dumps(each) for each in told[name]]
        assert len(as_text) == len(set(as_text)), name


def test_versions_have_their_facts(weeks: LocalStore) -> None:
    """Number, digest, size, time, aliases and the run that made it, the oldest first."""
    told = tracked(weeks)
    for artifact in told["artifacts"]:
        versions = weeks.versions(artifact["name"])[::-1]
        assert artifact["type"] == versions[-1].type
        assert artifact["description"] == versions[-1].description
        for fields, version in zip(artifact["versions"], versions, strict=True):
            maker = told["runs"][fields[5]][0] if fields[5] >= 0 else None
            assert [*fields[:5], maker] == [
                version.number, version.digest, version.size, version.created,
                list(version.aliases), version.step,
            ]  # fmt: skip


def test_links_are_those_of_the_store(weeks: LocalStore) -> None:
    """Every version that a run has logged or used, however often."""
    told, graph = tracked(weeks), Graph(weeks)
    places = references(told)
    made = {(told["runs"][run][0], places[version]) for run, version, _ in told["made"]}
    used = {(told["runs"][run][0], places[version]) for run, version in told["used"]}
    links = weeks.links()
    for kind, found in (("log", made), ("use", used)):
        assert found == {(each.step.step.id, each.version.reference) for each in links
                         if each.kind == kind}  # fmt: skip
    first = {version: run for run, version, _ in reversed(told["made"])}
    report = weeks.find("validation_report")  # made again each week
    assert len(graph.makers(report)) == 3
    assert told["runs"][first[places.index(report.reference)]][0] == report.step


def test_a_version_is_made_of_what_its_node_has_read(weeks: LocalStore) -> None:
    """Not of all that its step has read, and of what the step has made on the way."""
    told = tracked(weeks)
    places = references(told)
    reads = {}
    for _, version, read in told["made"]:
        by_step, *versions = told["reads"][read]
        reads[places[version]] = (by_step, {places[each] for each in versions})
    assert reads["price_model:v2"] == (0, {"train_listings:v2"})
    assert reads["model_metrics:v2"] == (0, {"price_model:v2", "test_listings:v2"})
    assert reads["train_listings:v0"] == (0, {"listings:v0", "validation_report:v0"})


def test_where_a_version_tells_nothing_all_inputs_stand_for_it(
    store: LocalStore, tmp_path: Path
) -> None:
    """And the page is told that it is so."""
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    store.open_step(Step("s", "train", "one", "run", "train"))
    for name in ("a", "b"):
        store.use("s", Draft(name, "dataset", (Source(name, tmp_path / name),)))
    store.log("s", Draft("c", "dataset", (Source("c", tmp_path / "c"),)))
    store.close_step("s", Ending("finished", 1.0))
    told = tracked(store)
    ((run, version, read),) = told["made"]
    assert (run, references(told)[version]) == (0, "c:v0")
    assert told["reads"][read] == [1, 0, 1]


def test_numbers_that_json_or_javascript_can_not_keep_are_texts(store: LocalStore) -> None:
    """Infinities, NaN, and whole numbers that a browser would round."""
    values = {"limit": math.inf, "seed": 2**63, "nested": [2**53 + 1, 1], "flag": True}
    store.open_step(Step("s", "train", "one", "run", "train", {"parameters": values}))
    store.close_step("s", Ending("finished", 1.0, {"mae": math.nan}))
    told = json.loads(json.dumps(tracked(store)), parse_constant=pytest.fail)
    parameters, metrics = unfolded(told, told["runs"][0])
    assert parameters == {
        "limit": "Infinity", "seed": str(2**63), "nested": [str(2**53 + 1), 1], "flag": True,
    }  # fmt: skip
    assert metrics == {"mae": "NaN"}


def test_what_still_runs_has_no_time(store: LocalStore) -> None:
    """And no end."""
    store.open_step(Step("s", "train", "one", "run", "train", started=5.0))
    assert tracked(store)["runs"][0][5:8] == ["running", 5.0, None]


def test_a_store_without_anything_is_told_too(store: LocalStore) -> None:
    """Nothing is written for it."""
    told = tracked(store)
    assert (told["runs"], told["artifacts"], told["made"], told["used"]) == ([], [], [], [])
    assert not store.folder.exists()

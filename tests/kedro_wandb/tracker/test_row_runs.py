"""Which runs a table's rows are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kedro_wandb.protocol.plan import DatasetPlan, RunPlan, StepPlan, StorePlan
from kedro_wandb.settings.config import Config
from kedro_wandb.stores.base import Draft, Ending, Progress, Source, Step, Version
from kedro_wandb.tracker import row_runs
from kedro_wandb.tracker.row_runs import NoRunsError, RowRuns, rows_of

VERSION = Version("trials", "dataset", 3, "0" * 32, 10)


class Target:
    """Keeps what is added."""

    def __init__(self) -> None:
        self.runs: list[tuple[Step, Ending]] = []

    def add_runs(
        self, what: str, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add runs; ids that are known are none."""
        del what, progress
        known = {step.id for step, _ in self.runs}
        new = [each for each in runs if each[0].id not in known]
        self.runs += new
        return len(new)


def draft(folder: Path, text: str, name: str = "trials.csv") -> Draft:
    file = folder / name
    file.write_text(text)
    return Draft("trials", "dataset", (Source(name, file),))


def added(folder: Path, text: str, **config: Any) -> tuple[Target, str]:
    target = Target()
    told = rows(target, **config).add(planned(), draft(folder, text), VERSION)
    return target, told


def planned() -> DatasetPlan:
    return DatasetPlan(dataset="trials", artifact="trials", kind="path", runs=True)


def rows(target: Any, experiment: str = "search", **config: Any) -> RowRuns:
    plan = RunPlan(
        run_id="run-1",
        experiment=experiment,
        project_path=Path(),
        started=0,
        kedro={},
        only_missing=False,
        store=StorePlan(kind="local", project="p", entity=None, folder=Path()),
        config=Config(**config),
        steps=(StepPlan(id="s", name="search"),),
        nodes=(),
        datasets={},
    )
    return RowRuns(target, plan, {"kedro": {"versions": {}}}, clock=lambda: 1.7e9)


def test_a_row_becomes_a_step_that_is_over(tmp_path: Path) -> None:
    """Both names of both prefixes; other columns are no part of it."""
    text = "name,params.depth,config.kind,scores.mae,summary.rmse,other\nfirst,3,tree,30.5,40,x\n"
    target, told = added(tmp_path, text, tags=("weekly",))
    assert told == "1 run"
    ((step, ending),) = target.runs
    assert (step.job_type, step.name, step.experiment) == ("trials", "first", "search")
    assert step.config == {
        "parameters": {"depth": 3, "kind": "tree"},
        "table": {"version": "trials:v3", "row": 0, "state": "finished"},
        "kedro": {"versions": {}},
    }
    assert step.tags == ("weekly",)
    assert ending == Ending("finished", 1.7e9, {"trials/mae": 30.5, "trials/rmse": 40.0})


@pytest.mark.parametrize(
    ("state", "ended", "tags"),
    [
        ("finished", "finished", ()),
        ("COMPLETE", "finished", ()),
        ("TrialState.COMPLETE", "finished", ()),
        ("failed", "failed", ()),
        ("FAIL", "failed", ()),
        ("pruned", "finished", ("pruned",)),
        ("skipped", "finished", ("skipped",)),
        ("", "finished", ()),
    ],
)
def test_a_state_is_one_of_two_and_a_tag(
    tmp_path: Path, state: str, ended: str, tags: tuple[str, ...]
) -> None:
    """W&B knows well and failed; every other word is a tag."""
    target, _ = added(tmp_path, f"params.depth,state\n3,{state}\n")
    ((step, ending),) = target.runs
    assert (ending.state, step.tags) == (ended, tags)


def test_a_row_that_is_not_over_is_none_yet(tmp_path: Path) -> None:
    """It would be another one when it is."""
    target, told = added(tmp_path, "params.depth,state\n3,running\n4,done\n5,waiting\n")
    assert len(target.runs) == 1
    assert told == "1 run; 2 are not over"


def test_what_is_no_number_is_no_score(tmp_path: Path) -> None:
    """Empty cells, NaN and infinity; a column without any number is told."""
    text = "params.a,scores.mae,scores.note\n1,nan,good\n,inf,\n2,3.5,bad\n"
    target, told = added(tmp_path, text)
    assert [dict(ending.summary) for _, ending in target.runs] == [{}, {}, {"trials/mae": 3.5}]
    parameters = [step.config["parameters"] for step, _ in target.runs]
    assert parameters == [{"a": 1}, {}, {"a": 2}]
    assert told == "3 runs; no number in scores.note"


def test_equal_rows_are_runs_of_their_own(tmp_path: Path) -> None:
    """A search may try the same twice."""
    target, told = added(tmp_path, "params.a\n1\n1\n1\n")
    assert told == "3 runs"
    assert len({step.id for step, _ in target.runs}) == 3


def test_ids_depend_on_the_rows_and_on_a_named_experiment(tmp_path: Path) -> None:
    """Whatever their order and the version of the table; Kedro's run id is no such name."""
    one, _ = added(tmp_path, "params.a,scores.b\n1,2\n3,4\n")
    two, _ = added(tmp_path, "params.a,scores.b\n3,4\n1,2\n5,6\n")
    ids_of = [{step.id for step, _ in each.runs} for each in (one, two)]
    assert ids_of[0] < ids_of[1]
    text = draft(tmp_path, "params.a\n1\n")
    for experiment, known in (("run-1", 0), ("other", 0), ("run-1", 1)):
        assert rows(one, experiment).add(planned(), text, VERSION) == (
            "1 run, known" if known else "1 run"
        )


def test_texts_are_redacted(tmp_path: Path) -> None:
    """Of secret parameters the values, of names what looks like a secret."""
    text = "name,params.db_password\nhttps://me:pw@host/a,secret\n"
    ((step, _),) = added(tmp_path, text)[0].runs
    assert step.config["parameters"] == {"db_password": "[redacted]"}
    assert step.name == "https://[redacted]@host/a"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "price\n1\n", r"a\.csv has no column params\.\* or scores\.\*"),
        ("a.json", "[1, 2]", r"a\.json is no Parquet or CSV file"),
        ("a.csv", "", r"a\.csv is no Parquet or CSV file"),
        ("a.parquet", "nothing of it", r"a\.parquet is no Parquet or CSV file"),
    ],
)
def test_what_is_no_such_table_is_told(tmp_path: Path, name: str, text: str, told: str) -> None:
    """In one line; nothing is added."""
    with pytest.raises(NoRunsError, match=told):
        rows_of(draft(tmp_path, text, name))


def test_several_files_are_no_table_of_runs(tmp_path: Path) -> None:
    """Nor is one that is elsewhere."""
    files = tuple(Source(name, tmp_path / name) for name in ("a.csv", "b.csv"))
    remote = (Source("a.csv", ref="s3://bucket/a.csv", digest="x"),)
    for sources in (files, remote):
        with pytest.raises(NoRunsError, match="one file on this machine"):
            rows_of(Draft("trials", "dataset", sources))


def test_withheld_content_makes_no_runs(tmp_path: Path) -> None:
    """The rows would tell what the store is not to get."""
    target, plan = Target(), planned().model_copy(update={"content": "digest"})
    told = rows(target).add(plan, draft(tmp_path, "params.a\n1\n"), VERSION)
    assert told == "no runs: its content is withheld"
    assert target.runs == []


def test_rows_are_bounded_over_all_groups_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ones are runs, and the rest is told."""
    monkeypatch.setattr(row_runs, "MOST_RUNS", 5)
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"params.a": list(range(8))}), file, row_group_size=2)
    found, remarks = rows_of(Draft("trials", "dataset", (Source("a.parquet", file),)))
    assert [row.parameters["a"] for row in found] == [0, 1, 2, 3, 4]
    assert remarks == ["only its first 5 of 8 rows"]
    text = "params.a\n" + "".join(f"{number}\n" for number in range(6))
    assert len(rows_of(draft(tmp_path, text))[0]) == 5


def test_a_store_that_fails_is_a_problem_and_no_error(tmp_path: Path) -> None:
    """It is told as what else the tracking could not do."""

    class Full(Target):
        def add_runs(self, *_: Any) -> int:
            msg = "the disk is full"
            raise OSError(msg)

    found = rows(Full())
    told = found.add(planned(), draft(tmp_path, "params.a\n1\n"), VERSION)
    assert told == "not all of its rows are runs"
    assert found.problems == ["The rows of trials are not all runs: the disk is full"]

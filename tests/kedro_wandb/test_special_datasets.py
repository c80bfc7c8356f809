"""Datasets that are written or read in a way of their own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from project import make_project
from weekly import LOCAL, contents, drop, labels, make_weekly, open_store

PARALLEL = pytest.param("ParallelRunner", marks=pytest.mark.slow)

STREAM = """
import pandas as pd
from kedro.pipeline import Node, Pipeline


def stream():
    for number in range(3):
        yield pd.DataFrame({"number": [number]})


def count(numbers):
    return {"rows": len(numbers)}


def create_pipeline(**_):
    return Pipeline([
        Node(stream, None, "numbers", name="stream"),
        Node(count, "numbers", "counted", name="count"),
    ])
"""

NUMBERS = {
    "numbers": {
        "type": "pandas.CSVDataset",
        "filepath": "data/numbers.csv",
        "save_args": {"mode": "a", "index": False, "header": False},
        "fs_args": {"open_args_save": {"mode": "a"}},
        "load_args": {"names": ["number"]},
    },
    "counted": {"type": "json.JSONDataset", "filepath": "data/counted.json"},
}


def test_what_is_saved_in_pieces_is_logged_when_it_is_whole(tmp_path: Path) -> None:
    """A generator's pieces are one version, with the last of them."""
    project = make_project(
        tmp_path / "p", catalog=NUMBERS, pipelines={"stream": STREAM}, wandb=LOCAL
    )
    project.run()
    with open_store(project) as store:
        (version,) = store.versions("numbers")
        assert version.size == len("0\n1\n2\n")
        assert store.find("counted").metadata["inputs"] == {"numbers": version.digest}


GATHER = """
from kedro.pipeline import Node, Pipeline


def gather(drops):
    return {"read": sorted(drops)}


def create_pipeline(**_):
    return Pipeline([Node(gather, "drops", "read", name="gather", **{options})])
"""

READ = {"read": {"type": "json.JSONDataset", "filepath": "data/read.json"}}


@pytest.mark.parametrize("runner", ["SequentialRunner", PARALLEL])
def test_of_an_incremental_dataset_only_the_new_parts_are_inputs(
    tmp_path: Path, runner: str
) -> None:
    """What the checkpoint had passed was not read."""
    drops = {
        "type": "partitions.IncrementalDataset",
        "path": "data/drops",
        "dataset": "pandas.CSVDataset",
        "filename_suffix": ".csv",
    }
    project = make_project(
        tmp_path / "p",
        catalog={"drops": drops} | READ,
        pipelines={"gather": GATHER.replace("{options}", "{'confirms': 'drops'}")},
        wandb=LOCAL,
    )
    for number in (1, 2):
        project.write(f"data/drops/2024-01-0{number}.csv", drop(("Bronx", number)))
        project.run_under(runner)
    files = [list(files) for _, files, _ in contents(project)["drops"]]
    assert files == [["2024-01-01.csv"], ["2024-01-02.csv"]]


OWN_DATASET = """
from kedro_datasets.partitions import PartitionedDataset


class UpTo(PartitionedDataset):
    def __init__(self, *, last, **arguments):
        super().__init__(**arguments)
        self._last = last

    def load(self):
        return {name: self._fail for name in super().load() if name <= self._last}

    def _fail(self):
        raise RuntimeError("a partition was read")
"""


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", PARALLEL])
def test_a_class_that_chooses_its_partitions_is_asked_for_their_names_alone(
    tmp_path: Path, runner: str
) -> None:
    """None of them is read by the plugin."""
    project = make_project(
        tmp_path / "p",
        catalog={
            "drops": {
                "type": "tiny.own.UpTo",
                "path": "data/drops",
                "dataset": "pandas.CSVDataset",
                "last": "2024-01-02.csv",
            }
        }
        | READ,
        pipelines={"gather": GATHER.replace("{options}", "{}")},
        wandb=LOCAL,
    )
    project.write("src/tiny/own.py", OWN_DATASET)
    for number in (1, 2, 3):
        project.write(f"data/drops/2024-01-0{number}.csv", drop(("Bronx", number)))
    project.run_under(runner)
    assert list(contents(project)["drops"][0][1]) == ["2024-01-01.csv", "2024-01-02.csv"]


CHANGING = """
from pathlib import Path

from kedro.pipeline import Node, Pipeline


def change(raw, where):
    Path(where).write_text('{"changed": 1}')
    return raw


def create_pipeline(**_):
    return Pipeline([
        Node(change, ["raw", "params:where"], "copy", name="change"),
        Node(lambda raw, copy: {}, ["raw", "copy"], "last", name="last"),
    ])
"""


def test_an_input_that_changes_during_the_run_is_not_taken_for_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads it after the change: the table says so, and no version claims it."""
    names = ("raw", "copy", "last")
    project = make_project(
        tmp_path / "p",
        catalog={n: {"type": "json.JSONDataset", "filepath": f"data/{n}.json"} for n in names},
        pipelines={"first": CHANGING, "second": CHANGING.replace("raw", "copy", 1)},
        parameters={"where": str(tmp_path / "p/data/raw.json")},
        wandb=LOCAL,
    )
    project.write("src/tiny/pipelines/second/pipeline.py", SECOND)
    project.write("data/raw.json", "{}")
    monkeypatch.setenv("COLUMNS", "200")
    project.run()
    told = capsys.readouterr().err
    assert re.search(r"second +raw +not logged: raw changed while the run was reading", told)
    assert "copy" in labels(project)


SECOND = """
from kedro.pipeline import Node, Pipeline


def create_pipeline(**_):
    return Pipeline([Node(lambda raw, last: [], ["raw", "last"], "end", name="end")])
"""


def test_a_dataset_put_into_the_catalog_by_code_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no entry in any file; its own arguments tell where it is."""
    hook = """
    from kedro.framework.hooks import hook_impl
    from kedro_datasets.json import JSONDataset

    class Adds:
        @hook_impl
        def after_catalog_created(self, catalog):
            catalog["read"] = JSONDataset(filepath="data/added.json")

    HOOKS = (Adds(),)
    """
    project = make_project(
        tmp_path / "p",
        catalog={"drops": {"type": "json.JSONDataset", "filepath": "data/drops.json"}},
        pipelines={"gather": GATHER.replace("{options}", "{}")},
        settings=hook,
        wandb=LOCAL,
    )
    project.write("data/drops.json", '{"a": 1}')
    monkeypatch.chdir(project.path)
    project.run()
    assert list(contents(project)["read"][0][1]) == ["added.json"]


BUCKET = "tiny-company"


@pytest.fixture
def bucket(s3: Any) -> Any:
    """A client of S3, with a bucket."""
    s3.create_bucket(Bucket=BUCKET)
    return s3


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner"])
def test_remote_files_are_references(tmp_path: Path, bucket: Any, runner: str) -> None:
    """With address, ETag and size; a new version when the ETag is another, no bytes kept."""
    credentials = {"s3": {"key": "s3-user-id", "secret": "s3-users-own-key"}}
    catalog = {
        "drops": {
            "type": "partitions.PartitionedDataset",
            "path": f"s3://{BUCKET}/drops",
            "dataset": "pandas.CSVDataset",
            "filename_suffix": ".csv",
            "credentials": "s3",
        },
        "read": {
            "type": "json.JSONDataset",
            "filepath": f"s3://{BUCKET}/read.json",
            "credentials": "s3",
        },
    }
    project = make_project(
        tmp_path / "p",
        catalog=catalog,
        pipelines={"gather": GATHER.replace("{options}", "{}")},
        credentials=credentials,
        wandb=LOCAL,
    )
    for number in (1, 1, 2):
        bucket.put_object(
            Bucket=BUCKET, Key=f"drops/2024-01-0{number}.csv", Body=drop(("Bronx", number))
        )
        done = project.kedro("run", "--runner", runner)
        assert done.code == 0, done.output
    with open_store(project) as store:
        assert [v.label for v in store.versions("drops")] == ["v1", "v0"], done.output
        (entry,) = store.entries(store.find("drops:v0"))
        assert (entry.name, entry.ref) == (
            "2024-01-01.csv",
            f"s3://{BUCKET}/drops/2024-01-01.csv",
        )
        etag = bucket.head_object(Bucket=BUCKET, Key="drops/2024-01-01.csv")["ETag"]
        assert entry.digest == json.loads(etag)
        assert [e.name for e in store.entries(store.find("read"))] == ["read.json"]
        assert store.producers(store.find("read"))
    texts = [p.read_bytes() for p in (project.path / ".wandb").rglob("*") if p.is_file()]
    assert not any(b"s3-users-own-key" in text for text in texts)


def test_a_folder_of_files_is_one_artifact(tmp_path: Path) -> None:
    """As a model package; each file is an entry."""
    project = make_weekly(
        tmp_path / "p",
        catalog={"model": {"type": "tiny.own.Package", "filepath": "data/model"}},
    )
    project.write(
        "src/tiny/own.py",
        """
        import json
        from pathlib import Path

        from kedro.io import AbstractDataset

        class Package(AbstractDataset):
            def __init__(self, *, filepath):
                self._folder = Path(filepath)

            def load(self):
                return json.loads((self._folder / "model.json").read_text())

            def save(self, data):
                (self._folder / "sub").mkdir(parents=True, exist_ok=True)
                (self._folder / "model.json").write_text(json.dumps(data))
                (self._folder / "sub/about.txt").write_text("about")

            def _describe(self):
                return {}
        """,
    )
    project.run()
    assert list(contents(project)["model"][0][1]) == ["model.json", "sub/about.txt"]

"""What trackers are given, and what they have recorded."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from shared.plugins import tell_of_kedro_wandb
from shared.plugins.posix_text import TablePieces
from shared.projects import ROOT, make_product
from shared.recorded import Recorded, by_local_store, by_sdk
from shared.trackers import change, declare, wrap
from tracking_overhead import share_of

SAVED = {"listings", "train_listings"}
CSV = {"type": "pandas.CSVDataset", "filepath": "data/a.csv"}
WRAPPED = {"type": "kedro_mlflow.io.artifacts.MlflowArtifactDataset", "dataset": CSV}


@pytest.mark.parametrize(
    ("name", "entry", "declared"),
    [
        ("listings", CSV, WRAPPED),
        ("listings", {**CSV, "versioned": True, "metadata": {"wandb": {}}}, WRAPPED),
        ("{part}_listings", CSV, WRAPPED),
        ("raw", CSV, CSV),
        ("{figure}_plot", CSV, CSV),
        ("_types", ["a"], ["a"]),
    ],
)
def test_what_nodes_save_is_declared_to_kedro_mlflow(
    name: str, entry: object, declared: object
) -> None:
    assert wrap(name, entry, SAVED) == declared


@pytest.mark.parametrize("is_given", [True, False])
def test_the_model_is_declared_as_one_of_scikit_learn(tmp_path: Path, *, is_given: bool) -> None:
    project = make_product(tmp_path / "project")
    declare(project, SAVED, "product", is_given=is_given)
    (file,) = (project / "conf/base").glob("catalog*.yml")
    text = file.read_text(encoding="utf-8")
    assert "flavor: mlflow.sklearn" in text
    assert ("pip_requirements" in text) is is_given


def test_each_round_has_other_rows(tmp_path: Path) -> None:
    project = make_product(tmp_path / "project")
    counts = []
    for number in (0, 1, 2):
        change("product", project, number)
        (file,) = (project / "data/01_raw/listings").glob("2024-01-08.csv*")
        counts.append(file.read_bytes().count(b"\n"))
    assert [counts[0] - count for count in counts] == [0, 1, 2]


def test_what_the_local_store_has_is_counted(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1234", encoding="utf-8")
    draft = Draft("listings", "dataset", (Source("rows.csv", tmp_path / "rows.csv"),))
    with closing(LocalStore(tmp_path / "store")) as store:
        for number, job in enumerate(("processing", "modeling")):
            store.open_step(Step(job, job, "week", "run", job, started=float(number)))
            if number:
                store.use(job, draft)
            else:
                store.log(job, draft)
            store.close_step(job, Ending("finished", 2.0))
    assert by_local_store(tmp_path / "store") == Recorded(2, 1, 2, 1, 4)


def test_what_the_sdk_keeps_offline_is_counted(tmp_path: Path) -> None:
    staged = tmp_path / "data/artifacts/staging"
    staged.mkdir(parents=True)
    (staged / "tmp1").write_bytes(b"12345")
    (tmp_path / "wandb/offline-run-20240108-a").mkdir(parents=True)
    assert by_sdk(tmp_path) == Recorded(1, 0, 0, 1, 5)


def test_shares_are_of_medians_so_that_one_difference_of_zero_says_nothing() -> None:
    assert share_of([0.1, 0.3, 0.2], [1.0, 0.0, 2.0]) == pytest.approx(0.2)


def test_kedro_finds_this_plugin_where_its_sources_are_on_the_path(tmp_path: Path) -> None:
    folder = tell_of_kedro_wandb(tmp_path / "plugin")
    text = (folder / "kedro_wandb-1.dist-info/entry_points.txt").read_text(encoding="utf-8")
    assert "[kedro.hooks]\nkedro_wandb = kedro_wandb.hook.events:hook\n" in text


@pytest.mark.parametrize("project", ["pyproject.toml", "src/kedro_wandb/pyproject.toml"])
def test_the_lock_beside_mlflow_has_all_that_a_run_of_this_project_needs(project: str) -> None:
    """``make lock`` makes it anew with the others: a new dependency is missing there until then."""
    told = tomllib.loads((ROOT / project).read_text(encoding="utf-8"))["project"]["dependencies"]
    needed = {canonicalize_name(Requirement(each).name) for each in told} - {"kedro-wandb"}
    text = (ROOT / "requirements/mlflow.lock").read_text(encoding="utf-8")
    locked = {
        line.partition("==")[0].partition("[")[0] for line in text.splitlines() if "==" in line
    }
    assert needed <= locked


def test_a_path_that_is_text_answers_kedro_mlflow(tmp_path: Path) -> None:
    """Its wrapper calls ``as_posix()`` of the path, and would log nothing but an error."""
    dataset = TablePieces(filepath=str(tmp_path / "listings.parquet"))
    dataset.save(pd.DataFrame({"id": [1, 2]}))
    assert Path(dataset._filepath.as_posix()).is_file()
    assert dataset.load().whole()["id"].tolist() == [1, 2]

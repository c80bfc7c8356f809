"""What a run is going to read is looked at before its first node runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import configure_project
from kedro.io import DataCatalog
from kedro.io.core import DatasetError
from kedro.pipeline import Node, Pipeline

from rental_pricing.datasets.drop_folder import DropFolderError
from rental_pricing.datasets.optional import OptionalFileError
from rental_pricing.run_inputs import RunInputError, RunInputsHook

FILES = "rental_pricing.datasets.files"


@pytest.fixture(autouse=True)
def _own_pipelines() -> None:
    """Whatever project an earlier test has worked on, messages name this one's pipelines."""
    configure_project("rental_pricing")


def check(entry: dict[str, Any], **run_params: Any) -> None:
    """Begin a run of one node that reads one dataset, besides memory and parameters."""
    catalog = DataCatalog.from_config({"report": entry})
    catalog["params:seed"] = 1
    node = Node(lambda *_: 1, ["report", "params:seed", "unknown"], "result", name="read_report")
    RunInputsHook().before_pipeline_run(
        run_params=run_params, pipeline=Pipeline([node]), catalog=catalog
    )


def test_a_file_that_is_there_passes(tmp_path: Path) -> None:
    """It is not read: that is the node's business."""
    (tmp_path / "report.json").write_text("no JSON at all")
    check({"type": f"{FILES}.JSONDataset", "filepath": str(tmp_path / "report.json")})


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """By the dataset's name and its place."""
    place = tmp_path / "report.json"
    with pytest.raises(RunInputError, match=rf"'report' is not there: {place}"):
        check({"type": f"{FILES}.JSONDataset", "filepath": str(place)})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_missing_permission_is_told(tmp_path: Path) -> None:
    """Before the run, with what to do."""
    place = tmp_path / "report.json"
    place.touch(mode=0o000)
    with pytest.raises(RunInputError, match=r"no permission for .*report\.json.*chmod"):
        check({"type": f"{FILES}.JSONDataset", "filepath": str(place)})


def test_a_half_replaced_folder_is_put_back(tmp_path: Path) -> None:
    """A killed save is mended before anything asks whether the folder is there."""
    (tmp_path / ".model.old").mkdir()
    check({"type": "pickle.PickleDataset", "filepath": str(tmp_path / "model")})
    assert (tmp_path / "model").is_dir()


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "MemoryDataset"},
        {"type": f"{FILES}.JSONDataset", "filepath": "memory://elsewhere/report.json"},
        {"type": f"{FILES}.JSONDataset", "filepath": "nowhere.json", "versioned": True},
    ],
)
def test_what_is_no_local_file_is_left_alone(entry: dict[str, Any]) -> None:
    """Memory, other filesystems and versions are found or missed by Kedro itself."""
    check(entry)


def test_only_missing_outputs_may_need_no_input(tmp_path: Path) -> None:
    """Which nodes run is not known yet."""
    entry = {"type": f"{FILES}.JSONDataset", "filepath": str(tmp_path / "nowhere.json")}
    check(entry, only_missing_outputs=True)


def test_a_dataset_may_check_itself(tmp_path: Path) -> None:
    """Optional files: absent is well, unusable is not."""
    entry = {
        "type": "rental_pricing.datasets.optional.OptionalJSONDataset",
        "filepath": str(tmp_path / "reference.json"),
    }
    check(entry)
    (tmp_path / "reference.json").write_bytes(b"\xff")
    with pytest.raises(OptionalFileError, match="is not UTF-8"):
        check(entry)


def test_a_missing_input_names_the_pipeline_that_makes_it(synthetic_project: Any) -> None:
    """``--pipelines modeling`` first of all."""
    with pytest.raises(RunInputError, match=r"'listings' is not there.*--pipelines data_process"):
        synthetic_project.run(("modeling",))


@pytest.mark.parametrize("what", ["latin-1", "folder"])
def test_an_unusable_note_stops_the_run_before_it_begins(synthetic_project: Any, what: str) -> None:
    """``SOURCE.md`` is read by the first node; nothing is made of the drops before."""
    note = synthetic_project.drops / "SOURCE.md"
    note.unlink()
    if what == "folder":
        note.mkdir()
    else:
        note.write_bytes("Caf\u00e9".encode("latin-1"))
    with pytest.raises(DropFolderError, match=r"SOURCE\.md can't be read"):
        synthetic_project.run()
    assert synthetic_project.outputs() == {}


def test_a_reference_that_is_no_profile_stops_the_run_before_it_begins(
    synthetic_project: Any,
) -> None:
    """The same for a file that was named: absent, or no JSON."""
    (synthetic_project.path / "card.md").write_text("# Card")
    for reference, told in (("card.md", "is no JSON"), ("nowhere.json", "There is no file")):
        with pytest.raises(DatasetError, match=told):
            synthetic_project.run(params={"reference": reference})
    assert synthetic_project.outputs() == {}

"""What a plan says of the catalog's entries: which artifact, where, of what type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kedro.io import AbstractDataset, DataCatalog
from kedro.pipeline import Node, Pipeline
from kedro_datasets.partitions import PartitionedDataset

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.hook.places import with_copies
from kedro_wandb.hook.planning import plan_run
from kedro_wandb.protocol.plan import RunPlan, StorePlan
from kedro_wandb.settings.config import Config
from kedro_wandb.stores.local.locks import Locks

REWRITE = (("before", "after"), ("after", "model"))


def same(value: object) -> object:
    """Return what is given."""
    return value


def entry(path: Path, name: str | None = None, **other: Any) -> dict[str, Any]:
    asked = {"metadata": {"wandb": {"name": name}}} if name else {}
    return {"type": "text.TextDataset", "filepath": str(path)} | asked | other


def planned(
    folder: Path,
    catalog: dict[str, Any],
    pairs: tuple[tuple[str, str], ...] = REWRITE,
    **params: Any,
) -> RunPlan:
    """Return the plan of a run of nodes with one input and one output each."""
    pipeline = Pipeline([Node(same, a, b, name=f"{a}-{b}") for a, b in pairs])
    return plan_run(
        {"run_id": "run", "project_path": folder, **params},
        pipeline,
        {"__default__": pipeline},
        DataCatalog.from_config(catalog),
        {},
        Config(),
        StorePlan(kind="local", project="p", entity=None, folder=folder / "store"),
        0.0,
    )


def artifacts(plan: RunPlan) -> dict[str, str]:
    return {name: each.artifact for name, each in plan.datasets.items()}


def test_entries_at_one_place_are_one_artifact(tmp_path: Path) -> None:
    """Of the first by name, also if the run has nothing to do with that entry."""
    (tmp_path / "link.txt").symlink_to(tmp_path / "rows.txt")
    catalog = {
        "before": entry(tmp_path / "rows.txt"),
        "after": entry(tmp_path / "link.txt"),
        "a_rows": entry(tmp_path / "sub/../rows.txt"),
        "model": entry(tmp_path / "model.txt"),
    }
    found = artifacts(planned(tmp_path, catalog))
    assert found == {"before": "a_rows", "after": "a_rows", "model": "model"}


def test_the_name_that_one_of_the_entries_asks_for_is_that_of_all(tmp_path: Path) -> None:
    """With that entry's type; both may ask for the same one."""
    rows = tmp_path / "rows.txt"
    layer = {"kedro-viz": {"layer": "models"}, "wandb": {"name": "weights"}}
    catalog = {
        "before": entry(rows),
        "after": entry(rows, metadata=layer),
        "model": entry(tmp_path / "model.txt"),
    }
    plan = planned(tmp_path, catalog)
    assert [plan.datasets[name].artifact for name in ("before", "after")] == ["weights"] * 2
    assert [plan.datasets[name].type for name in ("before", "after")] == ["model"] * 2
    both = catalog | {"before": entry(rows, "weights")}
    assert artifacts(planned(tmp_path, both))["before"] == "weights"


def test_entries_at_one_place_that_ask_for_two_names_are_refused(tmp_path: Path) -> None:
    """With all that is needed to set it right; one that is not logged has no say."""
    rows = tmp_path / "rows.txt"
    catalog = {
        "before": entry(rows, "old-rows"),
        "after": entry(rows, "new-rows"),
        "model": entry(tmp_path / "model.txt"),
    }
    told = "The entries 'after' and 'before' of the catalog are the same files"
    with pytest.raises(ConfigurationError, match=told):
        planned(tmp_path, catalog)
    unlogged = {"metadata": {"wandb": {"name": "new-rows", "enabled": False}}}
    found = planned(tmp_path, catalog | {"after": entry(rows, **unlogged)})
    assert found.datasets["before"].artifact == "old-rows"


def test_two_places_can_not_be_one_artifact(tmp_path: Path) -> None:
    """As before."""
    catalog = {name: entry(tmp_path / f"{name}.txt", "same") for name in ("before", "after")}
    with pytest.raises(ConfigurationError, match="would both be the artifact 'same'"):
        planned(tmp_path, catalog | {"model": entry(tmp_path / "model.txt")})


def test_partitions_with_other_endings_are_other_files(tmp_path: Path) -> None:
    """In one folder."""
    catalog: dict[str, Any] = {
        name: {
            "type": "partitions.PartitionedDataset",
            "path": str(tmp_path / "parts"),
            "dataset": "text.TextDataset",
            "filename_suffix": suffix,
        }
        for name, suffix in [("before", ".txt"), ("after", ".md"), ("model", ".txt")]
    }
    assert artifacts(planned(tmp_path, catalog)) == {
        "before": "before", "after": "after", "model": "before",
    }  # fmt: skip


class TextsDataset(PartitionedDataset):
    """Partitions whose suffix the class sets."""

    def __init__(self, path: str, ending: str = ".txt") -> None:
        """Remember the folder."""
        super().__init__(path=path, dataset="text.TextDataset", filename_suffix=ending)


class BrokenDataset(PartitionedDataset):
    """Partitions that this machine lacks something for."""

    def __init__(self, path: str) -> None:
        """Fail."""
        raise ImportError(path)


def test_other_endings_are_other_files_also_where_the_class_sets_them(tmp_path: Path) -> None:
    """And equal ones are the same, whoever sets them."""
    parts = {"type": TextsDataset, "path": str(tmp_path / "parts")}
    said = {"type": "partitions.PartitionedDataset", "path": str(tmp_path / "parts"),
            "dataset": "text.TextDataset", "filename_suffix": ".txt"}  # fmt: skip
    catalog = {"before": parts, "after": parts | {"ending": ".md"}, "model": said}
    assert artifacts(planned(tmp_path, catalog)) == {
        "before": "before", "after": "after", "model": "before",
    }  # fmt: skip


def test_an_entry_that_can_not_be_made_stops_no_run_that_does_without_it(tmp_path: Path) -> None:
    """Though it is at a place of the run."""
    parts = str(tmp_path / "parts")
    catalog = {
        "before": {"type": TextsDataset, "path": parts},
        "broken": {"type": BrokenDataset, "path": parts},
        "after": entry(tmp_path / "after.txt"),
        "model": entry(tmp_path / "model.txt"),
    }
    assert artifacts(planned(tmp_path, catalog))["before"] == "before"


def test_a_class_may_set_the_suffix_of_its_partitions(tmp_path: Path) -> None:
    """Else none of them would be found by its id."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/a.txt").write_text("a")
    catalog = {
        "before": {"type": TextsDataset, "path": str(tmp_path / "parts")},
        "after": entry(tmp_path / "after.txt"),
        "model": entry(tmp_path / "model.txt"),
    }
    plan = planned(tmp_path, catalog).datasets["before"]
    assert plan.suffix == ".txt"


def test_versions_of_one_entry_are_at_one_place(tmp_path: Path) -> None:
    """What is loaded in place of what the run writes is an input of its own, by its version."""
    rows = tmp_path / "rows.txt"
    for version in ("2024-01-01T00.00.00.000Z", "2024-01-02T00.00.00.000Z"):
        (rows / version).mkdir(parents=True)
        (rows / version / "rows.txt").write_text(version)
    catalog = {
        "before": entry(tmp_path / "before.txt"),
        "after": entry(rows, "rows", versioned=True),
        "again": entry(rows, versioned=True),
        "model": entry(tmp_path / "model.txt"),
    }
    first = "2024-01-01T00.00.00.000Z"
    pipeline_catalog = DataCatalog.from_config(catalog, load_versions={"after": first})
    pipeline = Pipeline([Node(same, a, b, name=f"{a}-{b}") for a, b in REWRITE])
    plan = plan_run(
        {"run_id": "now", "project_path": tmp_path, "load_versions": {"after": first}},
        pipeline,
        {},
        pipeline_catalog,
        {},
        Config(),
        StorePlan(kind="local", project="p", entity=None, folder=tmp_path / "store"),
        0.0,
    )
    loaded = plan.datasets[f"after@{first}"]
    assert (loaded.artifact, loaded.where) == ("rows", str(rows / first / "rows.txt"))
    assert plan.datasets["after"].where == str(rows / "now/rows.txt")
    assert [(node.inputs, node.outputs) for node in plan.nodes] == [
        (("before",), ("after",)),
        ((f"after@{first}",), ("model",)),
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("data/06_models/it.txt", "model"),
        ("data/08_reporting/sub/it.txt", "report"),
        ("data/01_raw/it.txt", "dataset"),
        ("data/99_elsewhere/it.txt", "dataset"),
        ("data/06_models", "dataset"),
        ("data/models/it.txt", "dataset"),
    ],
)
def test_a_numbered_folder_stands_for_its_layer(tmp_path: Path, path: str, kind: str) -> None:
    """Where the entry names none."""
    catalog = {"a": entry(tmp_path / "a.txt"), "b": entry(tmp_path / path)}
    plan = planned(tmp_path, catalog, (("a", "b"),))
    assert plan.datasets["b"].type == kind
    catalog["b"]["metadata"] = {"kedro-viz": {"layer": "reporting"}}
    assert planned(tmp_path, catalog, (("a", "b"),)).datasets["b"].type == "report"


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [({}, "dataset"), ({"kedro-viz": {"layer": "models"}}, "model"),
     ({"wandb": {"type": "model"}}, "model")],
)  # fmt: skip
def test_a_pickle_is_what_its_entry_says(
    tmp_path: Path, metadata: dict[str, Any], kind: str
) -> None:
    """Its type is planned before anybody has seen the object, so alike under all runners."""
    catalog = {
        "a": entry(tmp_path / "a.txt"),
        "b": {"type": "pickle.PickleDataset", "filepath": str(tmp_path / "b.pkl"),
              "metadata": metadata},
    }  # fmt: skip
    assert planned(tmp_path, catalog, (("a", "b"),)).datasets["b"].type == kind


class SQLTableDataset(AbstractDataset[Any, Any]):
    """A table, by its class's name as kedro-datasets has it."""

    def load(self) -> Any:
        """Load nothing."""

    def save(self, data: Any) -> None:
        """Save nothing."""

    def _describe(self) -> dict[str, Any]:
        return {}


class FeedDataset(SQLTableDataset):
    """Something else that has no file."""


class ToolDataset(FeedDataset):
    """What is made anew by each process."""

    in_memory = True


def test_a_class_can_say_that_it_keeps_nothing(tmp_path: Path) -> None:
    """Then it shares a line with all else that is held in memory."""
    plan = planned(tmp_path, {"before": {"type": ToolDataset}, "after": entry(tmp_path / "a.txt")})
    assert plan.datasets["before"].reason == "held in memory only"


def test_a_table_in_a_database_is_said_to_be_there(tmp_path: Path) -> None:
    """And not to name no file."""
    catalog = {
        "before": {"type": SQLTableDataset},
        "after": entry(tmp_path / "after.txt"),
        "model": {"type": FeedDataset},
    }
    plan = planned(tmp_path, catalog)
    assert plan.datasets["before"].reason == "kept in a database"
    assert plan.datasets["model"].reason == "FeedDataset names no file"


def test_what_is_going_to_be_written_over_is_copied_before(tmp_path: Path) -> None:
    """Nothing else is; nor what only lies there unread."""
    (tmp_path / "rows.txt").write_text("as it was")
    catalog = {
        "before": entry(tmp_path / "rows.txt"),
        "after": entry(tmp_path / "rows.txt"),
        "model": entry(tmp_path / "model.txt"),
    }
    plan = with_copies(planned(tmp_path, catalog), Locks(tmp_path / "locks"))
    assert Path(plan.datasets["before"].copy_at).read_text() == "as it was"
    assert {each.copy_at for name, each in plan.datasets.items() if name != "before"} == {""}
    chain = planned(tmp_path, catalog, (("model", "after"),))
    assert with_copies(chain, Locks(tmp_path / "locks")) is chain


def test_a_folder_that_is_going_to_be_written_over_is_copied_whole(tmp_path: Path) -> None:
    """With the files that count."""
    catalog: dict[str, Any] = {"model": entry(tmp_path / "model.txt")}
    for name in ("before", "after"):
        catalog[name] = {
            "type": "partitions.PartitionedDataset",
            "path": str(tmp_path / "parts"),
            "dataset": "text.TextDataset",
            "filename_suffix": ".txt",
        }
    (tmp_path / "parts/sub").mkdir(parents=True)
    for name in ("a.txt", "sub/b.txt", "c.md"):
        (tmp_path / "parts" / name).write_text(name)
    copy = Path(
        with_copies(planned(tmp_path, catalog), Locks(tmp_path / "locks"))
        .datasets["before"]
        .copy_at
    )
    files = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert files == {"a.txt", "sub/b.txt"}


def test_the_place_is_told_without_what_is_secret_in_it(tmp_path: Path) -> None:
    """Two entries at one signed address that ask for two names."""
    address = "https://key:tell-nobody@host/f.csv?sig=tell-nobody"
    catalog = {
        "before": {**entry(tmp_path, "one"), "filepath": address},
        "after": {**entry(tmp_path, "two"), "filepath": address},
        "model": entry(tmp_path / "model.txt"),
    }
    with pytest.raises(ConfigurationError, match=r"same files \(https://host/f\.csv\)") as caught:
        planned(tmp_path, catalog)
    assert "tell-nobody" not in str(caught.value)

"""The recorder by itself: a run's messages in, and what stands in the store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from memory_store import MemoryStore
from played import Played, in_file, in_memory, in_partitions, plan_of

from kedro_wandb.protocol.plan import DatasetPlan, RunPlan
from kedro_wandb.stores.base import Draft, Ending, Outcome, Source, Step, Version
from kedro_wandb.stores.fetching import CHECKOUTS
from kedro_wandb.tracker import recorder as recorder_module
from kedro_wandb.tracker.closing import stored_bytes
from kedro_wandb.tracker.recorder import Recorder
from kedro_wandb.tracker.writer import Writer

NAMES = ("clean.node", "train.node")

CHAIN = {
    "clean.load": (("raw",), ("rows",)),
    "train.fit": (("rows",), ("model",)),
}


class Unreadable(Writer):
    """Writes to a store, and meets an image that can't be read at each step's end."""

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step, and fail as a store does that can't read an image."""
        super().close_step(step, ending)
        msg = f"the image of {step} is gone"
        raise FileNotFoundError(msg)


def two_steps(folder: Path) -> RunPlan:
    return plan_of(folder, dict.fromkeys(NAMES, ((), ())))


def test_an_image_that_is_gone_leaves_no_other_step_open(tmp_path: Path) -> None:
    """The end of each step is told, and what was wrong with it is a row of the table."""
    store = MemoryStore()
    recorder = Recorder(two_steps(tmp_path), Unreadable(store), {})
    for name in NAMES:
        recorder.begin_node(name)
    recorder.end("failed")
    steps = ("clean", "train")
    assert {name: store.step(name).state for name in steps} == dict.fromkeys(steps, "failed")
    assert [(row.step, row.status) for row in recorder.rows if not row.reason] == [
        (name, "failed") for name in steps
    ]
    assert [row.reason for row in recorder.rows if row.reason] == [
        f"the step's end: the image of {name} is gone" for name in steps
    ]


def test_a_step_uses_what_another_has_logged(tmp_path: Path) -> None:
    """Each version knows the node, the run, and what it was made of."""
    (tmp_path / "raw.txt").write_text("raw")
    run = Played(plan_of(tmp_path, CHAIN))
    for name in CHAIN:
        run.node(name)
    run.recorder.end("finished")
    assert (run.inputs("clean"), run.outputs("clean")) == ({"raw:v0"}, {"rows:v0"})
    assert (run.inputs("train"), run.outputs("train")) == ({"rows:v0"}, {"model:v0"})
    assert run.made_of("model") == {"rows:v0"}
    assert run.store.find("model").metadata["node"] == "train.fit"
    assert [run.store.step(name).state for name in ("clean", "train")] == ["finished"] * 2
    assert run.rows("clean") == [
        ("raw", "raw:v0", "used", "first seen"),
        ("rows", "rows:v0", "new", ""),
    ]


def test_a_step_ends_with_its_last_node_and_those_left_open_with_the_run(tmp_path: Path) -> None:
    """In the state of the run."""
    (tmp_path / "raw.txt").write_text("raw")
    run = Played(plan_of(tmp_path, CHAIN))
    run.node("clean.load")
    run.recorder.begin_node("train.fit")
    assert [run.store.step(name).state for name in ("clean", "train")] == ["finished", "running"]
    run.recorder.end("interrupted")
    assert [run.store.step(name).state for name in ("clean", "train")] == [
        "finished",
        "interrupted",
    ]


# Memory is transparent


def test_what_is_in_memory_stands_for_what_it_was_made_of(tmp_path: Path) -> None:
    """Over several nodes and steps, in the lineage as in the metadata; the table says how."""
    nodes = {
        "a.load": (("raw",), ("mid",)),
        "b.mix": (("mid", "other"), ("mixed",)),
        "c.fit": (("mixed",), ("model",)),
    }
    for name in ("raw", "other"):
        (tmp_path / f"{name}.txt").write_text(name)
    run = Played(plan_of(tmp_path, nodes, in_memory("mid"), in_memory("mixed")))
    for name in nodes:
        run.node(name)
    run.recorder.end("finished")
    assert run.inputs("c") == run.made_of("model") == {"raw:v0", "other:v0"}
    assert run.rows("b")[:2] == [
        ("raw", "raw:v0", "used", "through mid"),
        ("other", "other:v0", "used", "first seen"),
    ]
    assert run.rows("c") == [
        ("raw", "raw:v0", "used", "through mixed"),
        ("other", "other:v0", "used", "through mixed"),
        ("model", "model:v0", "new", ""),
    ]


def test_memory_is_transparent_where_no_node_tells_that_it_ran(tmp_path: Path) -> None:
    """As under ParallelRunner."""
    nodes = {"a.load": (("raw",), ("mid",)), "b.fit": (("mid",), ("model",))}
    (tmp_path / "raw.txt").write_text("raw")
    run = Played(plan_of(tmp_path, nodes, in_memory("mid")))
    (tmp_path / "model.txt").write_text("model")
    run.recorder.end("finished")
    assert run.inputs("b") == run.made_of("model") == {"raw:v0"}


def test_each_version_knows_what_its_own_node_read(tmp_path: Path) -> None:
    """And not what another node of the step has read."""
    nodes = {
        "s.fit": (("train",), ("model",)),
        "s.judge": (("model", "test"), ("score",)),
        "s.count": (("test",), ("count",)),
    }
    for name in ("train", "test"):
        (tmp_path / f"{name}.txt").write_text(name)
    run = Played(plan_of(tmp_path, nodes))
    for name in nodes:
        run.node(name)
    run.recorder.end("finished")
    found = {name: run.made_of(name) for name in ("model", "score", "count")}
    assert found == {
        "model": {"train:v0"},
        "score": {"model:v0", "test:v0"},
        "count": {"test:v0"},
    }


# Every reader a row


def stored_model(store: MemoryStore, folder: Path, text: str = "weights") -> Version:
    """Return a version of an earlier run."""
    file = folder / "weights.bin"
    file.write_text(text)
    store.open_step(Step("before", "train", "earlier", "earlier", "before"))
    draft = Draft("model", "model", (Source(file.name, file),))
    version = store.log("before", draft).version
    store.close_step("before", Ending("finished", 0.5))
    return version


def from_the_store(name: str, version: Version) -> DatasetPlan:
    return DatasetPlan(
        dataset=name,
        artifact=version.name,
        type=version.type,
        kind="artifact",
        where=f"{version.name}:prod",
        reference=f"{version.name}:{version.digest}",
    )


def test_every_reader_of_a_version_has_it_as_an_input(tmp_path: Path) -> None:
    """A second dataset in a step, and a second step; the table has the artifact's words."""
    store = MemoryStore()
    version = stored_model(store, tmp_path)
    nodes = {"a.one": (("prod", "best"), ("x",)), "b.two": (("prod",), ("y",))}
    plans = [from_the_store(name, version) for name in ("prod", "best")]
    run = Played(plan_of(tmp_path, nodes, *plans), store)
    for name in nodes:
        run.node(name)
    run.recorder.end("finished")
    assert run.rows("a")[:2] == [
        ("prod", "model:v0", "used", ""),
        ("best", "model:v0", "used", ""),
    ]
    assert run.rows("b")[0] == ("prod", "model:v0", "used", "")
    assert run.inputs("a") == run.inputs("b") == {"model:v0"}
    assert store.find("x").metadata["inputs"] == {"prod": version.digest, "best": version.digest}


def test_what_could_not_be_logged_is_told_to_each_reader(tmp_path: Path) -> None:
    """With the reason; the run's other datasets are logged."""
    nodes = {"a.one": (("raw",), ("rows",)), "b.two": (("rows", "raw"), ("y",))}
    (tmp_path / "raw.txt").write_text("raw")
    run = Played(plan_of(tmp_path, nodes, in_partitions(tmp_path, "rows")))
    for name in nodes:
        run.node(name)
    run.recorder.end("finished")
    assert run.rows("a")[1] == ("rows", "", "not logged", "there is no file")
    assert run.rows("b") == [
        ("rows", "", "not logged", "there is no file"),
        ("raw", "raw:v0", "used", ""),
        ("y", "y:v0", "new", ""),
    ]


def test_a_pinned_version_is_its_content_in_any_store(tmp_path: Path) -> None:
    """Where the server is lost, the local store may know another content by that number."""
    server, local = MemoryStore(), MemoryStore()
    version = stored_model(server, tmp_path, "what was loaded")
    stored_model(local, tmp_path, "another model")
    checkout = tmp_path / "store" / CHECKOUTS / "model" / version.digest
    server.fetch(version, checkout)
    nodes = {"a.one": (("prod",), ("x",))}
    run = Played(plan_of(tmp_path, nodes, from_the_store("prod", version)), local)
    run.node("a.one")
    run.recorder.end("finished")
    (used,) = local.inputs("a")
    assert (used.digest, used.type, used.reference) == (version.digest, "model", "model:v1")


@pytest.mark.parametrize("damage", [shutil.rmtree, lambda it: (it / "more.txt").write_text("")])
def test_a_pinned_version_that_nobody_has_whole_is_not_logged(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    """Rather none than another."""
    server = MemoryStore()
    version = stored_model(server, tmp_path)
    checkout = tmp_path / "store" / CHECKOUTS / "model" / version.digest
    server.fetch(version, checkout)
    damage(checkout)
    run = Played(plan_of(tmp_path, {"a.one": (("prod",), ())}, from_the_store("prod", version)))
    run.node("a.one")
    run.recorder.end("finished")
    ((_, _, status, reason),) = run.rows("a")
    assert (status, "was not fetched whole" in reason) == ("not logged", True)
    assert run.inputs("a") == set()


# Partitions


PARTS = {"a.split": (("raw",), ("parts",)), "b.gather": (("parts",), ("all",))}


def partitioned(folder: Path, *there: str) -> Played:
    """Return a run whose first node writes the partition ``new``."""
    (folder / "parts").mkdir()
    for name in there:
        (folder / f"parts/{name}.txt").write_text(name)
    (folder / "raw.txt").write_text("raw")
    return Played(plan_of(folder, PARTS, in_partitions(folder, "parts")))


def entries(run: Played, reference: str) -> list[str]:
    return [entry.name for entry in run.store.entries(run.store.find(reference))]


def test_of_partitions_those_offered_are_the_input(tmp_path: Path) -> None:
    """Where they are more than the run wrote, its own version is an input as well."""
    run = partitioned(tmp_path, "old", "hidden")
    run.node("a.split", lambda: (tmp_path / "parts/new.txt").write_text("new"))
    run.node("b.gather", parts=["old", "new"])
    run.recorder.end("finished")
    assert entries(run, "parts:v0") == ["new.txt"]
    assert entries(run, "parts:v1") == ["new.txt", "old.txt"]
    assert run.outputs("a") == {"parts:v0"}
    assert run.inputs("b") == {"parts:v0", "parts:v1"}
    assert run.made_of("all") == {"parts:v1"}
    assert [row[:3] for row in run.rows("b")[:2]] == [
        ("parts", "parts:v0", "used"),
        ("parts", "parts:v1", "used"),
    ]


def test_partitions_offered_as_they_were_written_are_one_version(tmp_path: Path) -> None:
    """Nothing is told twice."""
    run = partitioned(tmp_path, "hidden")
    run.node("a.split", lambda: (tmp_path / "parts/new.txt").write_text("new"))
    run.node("b.gather", parts=["new"])
    run.recorder.end("finished")
    assert run.inputs("b") == {"parts:v0"}
    assert len(run.rows("b")) == 2


def test_a_step_that_reads_more_partitions_than_it_wrote_uses_them(tmp_path: Path) -> None:
    """What it wrote itself is its output, never its input."""
    nodes = {"a.split": PARTS["a.split"], "a.gather": PARTS["b.gather"]}
    (tmp_path / "parts").mkdir()
    for name in ("parts/old", "raw"):
        (tmp_path / f"{name}.txt").write_text("old")
    run = Played(plan_of(tmp_path, nodes, in_partitions(tmp_path, "parts")))
    run.node("a.split", lambda: (tmp_path / "parts/new.txt").write_text("new"))
    run.node("a.gather", parts=["old", "new"])
    run.recorder.end("finished")
    assert run.inputs("a") == {"raw:v0", "parts:v1"}
    assert run.outputs("a") == {"parts:v0", "all:v0"}


def test_an_old_partition_that_changed_meanwhile_is_not_taken_for_what_was_read(
    tmp_path: Path,
) -> None:
    """The table says so; the version that the run wrote is an input all the same."""
    run = partitioned(tmp_path, "old")
    run.node("a.split", lambda: (tmp_path / "parts/new.txt").write_text("new"))
    (tmp_path / "parts/old.txt").write_text("changed by somebody")
    run.node("b.gather", parts=["old", "new"])
    run.recorder.end("finished")
    assert run.inputs("b") == {"parts:v0"}
    assert run.rows("b")[1] == (
        "parts", "", "not logged", "old.txt changed while the run was reading it",
    )  # fmt: skip


def test_partitions_are_offered_in_the_end_where_no_node_told_of_them(tmp_path: Path) -> None:
    """As under ParallelRunner."""
    run = partitioned(tmp_path, "old")
    for name in ("parts/new", "all"):
        (tmp_path / f"{name}.txt").write_text("new")
    run.recorder.end("finished", {"parts": ("old", "new")})
    assert run.inputs("b") == {"parts:v0", "parts:v1"}


def test_ids_that_name_no_file_do_not_count(tmp_path: Path) -> None:
    """As of a class that numbers its partitions: of a raw folder, all may have been read."""
    run = partitioned(tmp_path, "old")
    run.node("a.split", lambda: (tmp_path / "parts/new.txt").write_text("new"))
    run.node("b.gather", parts=["1", "2"])
    run.recorder.end("finished")
    assert run.inputs("b") == {"parts:v0"}
    raw = Played(
        plan_of(tmp_path, {"b.gather": PARTS["b.gather"]}, in_partitions(tmp_path, "parts"))
    )
    raw.node("b.gather", parts=["1", "2"])
    assert entries(raw, "parts:v0") == ["new.txt", "old.txt"]


def test_where_no_partition_was_offered_that_is_the_reason(tmp_path: Path) -> None:
    """Files are there; none of them is new."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/old.txt").write_text("old")
    plan = in_partitions(tmp_path, "parts")
    run = Played(plan_of(tmp_path, {"b.gather": PARTS["b.gather"]}, plan))
    run.node("b.gather", parts=[])
    run.recorder.end("finished")
    assert run.rows("b")[0] == (
        "parts", "", "not logged", "nothing new: no partition of it was offered",
    )  # fmt: skip


# Two names for one place


SHARED = {"a.fix": (("before",), ("after",)), "b.fit": (("before",), ("model",))}


def shared(folder: Path) -> RunPlan:
    """Return a run that reads a file under one name and rewrites it under another."""
    (folder / "rows.txt").write_text("as it was")
    (folder / "kept.txt").write_text("as it was")
    read = in_file(folder, "before", "rows.txt").model_copy(
        update={"copy_at": str(folder / "kept.txt"), "artifact": "rows"}
    )
    written = in_file(folder, "after", "rows.txt").model_copy(update={"artifact": "rows"})
    return plan_of(folder, SHARED, read, written)


def test_a_file_that_is_rewritten_under_another_name_is_an_input_as_it_was(tmp_path: Path) -> None:
    """And for who reads it after that, what was written by then; both are one artifact's."""
    run = Played(shared(tmp_path))
    run.node("a.fix")
    run.node("b.fit")
    run.recorder.end("finished")
    assert (run.inputs("a"), run.outputs("a")) == ({"rows:v0"}, {"rows:v1"})
    assert run.inputs("b") == {"rows:v1"}
    assert entries(run, "rows:v0") == entries(run, "rows:v1") == ["rows.txt"]
    assert run.store.find("rows:v1").metadata["inputs"] == {
        "before": run.store.find("rows:v0").digest
    }
    assert run.store.find("model").metadata["inputs"] == {
        "before": run.store.find("rows:v1").digest
    }


# What can't be helped


def test_numbers_that_are_not_in_the_summary_are_told(tmp_path: Path) -> None:
    """With those that are."""
    plan = in_file(tmp_path, "metrics", "metrics.json")
    run = Played(plan_of(tmp_path, {"a.judge": ((), ("metrics",))}, plan))
    text = '{"acc": 0.9, "rep": {"p": 1.0}, "drops": ["x"]}'
    run.node("a.judge", lambda: (tmp_path / "metrics.json").write_text(text))
    run.recorder.end("finished")
    assert isinstance(run.store, MemoryStore)
    assert run.store.endings["a"].summary == {"metrics/acc": 0.9, "metrics/rep.p": 1.0}
    assert run.rows("a") == [("metrics", "metrics:v0", "new", "not in the summary: drops")]


def test_evidence_that_fails_leaves_no_step_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure is told, and the steps that were begun end."""

    class Failing:
        def __init__(self, *_: object, **__: object) -> None:
            msg = "nobody has foreseen this"
            raise RuntimeError(msg)

    monkeypatch.setattr(recorder_module, "Evidence", Failing)
    run = Played(plan_of(tmp_path, CHAIN))
    run.recorder.end("finished")
    assert run.recorder.problems == ["RuntimeError: nobody has foreseen this"]


def test_a_file_that_can_not_be_looked_at_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the others show counts all the same."""
    from kedro_wandb.tracker import evidence

    (tmp_path / "raw.txt").write_text("raw")
    run = Played(plan_of(tmp_path, CHAIN))
    for name in ("rows", "model"):
        (tmp_path / f"{name}.txt").write_text("new")
    look = evidence.marks

    def fail(where: str, suffix: str) -> object:
        if where.endswith("rows.txt"):
            msg = "no permission"
            raise PermissionError(msg)
        return look(where, suffix)

    monkeypatch.setattr(evidence, "marks", fail)
    run.recorder.end("failed")
    assert run.recorder.problems == ["whether rows was written can't be seen: no permission"]
    assert [row[0] for row in run.rows("train") if row[0]] == ["rows", "model"]


def test_bytes_that_stay_elsewhere_are_not_counted_as_stored() -> None:
    """A reference's size is part of the version's; nor is anything stored of known content."""
    local = Source("a.csv", Path("a.csv"))
    remote = Source("b.csv", ref="s3://bucket/b.csv", digest="etag", size=700)
    draft = Draft("raw", "dataset", (local, remote))
    version = Version("raw", "dataset", 0, "d" * 32, 1000)
    assert stored_bytes(draft, Outcome(version, "new")) == 300
    assert stored_bytes(draft, Outcome(version, "unchanged")) == 0
    assert stored_bytes(None, Outcome(version, "unchanged")) == 0

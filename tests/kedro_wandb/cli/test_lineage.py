"""Lineage: where a version comes from and where it went, as a tree."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from played import Played, plan_of
from rich.console import Console

from kedro_wandb.cli.lineage import Node, as_json, nodes, rendered, tree
from kedro_wandb.stores.base import Draft, Ending, Link, Source, Step, StepRecord, Version
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.making import Graph

Run = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """An empty local store."""
    made = LocalStore(tmp_path / "store")
    yield made
    made.close()


@pytest.fixture
def run(store: LocalStore, tmp_path: Path) -> Run:
    """Runs a step of one node that uses and logs artifacts by name.

    Equal texts are equal content. With ``told=False`` no version tells what it was made of.
    """

    def draft(name: str, text: str, **metadata: object) -> Draft:
        names = ["a.csv", "b.csv"] if name == "drops" else [f"{name}.csv"]
        files = [tmp_path / text / each for each in names]
        for file in files:
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{text} {file.name}", encoding="utf-8")
        kind = "model" if name == "model" else "dataset"
        sources = tuple(Source(file.name, file) for file in files)
        return Draft(name, kind, sources, metadata=metadata)

    def make(
        step: str, uses: Sequence[str], logs: Sequence[str], text: str = "1", *, told: bool = True
    ) -> None:
        store.open_step(Step(f"{step}-{text}", step, f"week {text}", "run", step))
        used = [store.use(f"{step}-{text}", draft(name, text)).version for name in uses]
        metadata = {"inputs": {each.name: each.digest for each in used}} if told else {}
        for name in logs:
            store.log(f"{step}-{text}", draft(name, text, **metadata))
        store.close_step(f"{step}-{text}", Ending("finished", 1.0))

    return make


@pytest.fixture
def weekly(run: Run) -> None:
    """Drops become rows, rows become two parts, and both parts become a model and numbers."""
    run("process", ["drops"], ["rows"])
    run("split", ["rows"], ["train", "test"])
    run("modeling", ["train", "test"], ["model", "metrics"])


def outline(node: Node) -> list[str]:
    """Return names with their depths and marks, in the order shown."""

    def lines(each: Node, depth: int) -> Iterator[str]:
        mark = "^" if each.seen else "…" if each.cut else ""
        yield f"{'  ' * depth}{each.name}{mark}"
        for child in each.children:
            yield from lines(child, depth + 1)

    return list(lines(node, 0))


def shown(node: Node) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(rendered(node))
    return capture.get()


@pytest.mark.usefixtures("weekly")
def test_upwards_it_leads_to_the_raw_files(store: LocalStore) -> None:
    """Through every step; what two ways lead to is told once."""
    assert outline(tree(Graph(store), store.find("model"), "up", 9)) == [
        "model:v0",
        "  modeling-1",
        "    train:v0",
        "      split-1",
        "        rows:v0",
        "          process-1",
        "            drops:v0",
        "              a.csv",
        "              b.csv",
        "    test:v0",
        "      split-1^",
    ]


@pytest.mark.usefixtures("weekly")
def test_downwards_it_leads_to_all_that_came_of_it(store: LocalStore) -> None:
    """Each output of each step that used it."""
    assert outline(tree(Graph(store), store.find("rows"), "down", 9)) == [
        "rows:v0",
        "  split-1",
        "    train:v0",
        "      modeling-1",
        "        model:v0",
        "        metrics:v0",
        "    test:v0",
        "      modeling-1^",
    ]


def test_a_version_leads_to_what_its_node_read(tmp_path: Path, store: LocalStore) -> None:
    """Not to what other nodes of its step did, though W&B's run has all of it."""
    for name in ("train", "test"):
        (tmp_path / f"{name}.txt").write_text(name, encoding="utf-8")
    nodes = {"s.fit": (("train",), ("model",)), "s.judge": (("model", "test"), ("score",))}
    run = Played(plan_of(tmp_path, nodes), store)
    for node in nodes:
        run.node(node)
    run.recorder.end("finished")
    assert run.inputs("s") == {"train:v0", "test:v0"}
    graph = Graph(store)
    assert outline(tree(graph, store.find("model"), "up", 9)) == ["model:v0", "  s", "    train:v0"]
    assert outline(tree(graph, store.find("score"), "up", 9)) == [
        "score:v0",
        "  s",
        "    model:v0",
        "    train:v0",
        "    test:v0",
    ]
    assert outline(tree(graph, store.find("train"), "down", 9)) == [
        "train:v0",
        "  s",
        "    model:v0",
        "    score:v0",
    ]
    assert outline(tree(graph, store.find("test"), "down", 9)) == ["test:v0", "  s", "    score:v0"]
    assert outline(tree(graph, store.find("model"), "down", 9)) == [
        "model:v0",
        "  s",
        "    score:v0",
    ]
    assert "model:v0 [latest] · dataset, 13 bytes (by the same step)\n" in shown(
        tree(graph, store.find("score"), "up", 9)
    )


def test_where_the_node_is_not_known_the_step_stands_for_it(store: LocalStore, run: Run) -> None:
    """And the tree says so, for people and for programs."""
    run("both", ["train", "test"], ["model"], told=False)
    found = tree(Graph(store), store.find("model"), "up", 9)
    assert outline(found) == ["model:v0", "  both-1", "    train:v0", "    test:v0"]
    assert "both · finished · week 1 · inputs of the step\n" in shown(found)
    assert as_json(found)["children"][0]["by_step"] is True
    found = tree(Graph(store), store.find("test"), "down", 9)
    assert "both · finished · week 1 · outputs of the step\n" in shown(found)
    run("none", [], ["seed"], told=False)
    assert shown(tree(Graph(store), store.find("seed"), "up", 9)).endswith("finished · week 1\n")


@pytest.mark.usefixtures("weekly")
def test_it_ends_at_the_depth_asked_for(store: LocalStore) -> None:
    """Counted in steps; what lies beyond is marked."""
    assert outline(tree(Graph(store), store.find("model"), "up", 1)) == [
        "model:v0",
        "  modeling-1",
        "    train:v0…",
        "    test:v0…",
    ]
    found = outline(tree(Graph(store), store.find("model"), "up", 2))
    assert "        rows:v0…" in found
    assert "          process-1" not in found


def test_a_version_of_two_steps_has_both_above_it(store: LocalStore, run: Run) -> None:
    """With ``--all``: the same content was logged twice; the one that made it comes first."""
    run("process", ["drops"], ["rows"])
    run("again", ["drops"], ["rows"])
    found = outline(tree(Graph(store), store.find("rows"), "up", 9))
    assert [line for line in found if line.endswith("-1")] == ["  process-1"]
    found = outline(tree(Graph(store), store.find("rows"), "up", 9, every=True))
    assert [line for line in found if line.endswith("-1")] == ["  process-1", "  again-1"]
    assert found[-1] == "    drops:v0^"


def test_a_version_that_is_made_of_itself_ends(store: LocalStore, run: Run) -> None:
    """A step that uses what it logs again unchanged is no endless tree."""
    run("promote", ["model"], ["model"])
    for direction in ("up", "down"):
        assert outline(tree(Graph(store), store.find("model"), direction, 50)) == [
            "model:v0",
            "  promote-1",
            "    model:v0^",
        ]


def test_a_chain_of_weeks_is_followed(store: LocalStore, run: Run) -> None:
    """Each version of the model was made of the one before."""
    weeks = [str(week) for week in range(4)]
    for before, week in itertools.pairwise(weeks):
        run("carry", ["model"], [], before)
        store.open_step(Step(f"train-{week}", "train", "x", "run", "train"))
        store.use(f"train-{week}", store.find(f"model:v{before}"))
        store.close_step(f"train-{week}", Ending("finished", 1.0))
        run("train", [], ["model"], week, told=False)
    found = tree(Graph(store), store.find("model:v3"), "up", 9)
    assert [node.name for node in nodes(found) if node.kind == "version"] == [
        "model:v3",
        "model:v2",
        "model:v1",
        "model:v0",
    ]


def test_a_version_that_nothing_used_has_nothing_below(store: LocalStore, run: Run) -> None:
    """Nor has a single raw file anything above: its name says no more than its own."""
    run("train", ["rows"], ["model"])
    assert outline(tree(Graph(store), store.find("model"), "down", 9)) == ["model:v0"]
    assert outline(tree(Graph(store), store.find("rows"), "up", 9)) == ["rows:v0"]


@pytest.mark.usefixtures("weekly")
def test_a_store_is_asked_once_for_all(store: LocalStore) -> None:
    """A server answers few requests, however many ways lead through the graph."""

    class Counting(LocalStore):
        asked: list[str] = []  # noqa: RUF012 - of this test alone

        def links(self) -> list[Link]:
            self.asked.append("links")
            return super().links()

        def producers(self, version: Version) -> list[StepRecord]:
            raise AssertionError(version)

        inputs = outputs = consumers = producers  # type: ignore[assignment]

    counting = Counting(store.folder)
    graph = Graph(counting)
    for direction in ("up", "down"):
        tree(graph, counting.find("model"), direction, 9)
    counting.close()
    assert counting.asked == ["links"]


def test_after_200_weekly_runs_it_is_short(store: LocalStore, run: Run, tmp_path: Path) -> None:
    """Each version once, with the number of runs that made it again; ``--all`` tells each."""
    run("process", ["drops"], ["rows"])
    rows, drops = store.find("rows"), store.find("drops")
    metadata = {"inputs": {"drops": drops.digest}}
    for week in range(2, 201):
        id_ = f"process-{week}"
        store.open_step(Step(id_, "process", f"week {week}", "run", "process"))
        store.use(id_, drops)
        (tmp_path / "1/report.csv").write_text(f"{week}", encoding="utf-8")
        for name in ("rows", "report"):
            source = Source(f"{name}.csv", tmp_path / f"1/{name}.csv")
            store.log(id_, Draft(name, "dataset", (source,), metadata=metadata))
        store.close_step(id_, Ending("finished", 1.0))
    graph = Graph(store)
    text = shown(tree(graph, rows, "up", 9))
    assert "rows:v0 [latest] · dataset, 10 bytes · made again by 199 runs" in text
    assert "process · finished · week 1\n" in text
    assert len(text.splitlines()) == 5
    text = shown(tree(graph, drops, "down", 9))
    assert "process · finished · week 200 · and 199 older runs" in text
    assert "report:v198 [latest] · dataset, 3 bytes · and 198 older versions" in text
    assert len(text.splitlines()) == 4
    for node, direction in ((rows, "up"), (drops, "down")):
        text = shown(tree(graph, node, direction, 9, every=True))
        assert text.count("process · finished") == 200
    assert text.count("report:v") == 199


def test_a_few_versions_are_all_shown(store: LocalStore, run: Run) -> None:
    """Up to three of a name, though the same pipeline made them."""
    run("process", ["drops"], [])
    for week in ("2", "3", "4"):
        store.open_step(Step(f"train-{week}", "train", week, "run", "train"))
        store.use(f"train-{week}", store.find("drops"))
        store.close_step(f"train-{week}", Ending("finished", 1.0))
        run("train", [], ["model"], week, told=False)
    found = outline(tree(Graph(store), store.find("drops"), "down", 9))
    assert found == ["drops:v0", "  process-1", "  train-4", "    model:v2", "    model:v1",
                     "    model:v0"]  # fmt: skip


def test_what_leads_only_to_what_is_told_already_is_one_line(store: LocalStore, run: Run) -> None:
    """With their number; ``--all`` names each."""
    names = ["a", "b", "c", "d"]
    run("early", ["rows"], names)
    run("late", ["rows", "more"], names)
    text = shown(tree(Graph(store), store.find("rows"), "down", 9))
    assert "late · finished · week 1 · 4 versions (see above)\n" in text
    assert len(text.splitlines()) == 7
    text = shown(tree(Graph(store), store.find("rows"), "down", 9, every=True))
    assert text.count("(see above)") == 4


def test_of_many_raw_files_the_newest_are_shown(store: LocalStore, tmp_path: Path) -> None:
    """And how many more there are."""
    sources = []
    for day in range(10, 30):
        file = tmp_path / f"2024-01-{day}.csv"
        file.write_text("x", encoding="utf-8")
        sources.append(Source(file.name, file))
    store.open_step(Step("s", "s", "x", "run", "s"))
    version = store.use("s", Draft("drops", "dataset", tuple(sources))).version
    labels = [node.label for node in tree(Graph(store), version, "up", 9).children]
    assert labels[0] == "15 more files"
    assert labels[-1].startswith("2024-01-29.csv · ")
    assert len(labels) == 6
    assert len(tree(Graph(store), version, "up", 9, every=True).children) == 20


@pytest.mark.usefixtures("weekly")
def test_people_see_names_aliases_and_states(store: LocalStore) -> None:
    """As a tree, whose square brackets are not taken for markup."""
    store.set_alias(store.find("model"), "prod")
    text = shown(tree(Graph(store), store.find("model"), "up", 2))
    assert "model:v0 [latest] [prod] · model, 11 bytes" in text
    assert "└── modeling · finished · week 1" in text
    assert "rows:v0 [latest] · dataset, 10 bytes …" in text
    assert "split · finished · week 1 (see above)" in text


@pytest.mark.usefixtures("weekly")
def test_programs_get_the_same_as_json(store: LocalStore) -> None:
    """Kind, name, label and children of each node, and the marks where there are any."""
    found = tree(Graph(store), store.find("model"), "up", 2)
    told = json.loads(json.dumps(as_json(found)))
    assert {key: told[key] for key in ("kind", "name")} == {"kind": "version", "name": "model:v0"}
    (step,) = told["children"]
    train, test = step["children"]
    assert (step["kind"], train["name"], test["name"]) == ("step", "train:v0", "test:v0")
    assert train["children"][0]["children"][0]["cut"] is True
    assert test["children"][0]["seen"] is True
    assert "seen" not in train
    assert "children" not in test["children"][0]


def test_a_failed_step_is_told_as_such(store: LocalStore, run: Run) -> None:
    """It may have made versions all the same."""
    run("train", ["rows"], ["model"])
    store.open_step(Step("train-1", "train", "week 1", "run", "train"))
    store.close_step("train-1", Ending("killed", 2.0))
    assert "train · killed · week 1" in shown(tree(Graph(store), store.find("model"), "up", 1))

"""Which step owns which node, and what it knows."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline
from pydantic import BaseModel

from kedro_wandb.hook.steps import (
    Ownership,
    parameters_of,
    plan_nodes,
    registered_pipelines,
    step_id,
)
from kedro_wandb.protocol.plan import NodePlan


def nothing(*_: object) -> None:
    """Do nothing."""


def node(name: str, *inputs: str, output: str | None = None, namespace: str | None = None) -> Node:
    return Node(nothing, list(inputs), output, name=name, namespace=namespace)


class Options(BaseModel):
    """Parameters as Kedro hands them to a node that has a type for them."""

    seed: int


CLEAN = Pipeline([node("load", "raw", output="rows"), node("check", "rows", output="checked")])
TRAIN = Pipeline([node("fit", "checked", "params:model.seed", output="model")])
REGISTERED = {"clean": CLEAN, "train": TRAIN, "all": CLEAN + TRAIN, "__default__": CLEAN + TRAIN}


def steps(pipelines: dict[str, Pipeline], *named: str) -> dict[str, str]:
    """Return the step of each node of both pipelines."""
    ownership = Ownership(pipelines, named)
    return {each.name: ownership.step_of(each) for each in (CLEAN + TRAIN).nodes}


def test_a_node_belongs_to_its_modular_pipeline() -> None:
    """Not to a sum of pipelines, under whatever name."""
    assert steps(REGISTERED) == {"load": "clean", "check": "clean", "fit": "train"}


def test_a_pipeline_that_was_asked_for_owns_its_nodes() -> None:
    """Also where a smaller one, which nobody asked for, holds some of them."""
    registered = REGISTERED | {"quick": Pipeline([CLEAN.nodes[1]])}
    assert steps(registered, "clean")["check"] == "clean"
    assert steps(registered, "clean", "quick")["check"] == "quick"
    assert steps(registered, "all") == dict.fromkeys(("load", "check", "fit"), "all")


def test_what_was_not_asked_for_owns_nothing() -> None:
    """As a pipeline that shares a node with the default one, and has others beside it."""
    other = Pipeline([CLEAN.nodes[1], node("more", "checked", output="seen")])
    registered = {"clean": CLEAN + TRAIN, "other": other, "__default__": CLEAN + TRAIN}
    assert steps(registered)["check"] == "clean"
    assert steps(registered, "__default__")["check"] == "clean"


def test_a_node_in_sums_alone_belongs_to_the_smallest() -> None:
    """As in a project that registers pipelines by hand, with or without a default."""
    both = CLEAN + TRAIN
    assert steps({"all": both, "__default__": both})["fit"] == "all"
    assert steps({"all": both, "more": both + Pipeline([node("x", "y")])})["fit"] == "all"


def test_a_project_with_one_pipeline_has_one_step() -> None:
    """Named after Kedro's default, or after the namespace of its nodes."""
    assert steps({"__default__": TRAIN})["fit"] == "default"
    inside = node("fit", "checked", namespace="germany.train")
    assert Ownership({"__default__": Pipeline([inside])}).step_of(inside) == "germany.train"


def test_an_entry_that_is_no_pipeline_owns_nothing() -> None:
    """``sum`` of no pipelines is 0."""
    assert registered_pipelines({"clean": CLEAN, "__default__": 0}) == {"clean": CLEAN}


def test_the_plan_has_datasets_without_parameters_and_transcoding() -> None:
    """Both sides of a transcoded dataset are the same file."""
    pipeline = Pipeline(
        [node("write", "params:x", output="table@a"), node("read", "table@b", "parameters")]
    )
    assert plan_nodes(pipeline, {"p": pipeline}) == (
        NodePlan(name="write", step="p", inputs=(), outputs=("table",)),
        NodePlan(name="read", step="p", inputs=("table",), outputs=()),
    )


def test_a_step_has_the_parameters_that_its_nodes_read() -> None:
    """By the names that the nodes use; one that is missing is ``None``."""
    everything = {"model": {"seed": 3, "depth": 4}, "other": 1}
    assert parameters_of(TRAIN.nodes, everything) == {"model.seed": 3}
    assert parameters_of([node("n", "params:typed.seed")], {"typed": Options(seed=4)}) == {
        "typed.seed": 4
    }
    assert parameters_of([node("n", "params:absent")], everything) == {"absent": None}
    assert parameters_of([node("n", "parameters", "params:other")], everything) == everything


def test_ids_are_the_same_for_the_same_and_others_for_others() -> None:
    """Two processes with one run id do not share steps."""
    assert step_id("run", "host:1", "clean") == step_id("run", "host:1", "clean")
    ids = {step_id("run", f"host:{pid}", step) for pid in (1, 2) for step in ("clean", "train")}
    assert len(ids) == 4

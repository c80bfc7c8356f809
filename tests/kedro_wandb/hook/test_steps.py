"""Which step owns which node, and what it knows."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline

from kedro_wandb.hook.steps import parameters_of, plan_nodes, step_id, step_of
from kedro_wandb.protocol.plan import NodePlan


def nothing(*_: object) -> None:
    """Do nothing."""


def node(name: str, *inputs: str, output: str | None = None, namespace: str | None = None) -> Node:
    return Node(nothing, list(inputs), output, name=name, namespace=namespace)


CLEAN = Pipeline([node("load", "raw", output="rows"), node("check", "rows", output="checked")])
TRAIN = Pipeline([node("fit", "checked", "params:model.seed", output="model")])
REGISTERED = {"clean": CLEAN, "train": TRAIN, "all": CLEAN + TRAIN, "__default__": CLEAN + TRAIN}


def test_a_node_belongs_to_its_modular_pipeline() -> None:
    """Not to a sum of pipelines, under whatever name."""
    found = {each.name: step_of(each, REGISTERED) for each in (CLEAN + TRAIN).nodes}
    assert found == {"load": "clean", "check": "clean", "fit": "train"}


def test_a_node_in_sums_alone_belongs_to_the_smallest() -> None:
    """As in a project that registers pipelines by hand."""
    assert step_of(TRAIN.nodes[0], {"all": CLEAN + TRAIN, "__default__": CLEAN + TRAIN}) == "all"


def test_a_project_with_one_pipeline_has_one_step() -> None:
    """Named after Kedro's default, or after the namespace of its nodes."""
    assert step_of(TRAIN.nodes[0], {"__default__": TRAIN}) == "default"
    inside = node("fit", "checked", namespace="germany.train")
    assert step_of(inside, {"__default__": Pipeline([inside])}) == "germany.train"


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
    assert parameters_of([node("n", "params:absent")], everything) == {"absent": None}
    assert parameters_of([node("n", "parameters", "params:other")], everything) == everything


def test_ids_are_the_same_for_the_same_and_others_for_others() -> None:
    """Two processes with one run id do not share steps."""
    assert step_id("run", "host:1", "clean") == step_id("run", "host:1", "clean")
    ids = {step_id("run", f"host:{pid}", step) for pid in (1, 2) for step in ("clean", "train")}
    assert len(ids) == 4

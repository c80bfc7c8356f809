"""Which step owns which node: one step for each modular pipeline in a run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from kedro_wandb.hook.names import untranscoded
from kedro_wandb.protocol.plan import NodePlan

DEFAULT = "__default__"
"""Kedro's name for what a plain ``kedro run`` does."""

PARAMETERS, PARAMETER = "parameters", "params:"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "kedro-wandb")


def step_of(node: Node, pipelines: Mapping[str, Pipeline]) -> str:
    """Return the name of the modular pipeline that owns a node.

    It is the smallest registered pipeline with that node, so that sums of pipelines, such
    as ``__default__``, own only what no other has. A node in none of them goes by its
    namespace.

    Args:
        node: Of the pipeline that is run.
        pipelines: The registered pipelines by name.
    """
    holders = [name for name, pipeline in pipelines.items() if _has(pipeline, node)]
    modular = [name for name in holders if name != DEFAULT]
    if modular:
        return min(modular, key=lambda name: (len(pipelines[name].nodes), name))
    return node.namespace or DEFAULT.strip("_")


def _has(pipeline: Pipeline, node: Node) -> bool:
    return any(other.name == node.name for other in pipeline.nodes)


def plan_nodes(pipeline: Pipeline, pipelines: Mapping[str, Pipeline]) -> tuple[NodePlan, ...]:
    """Return the nodes of a run in their order, each with its step and datasets."""
    return tuple(
        NodePlan(
            name=node.name,
            step=step_of(node, pipelines),
            inputs=_datasets(node.inputs),
            outputs=_datasets(node.outputs),
        )
        for node in pipeline.nodes
    )


def _datasets(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(untranscoded(name) for name in names if not is_parameter(name)))


def is_parameter(name: str) -> bool:
    """Tell parameters, which are configuration, from datasets.

    >>> is_parameter("params:modeling.seed"), is_parameter("parameters"), is_parameter("listings")
    (True, True, False)
    """
    return name == PARAMETERS or name.startswith(PARAMETER)


def parameters_of(nodes: Iterable[Node], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that nodes read, and no others.

    Args:
        nodes: Of one step.
        parameters: All of the project's.

    Returns:
        Values by name without ``params:``, such as ``modeling.seed``; all of them if a
        node reads ``parameters``.
    """
    names = sorted({name for node in nodes for name in node.inputs if is_parameter(name)})
    if PARAMETERS in names:
        return dict(parameters)
    read = [name.removeprefix(PARAMETER) for name in names]
    return {name: _value(parameters, name) for name in read}


def _value(parameters: Mapping[str, Any], name: str) -> Any:
    value: Any = parameters
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def step_id(run_id: str, place: str, step: str) -> str:
    """Return the id of a step, the same whenever it is asked for.

    Args:
        run_id: Kedro's.
        place: What tells two runs of one id apart, such as host and process.
        step: Name of the modular pipeline.

    >>> step_id("2024-01-08T10.00.00.000Z", "host:1", "modeling")
    'ccfde55f9195'
    """
    return uuid.uuid5(_NAMESPACE, f"{place}/{run_id}/{step}").hex[:12]

"""Which step owns which node: one step for each modular pipeline in a run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from kedro_wandb.hook.names import untranscoded
from kedro_wandb.protocol.plan import NodePlan

DEFAULT = "__default__"
"""Kedro's name for what a plain ``kedro run`` does."""

PARAMETERS, PARAMETER = "parameters", "params:"

NOTHING: Mapping[str, str] = MappingProxyType({})

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "kedro-wandb")


def registered_pipelines(registry: Mapping[str, object]) -> dict[str, Pipeline]:
    """Return the pipelines of a registry; other entries, such as an empty sum (0), own nothing."""
    found = ((name, registry[name]) for name in registry)
    return {name: each for name, each in found if isinstance(each, Pipeline)}


class Ownership:
    """Which modular pipeline owns which node of a run.

    Of the pipelines that were named on the command line, the smallest with that node; else
    the smallest of those that make up what was asked for. So sums of pipelines own only
    what no other has, and a pipeline that nobody asked for owns nothing. A node in none of
    them goes by its namespace.

    Args:
        pipelines: The registered ones by name.
        named: Those that were asked for; none means Kedro's default.

    >>> Ownership({"all": Pipeline([])}).step_of(Node(print, "rows", None, namespace="eu"))
    'eu'
    """

    def __init__(self, pipelines: Mapping[str, Pipeline], named: Iterable[str] = ()) -> None:
        nodes = {name: {node.name for node in each.nodes} for name, each in pipelines.items()}
        asked = [name for name in named if name in nodes]
        wanted = set().union(*(nodes[name] for name in asked or [DEFAULT] if name in nodes))
        modular = [name for name in nodes if name != DEFAULT]
        parts = [name for name in modular if nodes[name] <= wanted or DEFAULT not in nodes]
        self._nodes = nodes
        self._ranks = [[name for name in modular if name in asked], parts]

    def step_of(self, node: Node) -> str:
        """Return the name of the step that owns a node."""
        for names in self._ranks:
            holders = [name for name in names if node.name in self._nodes[name]]
            if holders:
                return min(holders, key=lambda name: (len(self._nodes[name]), name))
        return node.namespace or DEFAULT.strip("_")


def plan_nodes(
    pipeline: Pipeline,
    pipelines: Mapping[str, Pipeline],
    named: Iterable[str] = (),
    loaded: Mapping[str, str] = NOTHING,
) -> tuple[NodePlan, ...]:
    """Return the nodes of a run in their order, each with its step and datasets.

    Args:
        pipeline: What is run.
        pipelines: The registered ones by name.
        named: Those that were asked for.
        loaded: What stands for a dataset where it is read, if that is not what the run writes.
    """
    ownership = Ownership(pipelines, named)
    return tuple(
        NodePlan(
            name=node.name,
            step=ownership.step_of(node),
            inputs=tuple(loaded.get(name, name) for name in _datasets(node.inputs)),
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
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
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

"""What each node of a run is made of, seen through what no store keeps."""

from __future__ import annotations

from kedro_wandb.protocol.plan import RunPlan

DIRECTLY = ""
"""Stands for no dataset between a node and what it reads."""


def origins(plan: RunPlan) -> dict[str, dict[str, str]]:
    """Return the datasets behind the inputs of each node.

    What a run makes and no store keeps (in memory, in a database, excluded) stands for what
    its node has read, over any number of nodes: else the lineage would end there.

    Args:
        plan: The run; its nodes stand in the order in which they may run.

    Returns:
        By node: the datasets, and for each the one that it was read through,
        or ``DIRECTLY``.
    """
    behind: dict[str, tuple[str, ...]] = {}
    found: dict[str, dict[str, str]] = {}
    for node in plan.nodes:
        read: dict[str, str] = {}
        for name in node.inputs:
            if name not in behind:
                read[name] = DIRECTLY
            for origin in behind.get(name, ()):
                read.setdefault(origin, name)
        found[node.name] = read
        unkept = [name for name in node.outputs if plan.datasets[name].kind == "none"]
        behind |= dict.fromkeys(unkept, tuple(read))
    return found

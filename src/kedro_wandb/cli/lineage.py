"""Where a version comes from and where it went, as a tree of versions and steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Group
from rich.markup import escape
from rich.tree import Tree

from kedro_wandb.hook.table import human_size
from kedro_wandb.stores.base import Entry, StepRecord, Store, Version

Direction = Literal["up", "down"]

HEADINGS: dict[Direction, str] = {"up": "made of", "down": "used for"}
"""What a tree in each direction tells."""


@dataclass(frozen=True)
class Node:
    """A version, a step, or a file of a version at the raw end.

    Attributes:
        kind: Which of the three.
        name: ``name:v0``, the step's id, or the file's name.
        label: For people.
        children: Upwards: what it was made of; downwards: what was made of it.
        seen: Its children are told at another place, above this one.
        cut: It has children beyond the depth asked for, or may have.
    """

    kind: Literal["version", "step", "file"]
    name: str
    label: str
    children: tuple[Node, ...] = ()
    seen: bool = False
    cut: bool = False


def tree(store: Store, version: Version, direction: Direction, depth: int) -> Node:
    """Return the lineage of a version.

    Every version and every step is expanded once. (With a depth that cuts, a version may be
    expanded again where more of it can be seen.)

    Args:
        store: Any store.
        version: The root.
        direction: ``up`` to what it was made of, ``down`` to what was made of it.
        depth: Steps between the root and the farthest versions.

    Raises:
        StoreUnavailableError: The store can't be reached.
    """
    return _Walk(store, direction).version(version, depth)


def rendered(node: Node) -> Tree:
    """Return a lineage as rich shows it."""
    root = Tree(_text(node))
    waiting = [(root, node)]
    while waiting:
        shown, each = waiting.pop()
        waiting += [(shown.add(_text(child)), child) for child in each.children]
    return root


def text(trees: Mapping[Direction, Node]) -> Group:
    """Return trees below their headings."""
    return Group(
        *(part for each, node in trees.items() for part in (HEADINGS[each], rendered(node)))
    )


def as_json(node: Node) -> dict[str, Any]:
    """Return a lineage as JSON has it."""
    flags = {name: True for name in ("seen", "cut") if getattr(node, name)}
    below = {"children": [as_json(child) for child in node.children]} if node.children else {}
    return {"kind": node.kind, "name": node.name, "label": node.label, **flags, **below}


def nodes(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order in which they are shown."""
    yield node
    for child in node.children:
        yield from nodes(child)


class _Walk:
    """A walk over a store that asks for every step and version once."""

    def __init__(self, store: Store, direction: Direction) -> None:
        self._store = store
        self._up = direction == "up"
        self._expanded: dict[str, int] = {}

    def version(self, version: Version, depth: int) -> Node:
        """Return a version with what is beyond it, down to ``depth`` further versions."""
        told = " ".join(f"[{alias}]" for alias in version.aliases)
        label = f"{version.reference} {told}".rstrip() + (
            f" · {version.type}, {human_size(version.size)}"
        )
        return self._node(
            Node("version", version.reference, label), depth, lambda: self._beyond(version, depth)
        )

    def _beyond(self, version: Version, depth: int) -> list[Node]:
        steps = self._store.producers(version) if self._up else self._store.consumers(version)
        if steps or not self._up:
            return [self._step(step, depth) for step in steps]
        entries = self._store.entries(version)
        return [_file(entry) for entry in entries] if len(entries) > 1 else []

    def _step(self, record: StepRecord, depth: int) -> Node:
        step = record.step
        label = f"{step.job_type} · {record.state} · {step.experiment}"
        return self._node(
            Node("step", step.id, label), depth, lambda: self._across(step.id, depth - 1)
        )

    def _across(self, step: str, depth: int) -> list[Node]:
        versions = self._store.inputs(step) if self._up else self._store.outputs(step)
        return [self.version(version, depth) for version in versions]

    def _node(self, bare: Node, depth: int, children: Callable[[], list[Node]]) -> Node:
        key = f"{bare.kind} {bare.name}"
        if self._expanded.get(key, -1) >= depth:
            return Node(bare.kind, bare.name, bare.label, seen=True)
        if depth == 0:
            return Node(bare.kind, bare.name, bare.label, cut=True)
        self._expanded[key] = depth
        return Node(bare.kind, bare.name, bare.label, tuple(children()))


def _file(entry: Entry) -> Node:
    return Node("file", entry.name, f"{entry.name} · {human_size(entry.size)}")


def _text(node: Node) -> str:
    marks = {
        "version": f"[bold]{escape(node.label)}[/bold]",
        "step": f"[cyan]{escape(node.label)}[/cyan]",
        "file": escape(node.label),
    }
    note = " (see above)" if node.seen else " …" if node.cut else ""
    return marks[node.kind] + note

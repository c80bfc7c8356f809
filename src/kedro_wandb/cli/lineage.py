"""Where a version comes from and where it went, as a tree of versions and steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
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

_FEW_VERSIONS = 3
_FEW_FILES = 6


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
        folded: Others of its kind that it stands for: of a version, the runs that made it again
            (upwards) or older versions that were made by the same steps (downwards); of a step,
            runs of the same pipeline; of a file, further files.
    """

    kind: Literal["version", "step", "file"]
    name: str
    label: str
    children: tuple[Node, ...] = ()
    seen: bool = False
    cut: bool = False
    folded: int = 0


class Graph:
    """What all steps of a store logged and used, and in what order.

    Args:
        store: Any store; it is asked once for all, and for the files at the raw ends.

    Raises:
        StoreUnavailableError: The store can't be reached.
    """

    def __init__(self, store: Store) -> None:
        self.entries = store.entries
        self.makers: dict[str, list[StepRecord]] = defaultdict(list)
        self.users: dict[str, list[StepRecord]] = defaultdict(list)
        self.inputs: dict[str, list[Version]] = defaultdict(list)
        self.outputs: dict[str, list[Version]] = defaultdict(list)
        known, first = set(), {}
        for link in store.links():
            step, version = link.step, link.version
            first[version.reference] = version.step
            key = (link.kind, step.step.id, version.reference)
            if key not in known:
                known.add(key)
                logs = link.kind == "log"
                (self.makers if logs else self.users)[version.reference].append(step)
                (self.outputs if logs else self.inputs)[step.step.id].append(version)
        for reference, makers in self.makers.items():
            makers.sort(key=lambda step, maker=first[reference]: step.step.id != maker)  # type: ignore[misc]


def tree(
    graph: Graph, version: Version, direction: Direction, depth: int, *, every: bool = False
) -> Node:
    """Return the lineage of a version.

    Every version and every step is expanded once. (With a depth that cuts, a version may be
    expanded again where more of it can be seen.)

    Args:
        graph: Of a store.
        version: The root.
        direction: ``up`` to what it was made of, ``down`` to what was made of it.
        depth: Steps between the root and the farthest versions.
        every: Tell each run, version and file, also where many are alike.
    """
    walk = _Walk(graph, every=every)
    return walk.up(version, depth) if direction == "up" else walk.down(version, depth)


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
    marks = {name: value for name in ("seen", "cut", "folded") if (value := getattr(node, name))}
    below = {"children": [as_json(child) for child in node.children]} if node.children else {}
    return {"kind": node.kind, "name": node.name, "label": node.label, **marks, **below}


def nodes(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order in which they are shown."""
    yield node
    for child in node.children:
        yield from nodes(child)


class _Walk:
    """A walk over a graph that expands every step and version once."""

    def __init__(self, graph: Graph, *, every: bool) -> None:
        self._graph, self._every = graph, every
        self._expanded: dict[str, int] = {}

    def up(self, version: Version, depth: int) -> Node:
        """Return a version with what it was made of."""
        makers = self._graph.makers.get(version.reference, [])
        shown = makers if self._every else makers[:1]
        again = len(makers) - len(shown)
        note = f" · made again by {_runs(again)}" if again else ""
        bare = Node("version", version.reference, _label(version) + note, folded=again)

        def beyond() -> list[Node]:
            if not makers:
                return self._files(self._graph.entries(version))
            return [self._step([step], self._inputs_of(step, depth), depth) for step in shown]

        return self._node(bare, version.reference, depth, beyond)

    def _inputs_of(self, step: StepRecord, depth: int) -> Callable[[], list[Node]]:
        found = self._graph.inputs.get(step.step.id, [])
        return lambda: [self.up(version, depth - 1) for version in found]

    def down(self, version: Version, depth: int, older: int = 0) -> Node:
        """Return a version with what was made of it."""
        users = self._graph.users.get(version.reference, [])
        note = f" · and {older} older versions" if older else ""
        bare = Node("version", version.reference, _label(version) + note, folded=older)

        def beyond() -> list[Node]:
            return [
                self._step(steps, self._outputs_of(steps, depth), depth)
                for steps in self._alike(users)
            ]

        return self._node(bare, version.reference, depth, beyond)

    def _alike(self, steps: Sequence[StepRecord]) -> list[list[StepRecord]]:
        """Return runs by pipeline, the newest of each first."""
        if self._every:
            return [[step] for step in steps]
        groups: dict[str, list[StepRecord]] = defaultdict(list)
        for step in steps:
            groups[step.step.job_type].insert(0, step)
        return list(groups.values())

    def _outputs_of(self, steps: Sequence[StepRecord], depth: int) -> Callable[[], list[Node]]:
        by_name: dict[str, dict[int, Version]] = defaultdict(dict)
        for step in steps:
            for version in self._graph.outputs.get(step.step.id, []):
                by_name[version.name][version.number] = version

        def across() -> list[Node]:
            found = []
            for versions in by_name.values():
                newest_first = [versions[number] for number in sorted(versions, reverse=True)]
                few = self._every or len(versions) <= _FEW_VERSIONS
                shown = newest_first if few else newest_first[:1]
                older = len(versions) - len(shown)
                found += [self.down(version, depth - 1, older) for version in shown]
            return found

        return across

    def _step(
        self, steps: Sequence[StepRecord], across: Callable[[], list[Node]], depth: int
    ) -> Node:
        first, more = steps[0], len(steps) - 1
        note = f" · and {_runs(more, 'older ')}" if more else ""
        label = f"{first.step.job_type} · {first.state} · {first.step.experiment}{note}"
        key = "step " + " ".join(step.step.id for step in steps)
        return self._node(Node("step", first.step.id, label, folded=more), key, depth, across)

    def _node(self, bare: Node, key: str, depth: int, children: Callable[[], list[Node]]) -> Node:
        if self._expanded.get(key, -1) >= depth:
            return Node(bare.kind, bare.name, bare.label, seen=True, folded=bare.folded)
        if depth == 0:
            return Node(bare.kind, bare.name, bare.label, cut=True, folded=bare.folded)
        self._expanded[key] = depth
        return Node(bare.kind, bare.name, bare.label, tuple(children()), folded=bare.folded)

    def _files(self, entries: Sequence[Entry]) -> list[Node]:
        if len(entries) <= 1:
            return []
        few = self._every or len(entries) <= _FEW_FILES
        shown = entries if few else entries[-_FEW_FILES + 1 :]  # of dated files, the newest
        more = len(entries) - len(shown)
        first = [Node("file", "", f"{more} more files", folded=more)] if more else []
        return first + [
            Node("file", each.name, f"{each.name} · {human_size(each.size)}") for each in shown
        ]


def _label(version: Version) -> str:
    told = " ".join(f"[{alias}]" for alias in version.aliases)
    reference = f"{version.reference} {told}".rstrip()
    return f"{reference} · {version.type}, {human_size(version.size)}"


def _runs(count: int, which: str = "") -> str:
    return f"{count} {which}run{'' if count == 1 else 's'}"


def _text(node: Node) -> str:
    marks = {
        "version": f"[bold]{escape(node.label)}[/bold]",
        "step": f"[cyan]{escape(node.label)}[/cyan]",
        "file": escape(node.label),
    }
    note = " (see above)" if node.seen else " …" if node.cut else ""
    return marks[node.kind] + note

"""Where a version comes from and where it went, as a tree of versions and steps."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from rich.console import Group
from rich.markup import escape
from rich.tree import Tree

from kedro_wandb.hook.table import human_size
from kedro_wandb.stores.base import Entry, StepRecord, Version
from kedro_wandb.stores.making import Graph

Direction = Literal["up", "down"]

HEADINGS: dict[Direction, str] = {"up": "made of", "down": "used for"}
"""What a tree in each direction tells."""

_FEW_VERSIONS = 3
_FEW_FILES = 6
_MARKS = ("seen", "cut", "folded", "inner", "by_step")
_WHOLE = math.inf
"""How deep something is expanded of which nothing is cut."""

_Reader = tuple[StepRecord, list[Version]]
"""A step, and what it made of something."""


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
        inner: A version that the same step has made on the way, of what is told beside it.
        by_step: Of a step: some of its children are known by the step alone, not by the node
            that read or made them.
    """

    kind: Literal["version", "step", "file"]
    name: str
    label: str
    children: tuple[Node, ...] = ()
    seen: bool = False
    cut: bool = False
    folded: int = 0
    inner: bool = False
    by_step: bool = False


def tree(
    graph: Graph, version: Version, direction: Direction, depth: int, *, every: bool = False
) -> Node:
    """Return the lineage of a version.

    A version leads to what its node read, also by way of other nodes of the step, not to all
    that the step did. Every version is expanded once, and a step once for equal children.
    (With a depth that cuts, a version may be expanded again where more of it can be seen.)

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
    marks = {name: value for name in _MARKS if (value := getattr(node, name))}
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
        self._expanded: dict[str, float] = {}
        self._cuts = 0

    def up(self, version: Version, depth: int) -> Node:
        """Return a version with what it was made of."""
        makers = self._graph.makers(version)
        shown = makers if self._every else makers[:1]
        again = len(makers) - len(shown)
        note = f" · made again by {_runs(again)}" if again else ""
        bare = Node("version", version.reference, _label(version) + note, folded=again)

        def beyond() -> list[Node]:
            if not makers:
                return self._files(self._graph.entries(version))
            return [self._made_by(step, version, depth) for step in shown]

        return self._node(bare, version.reference, depth, beyond)

    def _made_by(self, step: StepRecord, version: Version, depth: int) -> Node:
        read = self._graph.reading(version, step.step.id)
        inner = {each.reference: partial(_inner, each) for each in read.inner}
        inputs = {each.reference: partial(self.up, each, depth - 1) for each in read.inputs}
        note = "inputs of the step" if read.by_step else ""
        return self._step([step], inner | inputs, depth, note)

    def down(
        self, version: Version, depth: int, older: int = 0, via: frozenset[str] = frozenset()
    ) -> Node:
        """Return a version with what was made of it.

        Args:
            version: The root of this part.
            depth: Steps from here.
            older: Versions that it stands for.
            via: Ids of the steps through which it was found: what they made of it is told
                beside it.
        """
        note = f" · and {older} older versions" if older else ""
        bare = Node("version", version.reference, _label(version) + note, folded=older)

        def beyond() -> list[Node]:
            readers = self._alike(self._graph.readers(version, but=via))
            return [self._made_into(each, depth) for each in readers]

        return self._node(bare, version.reference, depth, beyond)

    def _alike(self, readers: Sequence[_Reader]) -> list[list[_Reader]]:
        """Return runs by pipeline, the newest of each first."""
        if self._every:
            return [[reader] for reader in readers]
        groups: dict[str, list[_Reader]] = defaultdict(list)
        for reader in readers:
            groups[reader[0].step.job_type].insert(0, reader)
        return list(groups.values())

    def _made_into(self, readers: Sequence[_Reader], depth: int) -> Node:
        by_name: dict[str, dict[int, Version]] = defaultdict(dict)
        by_step = False
        for step, made in readers:
            for version in made:
                by_name[version.name][version.number] = version
                by_step |= self._graph.reading(version, step.step.id).by_step
        steps = [step for step, _ in readers]
        via = frozenset(step.step.id for step in steps)
        found: dict[str, Callable[[], Node]] = {}
        for versions in by_name.values():
            newest_first = [versions[number] for number in sorted(versions, reverse=True)]
            few = self._every or len(versions) <= _FEW_VERSIONS
            shown = newest_first if few else newest_first[:1]
            older = len(versions) - len(shown)
            found |= {
                each.reference: partial(self.down, each, depth - 1, older, via) for each in shown
            }
        note = "outputs of the step" if by_step else ""
        return self._step(steps, found, depth, note)

    def _step(
        self,
        steps: Sequence[StepRecord],
        children: Mapping[str, Callable[[], Node]],
        depth: int,
        note: str,
    ) -> Node:
        first, more = steps[0], len(steps) - 1
        notes = [f"and {_runs(more, 'older ')}"] if more else []
        told = [first.step.job_type, first.state, first.step.experiment, *notes]
        label = " · ".join([*told, note] if note else told)
        key = " ".join(["step", *(step.step.id for step in steps), *sorted(children)])
        bare = Node("step", first.step.id, label, folded=more, by_step=bool(note))
        node = self._node(bare, key, depth, lambda: [child() for child in children.values()])
        many = len(node.children)
        if self._every or many <= _FEW_VERSIONS or not all(each.seen for each in node.children):
            return node
        return replace(bare, label=f"{bare.label} · {many} versions", seen=True)

    def _node(self, bare: Node, key: str, depth: int, children: Callable[[], list[Node]]) -> Node:
        expanded = self._expanded.get(key, -1)
        if expanded >= depth:
            self._cuts += expanded < _WHOLE
            return replace(bare, seen=True)
        if depth == 0:
            self._cuts += 1
            return replace(bare, cut=True)
        self._expanded[key] = depth
        before = self._cuts
        node = replace(bare, children=tuple(children()))
        if self._cuts == before:
            self._expanded[key] = _WHOLE
        return node

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


def _inner(version: Version) -> Node:
    return Node("version", version.reference, _label(version), inner=True)


def _runs(count: int, which: str = "") -> str:
    return f"{count} {which}run{'' if count == 1 else 's'}"


def _text(node: Node) -> str:
    marks = {
        "version": f"[bold]{escape(node.label)}[/bold]",
        "step": f"[cyan]{escape(node.label)}[/cyan]",
        "file": escape(node.label),
    }
    notes = {" (see above)": node.seen, " …": node.cut, " (by the same step)": node.inner}
    return marks[node.kind] + "".join(note for note, holds in notes.items() if holds)

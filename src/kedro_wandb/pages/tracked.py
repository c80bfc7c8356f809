"""All that the local store knows, as the page has it: small, and nothing but JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kedro_wandb.reading.columns import key_of
from kedro_wandb.reading.runs import finite, record_of
from kedro_wandb.stores.base import StepRecord, Store, Version
from kedro_wandb.stores.making import Graph

FORMAT = 1
"""Number of what ``tracked`` returns; ``data.js`` reads no other."""

_EXACT = 2**53
"""From here on JavaScript rounds whole numbers."""


def tracked(store: Store) -> dict[str, Any]:
    """Return runs, artifacts and lineage of a store, in names and numbers.

    What is told again and again is told once: ``runs`` refer to ``sets`` of parameters by their
    place, these to ``parameters`` (names) and ``values``. Versions are counted through all
    artifacts, the oldest first; ``made`` is (run, version, place in ``reads``) for each version
    that a run has logged, first the run that made it first, ``used`` is (run, version).

    Args:
        store: That is asked; other processes may write to it meanwhile.

    Raises:
        StoreUnavailableError: It can't be asked.
    """
    graph = Graph(store)  # first: what is linked by now is in the answers to what follows
    packed = _Packed()
    for step in store.steps():
        packed.add_run(step)
    for each in store.artifacts():
        packed.add_artifact(store.versions(each.name)[::-1])
    packed.add_links(graph)
    return packed.told()


class _Places:
    """Things that are told once, and their places."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._places: dict[str, int] = {}

    def of(self, value: Any) -> int:
        """Return the place of a value, which gets one if it has none."""
        key = key_of(value)
        if key not in self._places:
            self._places[key] = len(self.told)
            self.told.append(value)
        return self._places[key]


@dataclass
class _Packed:
    """Runs, versions and what they have to do with each other, by their places."""

    parameters: _Places = field(default_factory=_Places)
    metrics: _Places = field(default_factory=_Places)
    values: _Places = field(default_factory=_Places)
    sets: _Places = field(default_factory=_Places)
    reads: _Places = field(default_factory=_Places)
    runs: list[list[Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    made: list[list[int]] = field(default_factory=list)
    used: list[list[int]] = field(default_factory=list)
    _run_at: dict[str, int] = field(default_factory=dict)
    _versions: dict[str, tuple[int, Version]] = field(default_factory=dict)

    def add_run(self, step: StepRecord) -> None:
        """Add a run."""
        record = record_of(step)
        own = {record.step, f"{record.step} {record.run_id}"}  # what any step's run is called
        self._run_at[record.id] = len(self.runs)
        pairs = [
            (self.parameters.of(name), self.values.of(_exact(finite(value))))
            for name, value in record.parameters.items()
        ]
        metrics = [(self.metrics.of(name), finite(value)) for name, value in record.metrics.items()]
        self.runs.append(
            [
                record.id,
                "" if step.step.name in own else step.step.name,
                record.experiment,
                record.step,
                record.run_id,
                record.state,
                round(record.started, 3),
                None if record.duration is None else round(record.duration, 3),
                self.sets.of(_flat(pairs)),
                _flat(metrics),
            ]
        )

    def add_artifact(self, versions: Sequence[Version]) -> None:
        """Add an artifact with its versions, the oldest first."""
        newest = versions[-1]
        told = []
        for each in versions:
            self._versions[each.reference] = (len(self._versions), each)
            maker = self._run_at.get(each.step or "", -1)
            aliases = list(each.aliases)
            told.append([each.number, each.digest, each.size, each.created, aliases, maker])
        self.artifacts.append(
            {
                "name": newest.name,
                "type": newest.type,
                "description": newest.description,
                "versions": told,
            }
        )

    def add_links(self, graph: Graph) -> None:
        """Add which run has made and used which versions, and of what it made them."""
        for at, version in self._versions.values():
            for step in graph.makers(version):
                read, by_step = graph.directly(version, step.step.id)
                places = sorted(self._versions[each.reference][0] for each in read)
                reads = self.reads.of([int(by_step), *places])
                self.made.append([self._run_at[step.step.id], at, reads])
            self.used += [[self._run_at[id_], at] for id_ in graph.users(version)]

    def told(self) -> dict[str, Any]:
        """Return all of it."""
        places = {
            name: getattr(self, name).told
            for name in ("parameters", "metrics", "values", "sets", "reads")
        }
        lists = {name: getattr(self, name) for name in ("runs", "artifacts", "made", "used")}
        return {"format": FORMAT, **places, **lists}


def _flat(pairs: Iterable[tuple[int, Any]]) -> list[Any]:
    return [each for pair in sorted(pairs, key=lambda pair: pair[0]) for each in pair]


def _exact(value: Any) -> Any:
    """Return a value whose whole numbers JavaScript does not change: large ones are texts.

    >>> _exact({"seeds": [1, 2**63]})
    {'seeds': [1, '9223372036854775808']}
    """
    if isinstance(value, Mapping):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_exact(each) for each in value]
    is_large = isinstance(value, int) and abs(value) > _EXACT
    return str(value) if is_large else value

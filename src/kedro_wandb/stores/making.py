"""What versions were made of: by the node where its metadata tells that, else by the step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kedro_wandb.stores.base import StepRecord, Store, Version

READ = "inputs"
"""Metadata of a version: the digest of what its node has read, by dataset."""


def made_of(version: Version, beside: Iterable[Version]) -> list[Version] | None:
    """Return what the node that made a version has read, and no other node of its step.

    Args:
        version: As the step that made it logged it. A step that has made it again is taken
            to have read the same, where it had all of that.
        beside: All that the step has used and logged.

    Returns:
        ``None`` where that is not known, as of versions that were logged otherwise; then all
        inputs of the step stand for it.
    """
    read = version.metadata.get(READ)
    if not isinstance(read, Mapping):
        return None
    others = {each.reference: each for each in beside if each.reference != version.reference}
    found: set[str] = set()
    for dataset, digest in read.items():
        same = [each for each in others.values() if each.digest == digest]
        if not same and digest != version.digest:
            return None
        named = [each for each in same if each.name == dataset]
        found |= {each.reference for each in named or same}
    return [each for reference, each in others.items() if reference in found]


@dataclass(frozen=True)
class Reading:
    """What one step made a version of, through all of its nodes that had a part in it.

    Attributes:
        inputs: Of the step.
        inner: What the step has made itself on the way.
        by_step: Not all is known by the node; then the inputs are all those of the step.
    """

    inputs: tuple[Version, ...]
    inner: tuple[Version, ...] = ()
    by_step: bool = False


class Graph:
    """What all steps of a store logged and used, and which of it each version was made of.

    Args:
        store: Any store. It is asked once for all, and for the files at the raw ends.

    Raises:
        StoreUnavailableError: The store can't be reached; also of its methods.
    """

    def __init__(self, store: Store) -> None:
        self.entries = store.entries
        self._makers: dict[str, list[StepRecord]] = defaultdict(list)
        self._near: dict[str, dict[str, StepRecord]] = defaultdict(dict)
        self._inputs: dict[str, dict[str, Version]] = defaultdict(dict)
        self._outputs: dict[str, dict[str, Version]] = defaultdict(dict)
        self._readings: dict[tuple[str, str], Reading] = {}
        for link in store.links():
            id_, reference = link.step.step.id, link.version.reference
            linked = (self._outputs if link.kind == "log" else self._inputs)[id_]
            if link.kind == "log" and reference not in linked:
                is_maker = link.version.step == id_
                makers = self._makers[reference]
                makers.insert(0 if is_maker else len(makers), link.step)
            linked[reference] = link.version
            self._near[reference][id_] = link.step

    def makers(self, version: Version) -> list[StepRecord]:
        """Return the steps that logged a version, first the one that made it."""
        return self._makers.get(version.reference, [])

    def users(self, version: Version) -> list[str]:
        """Return the ids of the steps that used a version, oldest first."""
        near = self._near.get(version.reference, {})
        return [id_ for id_ in near if version.reference in self._inputs.get(id_, {})]

    def reading(self, version: Version, step: str) -> Reading:
        """Return what a step made a version of that it has logged."""
        key = (version.reference, step)
        if key not in self._readings:
            self._readings[key] = self._read(version, step)
        return self._readings[key]

    def directly(self, version: Version, step: str) -> tuple[Sequence[Version], bool]:
        """Return what the node that made a version in a step has read, and no earlier node's.

        Args:
            version: That the step has logged.
            step: Its id.

        Returns:
            Inputs of the step, or what it has made itself on the way; and whether that is not
            known, so that all inputs of the step stand for it.
        """
        inputs, outputs = self._inputs.get(step, {}), self._outputs.get(step, {})
        read = self._directly(version, inputs, outputs)
        known = inputs.values() if read is None else read
        found = {each.reference: each for each in known if each.reference != version.reference}
        return tuple(found.values()), read is None and bool(inputs)

    def readers(
        self, version: Version, but: Container[str] = ()
    ) -> list[tuple[StepRecord, list[Version]]]:
        """Return the steps that read a version, oldest first, and what each made of it.

        Args:
            version: What was read.
            but: Ids of steps that are left out where they have made the version themselves.
        """
        found = []
        for id_, step in self._near.get(version.reference, {}).items():
            is_used = version.reference in self._inputs.get(id_, {})
            if not is_used and id_ in but:
                continue
            made = [each for each in self._outputs.get(id_, {}).values()
                    if version.reference in self._references(each, id_)]  # fmt: skip
            if made or is_used:
                found.append((step, made))
        return found

    def _references(self, version: Version, step: str) -> set[str]:
        read = self.reading(version, step)
        return {each.reference for each in (*read.inputs, *read.inner)}

    def _read(self, version: Version, step: str) -> Reading:
        inputs, outputs = self._inputs.get(step, {}), self._outputs.get(step, {})
        found: set[str] = set()
        by_step, waiting = False, [version]
        while waiting:
            direct = self._directly(waiting.pop(), inputs, outputs)
            by_step |= direct is None
            read = inputs.values() if direct is None else direct
            new = {each.reference for each in read} - found
            found |= new
            waiting += [outputs[each] for each in new if each not in inputs]
        inner = found - {version.reference} - inputs.keys()
        return Reading(
            tuple(each for reference, each in inputs.items() if reference in found),
            tuple(each for reference, each in outputs.items() if reference in inner),
            by_step=by_step and bool(inputs),
        )

    def _directly(
        self, version: Version, inputs: Mapping[str, Version], outputs: Mapping[str, Version]
    ) -> list[Version] | None:
        """Return what the version's node has read, if that is known."""
        read = made_of(version, {**inputs, **outputs}.values())
        if read is None:
            return None
        # Partitions beyond those that a run wrote are a version that nobody made; what its
        # producer wrote of them is an input of its own.
        unmade = {each.name for each in read if each.reference not in self._makers}
        return read + [each for each in inputs.values() if each.name in unmade]

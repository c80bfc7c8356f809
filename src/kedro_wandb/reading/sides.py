"""What can be compared: versions, runs and experiments, with all that is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kedro_wandb.errors import ArtifactNotFoundError, did_you_mean
from kedro_wandb.reading.columns import distinct
from kedro_wandb.reading.runs import RunRecord, flat, record_of
from kedro_wandb.stores.base import Entry, Store, Version

Values = Mapping[str, Sequence[Any]]
"""What there is by name; of one thing several values, if several runs have it."""


@dataclass(frozen=True)
class Side:
    """One of two things that are compared.

    Attributes:
        kind: What it is.
        name: As it is called: ``name:v0``, or the id of a run, or an experiment's name.
        sections: What is known of it, by headings.
    """

    kind: Literal["version", "run", "experiment"]
    name: str
    sections: Mapping[str, Values]


class Sides:
    """Finds what is to be compared.

    Args:
        store: Any; it is asked once for all runs, and for what they used and logged.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: list[RunRecord] | None = None

    def find(self, name: str) -> Side:
        """Return the version, the run or the experiment of a name.

        Args:
            name: ``name:alias``, ``name:v3``, ``name:digest``; or the id of a run, else the
                name of an experiment, else that of an artifact, which means its latest.

        Raises:
            ArtifactNotFoundError: There is none of these.
            StoreUnavailableError: The store can't be asked.
        """
        try:
            version = self._store.find(name) if ":" in name else None
        except ArtifactNotFoundError:
            if not self._runs(name):
                raise
            version = None
        if version is None and (runs := self._runs(name)):
            return self._of_runs(name, runs)
        return self._of_version(version or self._latest(name))

    def _records(self) -> list[RunRecord]:
        if self._known is None:
            self._known = [record_of(each) for each in self._store.steps()]
        return self._known

    def _runs(self, name: str) -> list[RunRecord]:
        alone = [each for each in self._records() if each.id == name]
        return alone or [each for each in self._records() if each.experiment == name]

    def _latest(self, name: str) -> Version:
        try:
            return self._store.find(name)
        except ArtifactNotFoundError:
            known = [each.name for each in self._store.artifacts()]
            known += [text for each in self._records() for text in (each.experiment, each.id)]
            hint = did_you_mean(name, known)
            msg = (
                f"The {self._store.label} has no run, no experiment and no artifact"
                f" {name!r}{hint}. Ask 'kedro wandb runs --steps' and 'kedro wandb artifacts'."
            )
            raise ArtifactNotFoundError(msg) from None

    def _of_version(self, version: Version) -> Side:
        entries = self._store.entries(version)
        makers = [] if version.step is None else self._maker(version.step)
        facts = {
            "type": version.type,
            "digest": version.digest,
            "size": version.size,
            "created": version.created,
            "aliases": ", ".join(version.aliases) or None,
            "run": version.step,
            "experiment": makers[0].experiment if makers else None,
            "description": version.description or None,
        }
        told = dict(flat(version.metadata))
        told.pop("size", None)  # as above
        sections = {
            "version": _alone(facts),
            "files": {each.name: [_file(each)] for each in entries},
            "metadata": _alone(told),
            **_told(makers),
        }
        return Side("version", version.reference, sections)

    def _maker(self, step: str) -> list[RunRecord]:
        try:
            return [record_of(self._store.step(step))]
        except ArtifactNotFoundError:  # deleted on the server
            return []

    def _of_runs(self, name: str, runs: Sequence[RunRecord]) -> Side:
        used, logged = self._versions({each.id for each in runs})
        if runs[0].id == name:
            (run,) = runs
            facts = {"experiment": run.experiment, "step": run.step, "state": run.state}
            first = {"run": _alone(facts | {"duration": run.duration})}
        else:
            first = {"steps": _merged({each.step: each.state} for each in runs)}
            # What one step made for another is no input of the experiment.
            used = {each: labels for each, labels in used.items() if each not in logged}
        kind: Literal["run", "experiment"] = "run" if runs[0].id == name else "experiment"
        return Side(kind, name, {**first, "inputs": used, "outputs": logged, **_told(runs)})

    def _versions(self, runs: set[str]) -> tuple[Values, Values]:
        used: list[Mapping[str, str]] = []
        logged: list[Mapping[str, str]] = []
        for link in self._store.links():
            if link.step.step.id in runs:
                told = {link.version.name: link.version.label}
                (logged if link.kind == "log" else used).append(told)
        return _merged(used), _merged(logged)


def _told(runs: Sequence[RunRecord]) -> dict[str, Values]:
    return {
        "parameters": _merged(each.parameters for each in runs),
        "metrics": _merged(each.metrics for each in runs),
    }


def _alone(values: Mapping[str, Any]) -> Values:
    return {name: [value] for name, value in values.items() if value is not None}


def _merged(parts: Iterable[Mapping[str, Any]]) -> Values:
    found: dict[str, list[Any]] = {}
    for part in parts:
        for name, value in part.items():
            found.setdefault(name, []).append(value)
    return {name: distinct(values) for name, values in found.items()}


def _file(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = {"digest": entry.digest, "bytes": entry.size}
    return told | {"ref": entry.ref} if entry.ref else told

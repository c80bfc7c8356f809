"""Where datasets are: several entries of a catalog may mean the same files."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kedro.io import DataCatalog

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.hook.catalog import (
    entry_place,
    is_partitioned,
    plan_dataset,
    suffix_of,
    wanted_of,
    with_suffix,
)
from kedro_wandb.hook.names import artifact_name, untranscoded
from kedro_wandb.protocol.marks import ITSELF
from kedro_wandb.protocol.plan import DatasetPlan, RunPlan
from kedro_wandb.settings.config import Config
from kedro_wandb.settings.redaction import bare_address
from kedro_wandb.stores.local.locks import Locks
from kedro_wandb.stores.local.passing import copies_folder, hold_run

logger = logging.getLogger("kedro_wandb")


class Places:
    """The artifact of each place that several entries of a catalog mean.

    Only entries that the catalog lists count: of those made by patterns, nobody knows all.

    Args:
        catalog: The run's.
        config: The plugin's; what it excludes has no say.

    Raises:
        ConfigurationError: An entry's ``metadata.wandb`` is wrong.
    """

    def __init__(self, catalog: DataCatalog, config: Config) -> None:
        self._catalog, self._config = catalog, config
        self._entries: dict[str, dict[str, str]] = {}
        self._place_of: dict[str, str] = {}
        self._withheld: set[str] = set()
        listed = {name: entry for name, entry in catalog.config_resolver.config.items()
                  if isinstance(entry, Mapping)}  # fmt: skip
        asked = {name: wanted_of(name, entry) for name, entry in listed.items()}
        at = {name: entry_place(listed[name]) for name, each in asked.items()
              if each.enabled and not config.excludes(name)}  # fmt: skip
        times = Counter(at.values())
        for name, folder in at.items():
            suffix = self._suffix(name, listed[name], is_shared=times[folder] > 1)
            self._place_of[name] = place = with_suffix(folder, suffix)
            self._entries.setdefault(place, {})[name] = asked[name].name or ""
            if asked[name].content == "digest":
                self._withheld.add(place)

    def _suffix(self, name: str, entry: Mapping[str, Any], *, is_shared: bool) -> str:
        """Return the suffix of an entry's partitions.

        Its class, which may set it, is only asked where that decides something.
        """
        said = str(entry.get("filename_suffix") or "")
        if said or not is_shared or "path" not in entry:
            return said
        try:
            dataset: Any = self._catalog.get(name)
        except Exception:
            logger.debug("The dataset %s can't be made.", name, exc_info=True)
            return said
        return suffix_of(entry, dataset) if is_partitioned(dataset) else said

    def of(self, name: str, plan: DatasetPlan) -> str:
        """Return the place of a dataset, all versions of a versioned one being at one."""
        return self._place_of.get(name, plan.place)

    def settled(self, name: str, plan: DatasetPlan) -> DatasetPlan:
        """Return a plan with the artifact that all entries at its place are.

        Where one of them withholds its content, all do.

        Raises:
            ConfigurationError: They ask for different ones.
        """
        if plan.place and self.of(name, plan) in self._withheld:
            plan = plan.model_copy(update={"content": "digest"})
        entries = self._entries.get(self.of(name, plan), {}) if plan.place else {}
        if len({untranscoded(each) for each in entries} - {untranscoded(name)}) == 0:
            return plan
        artifact = shared_name(bare_address(plan.where), entries)
        first = min(entries, key=lambda each: (not entries[each], each))
        kind = plan_dataset(first, self._catalog, self._config, None).type
        return plan.model_copy(update={"artifact": artifact, "type": kind})


def shared_name(place: str, entries: Mapping[str, str]) -> str:
    """Return the name of the artifact that all entries at one place are.

    Args:
        place: Where they are, for the message.
        entries: For each, the artifact's name that its metadata asks for, or an empty text.

    Raises:
        ConfigurationError: They ask for different ones.

    >>> shared_name("data/rows.csv", {"typed_rows@pandas": "", "rows": ""})
    'rows'
    """
    wanted = sorted({name for name in entries.values() if name})
    if len(wanted) > 1:
        msg = (
            f"The entries {_listed(entries)} of the catalog are the same files ({place}), and "
            f"can't be both of the artifacts {_listed(wanted)}. Give them one name: "
            f"metadata: {{wandb: {{name: {wanted[0]}}}}}."
        )
        raise ConfigurationError(msg)
    return wanted[0] if wanted else artifact_name(min(map(untranscoded, entries)))


def _listed(names: Iterable[str]) -> str:
    return " and ".join(map(repr, sorted(names)))


def with_copies(plan: RunPlan, locks: Locks) -> RunPlan:
    """Copy what a run reads under one name and is going to write over under another.

    By the time its content is looked at, it may be gone. The recorder deletes the copies at
    the end of the run.

    Args:
        plan: The run.
        locks: Of its store; the copies are held as long as these are.

    Raises:
        OSError: A file can't be copied.
    """
    outputs = {name for node in plan.nodes for name in node.outputs}
    written = {plan.datasets[name].place for name in outputs} - {""}
    at_risk = [
        each
        for name, each in plan.datasets.items()
        if name not in outputs and each.place in written and each.marks
    ]
    if not at_risk:
        return plan
    hold_run(locks, plan.id)
    folder = copies_folder(plan.store.folder, plan.id)
    copied = {
        each.dataset: each.model_copy(update={"copy_at": str(_copy(each, folder / str(number)))})
        for number, each in enumerate(at_risk)
    }
    return plan.model_copy(update={"datasets": {**plan.datasets, **copied}})


def _copy(plan: DatasetPlan, target: Path) -> Path:
    for name in plan.marks:
        source = Path(plan.where) / name if name != ITSELF else Path(plan.where)
        copy = target / name if name != ITSELF else target
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return target

"""What programs and notebooks ask of a project's store: its runs, versions and files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kedro_wandb.reading.checkout import (
    check_out,
    find_version,
    list_steps,
    list_versions,
    version_address,
)
from kedro_wandb.reading.checkout import project_settings as checked
from kedro_wandb.reading.runs import RunRecord, run_records
from kedro_wandb.settings.project import Settings, current_settings, read_settings
from kedro_wandb.stores.base import StepRecord, Version
from kedro_wandb.stores.digests import file_digest, manifest_digest

if TYPE_CHECKING:
    import pandas as pd

PARAMETER = "params:"
"""What the names of parameters begin with, as in Kedro's catalog."""


@dataclass(frozen=True)
class _Asked:
    settings: Settings

    def steps(self) -> list[StepRecord]:
        return list_steps(self.settings)


def runs(*, experiment: str | None = None, step: str | None = None) -> pd.DataFrame:
    """Return all runs of the project as a table, those that started last first.

    Each row is one step, as in W&B's table of runs. The index is W&B's run id; the columns
    are ``experiment``, ``step``, ``state``, ``started`` (UTC), ``duration``, each parameter
    as ``params:name`` and each metric as ``dataset/name``.

    Args:
        experiment: Only the runs of this one.
        step: Only those of this modular pipeline.

    Raises:
        ConfigurationError: There is no project here, or it has no ``wandb.yml``.
        StoreUnavailableError: The store can't be asked.
    """
    import pandas as pd  # noqa: PLC0415 - a quarter of a second, and no dependency of tracking

    records = run_records(_Asked(_settings("runs")), experiment=experiment, step=step)
    started = pd.to_datetime([each.started for each in records], unit="s", utc=True)
    facts = pd.DataFrame(
        {
            "experiment": [each.experiment for each in records],
            "step": [each.step for each in records],
            "state": [each.state for each in records],
            "started": started.as_unit("us"),  # whatever the numbers look like
            "duration": pd.to_timedelta([each.duration for each in records], unit="s"),
        }
    )
    told = pd.DataFrame([_told(each) for each in records], columns=_columns(records))
    table = pd.concat([facts, told], axis="columns")
    return table.set_index(pd.Index([each.id for each in records], name="run"))


def versions(name: str) -> list[Version]:
    """Return the versions of an artifact, newest first.

    Raises:
        ArtifactNotFoundError: There is no artifact of that name.
        ConfigurationError: There is no project here, or it has no ``wandb.yml``.
        StoreUnavailableError: The store can't be asked.
    """
    return list_versions(_settings(name), name)


def fetch(reference: str) -> Path:
    """Return a folder with the files of a version, verified; for reading only.

    Args:
        reference: ``name:alias``, ``name:v3``, ``name:digest``, or a name for its latest.

    Raises:
        ArtifactNotFoundError: There is no such version, with what there is instead.
        ConfigurationError: There is no project here, or it has no ``wandb.yml``.
        DamagedArtifactError: The bytes are not those that were logged.
        StoreUnavailableError: The store can't be asked.
    """
    settings = _settings(reference)
    return check_out(settings, find_version(settings, reference))


def which(name: str, path: str | os.PathLike[str]) -> Version | None:
    """Return the version of an artifact whose content a file or folder here has, if one has it.

    Args:
        name: Of the artifact.
        path: A file that is all of it, or a folder with its files.

    Raises:
        ArtifactNotFoundError: There is no artifact of that name.
        ConfigurationError: There is no project here, or it has no ``wandb.yml``.
        OSError: It can't be read.
        StoreUnavailableError: The store can't be asked.
    """
    here = Path(path)
    files = [each for each in here.rglob("*") if each.is_file()] if here.is_dir() else [here]
    base = here if here.is_dir() else here.parent
    entries = {each.relative_to(base).as_posix(): file_digest(each) for each in files}
    digest = manifest_digest(entries)
    return next((each for each in versions(name) if each.digest == digest), None)


def address(version: Version) -> str | None:
    """Return the page of a version in W&B; ``None`` where versions are kept locally.

    Raises:
        ConfigurationError: There is no project here, or it has no ``wandb.yml``.
        StoreUnavailableError: The store can't be asked.
    """
    return version_address(_settings(version.name), version)


def _told(record: RunRecord) -> dict[str, object]:
    parameters = {f"{PARAMETER}{name}": value for name, value in record.parameters.items()}
    return parameters | dict(record.metrics)


def _columns(records: list[RunRecord]) -> list[str]:
    parameters = {f"{PARAMETER}{name}" for each in records for name in each.parameters}
    return sorted(parameters) + sorted({name for each in records for name in each.metrics})


def _settings(what: str) -> Settings:
    """Return the settings of the running project, or else of the one that we are in."""
    return checked(current_settings() or _settings_here(), what)


def _settings_here() -> Settings | None:
    from kedro.framework.project import settings  # noqa: PLC0415 - of the project, once it is known
    from kedro.framework.startup import bootstrap_project  # noqa: PLC0415 - slow to import
    from kedro.utils import find_kedro_project  # noqa: PLC0415 - as above

    path = find_kedro_project(Path.cwd())
    if path is None:
        return None
    package = bootstrap_project(path).package_name
    loader = settings.CONFIG_LOADER_CLASS(
        conf_source=str(path / settings.CONF_SOURCE),
        env=os.environ.get("KEDRO_ENV"),
        **settings.CONFIG_LOADER_ARGS,
    )
    return read_settings(loader, path, package, os.environ)

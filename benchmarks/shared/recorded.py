"""What trackers have recorded, counted in their own stores."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Recorded:
    """What one run has left.

    Attributes:
        runs: Of the tracker.
        versions: Of datasets, that can be asked for by name and number.
        edges: Of lineage: a run made or used a version.
        files: Kept, whole.
        size: Of the files, bytes.
    """

    runs: int
    versions: int
    edges: int
    files: int
    size: int


def by_local_store(store: Path) -> Recorded:
    """Count in a store of ``kedro_wandb``: the folder of ``store.db``."""
    with closing(sqlite3.connect(store / "store.db")) as connection:
        runs = _count(connection, "steps")
        versions = _count(connection, "versions")
        (edges,) = connection.execute(
            "SELECT count(*) FROM (SELECT DISTINCT kind, step_id, version_id FROM events"
            " WHERE kind IN ('version_logged', 'version_used'))"
        ).fetchone()
        files, size = connection.execute("SELECT count(*), total(size) FROM blobs").fetchone()
    return Recorded(runs, versions, edges, files, int(size))


def by_server(runs: list[dict[str, Any]], kept: tuple[int, int]) -> Recorded:
    """Count what the tests' W&B server tells of a project: its runs, and its files and bytes."""
    made = {name for run in runs for name in (*run["logged"], *run["used"])}
    edges = sum(len(run["used"]) + len(run["logged"]) for run in runs)
    return Recorded(len(runs), len(made), edges, *kept)


def by_mlflow(project: Path) -> Recorded:
    """Count in MLflow's SQLite database and its folders of artifacts."""
    with closing(sqlite3.connect(project / "mlflow.db")) as connection:
        runs = _count(connection, "runs")
        versions = _count(connection, "model_versions") + _count(connection, "logged_models")
        edges = _count(connection, "inputs")
    files = [file for file in (project / "mlruns").rglob("*") if file.is_file()]
    return Recorded(runs, versions, edges, len(files), sum(file.stat().st_size for file in files))


def by_sdk(folder: Path) -> Recorded:
    """Count what the SDK keeps offline: its runs, and the copies to be uploaded by a sync."""
    runs = len(list((folder / "wandb").glob("offline-run-*")))
    staged = [file for file in folder.glob("data/artifacts/staging/*") if file.is_file()]
    return Recorded(runs, 0, 0, len(staged), sum(file.stat().st_size for file in staged))


def _count(connection: sqlite3.Connection, table: str) -> int:
    (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - ours
    return int(number)

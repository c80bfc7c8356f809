"""A tiny Kedro project with every kind of dataset that the plugin has to log."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from project import KedroProject, make_project

from kedro_wandb.stores.local.store import LocalStore

CATALOG: dict[str, Any] = {
    "drops": {
        "type": "partitions.PartitionedDataset",
        "path": "data/drops",
        "dataset": "pandas.CSVDataset",
        "filename_suffix": ".csv",
        "metadata": {"kedro-viz": {"layer": "raw"}},
    },
    "rows": {
        "type": "pandas.ParquetDataset",
        "filepath": "data/rows.parquet",
        "versioned": True,
        "metadata": {"wandb": {"description": "One row a listing."}},
    },
    "{part}_rows": {"type": "pandas.CSVDataset", "filepath": "data/{part}_rows.csv"},
    "by_place": {
        "type": "partitions.PartitionedDataset",
        "path": "data/by_place",
        "dataset": {"type": "pandas.CSVDataset", "save_args": {"index": False}},
        "filename_suffix": ".csv",
    },
    "cached": {
        "type": "CachedDataset",
        "dataset": {"type": "json.JSONDataset", "filepath": "data/cached.json"},
    },
    "table@frame": {"type": "pandas.CSVDataset", "filepath": "data/table.csv"},
    "table@text": {"type": "text.TextDataset", "filepath": "data/table.csv"},
    "model": {
        "type": "pickle.PickleDataset",
        "filepath": "data/model.pkl",
        "metadata": {"kedro-viz": {"layer": "models"}},
    },
    "metrics": {"type": "json.JSONDataset", "filepath": "data/metrics.json",
                "metadata": {"kedro-viz": {"layer": "reporting"}}},
    "figure": {"type": "matplotlib.MatplotlibDataset", "filepath": "data/figure.png"},
}  # fmt: skip

PROCESS = """
import pandas as pd
from kedro.pipeline import Node, Pipeline


def gather(drops):
    return pd.concat([drops[name]() for name in sorted(drops)], ignore_index=True)


def split(rows, share):
    at = int(len(rows) * share)
    return rows[:at], rows[at:], {place: part for place, part in rows.groupby("place")}


def create_pipeline(**_):
    return Pipeline([
        Node(gather, "drops", "rows", name="gather"),
        Node(split, ["rows", "params:share"], ["train_rows", "test_rows", "by_place"],
             name="split", tags="quick"),
    ])
"""

TRAIN = """
import matplotlib
from kedro.pipeline import Node, Pipeline


def train(train_rows, options):
    return {"mean": float(train_rows["price"].mean()), "seed": options["seed"]}, train_rows


def judge(model, test_rows, text):
    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.subplots().hist(test_rows["price"])
    error = (test_rows["price"] - model["mean"]).abs().mean()
    return {"mae": float(error), "rows": len(test_rows)}, figure, {"lines": text.count("\\n")}


def close(metrics, note):
    return None


def note(metrics):
    return "good" if metrics["mae"] < 100 else "bad"


def create_pipeline(**_):
    return Pipeline([
        Node(train, ["train_rows", "params:options"], ["model", "table@frame"], name="train"),
        Node(judge, ["model", "test_rows", "table@text"], ["metrics", "figure", "cached"],
             name="judge"),
        Node(note, "metrics", "note", name="note"),
        Node(close, ["cached", "note"], None, name="close"),
    ])
"""

PARAMETERS: dict[str, Any] = {
    "share": 0.5,
    "options": {"seed": 3, "api_token": "tell-nobody"},
    "unused": {"password": "nor-this"},
}

ARTIFACTS = {
    "drops": "dataset",
    "rows": "dataset",
    "train_rows": "dataset",
    "test_rows": "dataset",
    "by_place": "dataset",
    "cached": "dataset",
    "table": "dataset",
    "model": "model",
    "metrics": "report",
    "figure": "plot",
}
"""Type by name of all artifacts of a whole run."""

LOCAL = {"mode": "local", "offline_runs": False, "project": "tiny"}
"""The quickest configuration of the plugin; the SDK has no part in it."""


def drop(*rows: tuple[str, int]) -> str:
    """Return the content of a drop."""
    return "\n".join(["place,price", *(f"{place},{price}" for place, price in rows), ""])


def make_weekly(path: Path, wandb: dict[str, Any] | None = None, **options: Any) -> KedroProject:
    """Build the project, with two drops."""
    project = make_project(
        path,
        catalog=CATALOG | options.pop("catalog", {}),
        pipelines={"process": PROCESS, "train": TRAIN} | options.pop("pipelines", {}),
        parameters=PARAMETERS,
        wandb=LOCAL if wandb is None else wandb,
        **options,
    )
    project.write("data/drops/2024-01-01.csv", drop(("Bronx", 50), ("Queens", 70), ("Bronx", 55)))
    project.write("data/drops/2024-01-08.csv", drop(("Queens", 80), ("Queens", 75), ("Bronx", 65)))
    return project


def store_folder(project: KedroProject) -> Path:
    """Return the folder of a project's local store."""
    return project.path / ".wandb" / "tiny"


def open_store(project: KedroProject) -> Any:
    """Return a project's local store, to be used in a ``with`` block."""
    return closing(LocalStore(store_folder(project)))


def contents(project: KedroProject) -> dict[str, list[Any]]:
    """Return all versions by artifact, oldest first: type, files with digests, aliases."""
    with open_store(project) as store:
        return {
            each.name: [
                (v.type, {e.name: e.digest for e in store.entries(v)}, v.aliases)
                for v in reversed(store.versions(each.name))
            ]
            for each in store.artifacts()
        }


def labels(project: KedroProject) -> dict[str, str]:
    """Return the newest version of each artifact."""
    with open_store(project) as store:
        return {each.name: each.newest.label for each in store.artifacts()}

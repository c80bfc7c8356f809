"""Trackers to measure beside one another, each with its own copy of a project."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from shared.plugins import install, on_path, tell_of_kedro_wandb
from shared.processes import clean_environment, kedro, run
from shared.projects import COMMITTED, MAKERS, ROOT, SHUTTLES
from shared.recorded import Recorded, by_local_store, by_mlflow, by_sdk, by_server
from shared.server import ServerProcess

ENVIRONMENT = ROOT / ".venv-mlflow"
PYTHON, MLFLOW = ENVIRONMENT / "bin/python", ENVIRONMENT / "plugin"

NONE, OURS, AGAIN, ONLINE = "none", "ours, offline", "ours, nothing new", "ours, online"
MLFLOW_PLAIN, MLFLOW_GIVEN = "kedro-mlflow", "kedro-mlflow, requirements given"
LOOP_ONE, LOOP_EACH = "the SDK, one run", "the SDK, a run each"
LOOPS = {LOOP_ONE: "one", LOOP_EACH: "each"}
PIPELINES = {"product": ["--pipelines", "data_processing,data_validation,modeling"], "starter": []}
MODELS: dict[str, tuple[str, dict[str, object]]] = {
    "starter": ("regressor", {}),
    "product": ("price_model", {"serialization_format": "cloudpickle"}),
}
"""The dataset that is declared as a model of scikit-learn, and how MLflow has to save it."""

STAND_INS = {
    "rental_pricing.datasets.table_pieces.TablePiecesDataset": (
        "shared.plugins.posix_text.TablePieces"
    )
}
"""Datasets that kedro-mlflow can't log as they are, and what does the same."""

REQUIREMENTS = ["scikit-learn"]
MLFLOW_CONFIG = {
    "server": {"mlflow_tracking_uri": "sqlite:///mlflow.db"},
    "tracking": {"params": {"long_params_strategy": "truncate"}},
}


@dataclass
class Variant:
    """A tracker and its copy of the project.

    Attributes:
        name: Of the tracker.
        project: The folder.
        arguments: Of ``kedro run``.
        environment: Variables of the command.
        listed: Where an untracked run has listed its files.
        recorded: What its first run has left.
    """

    name: str
    project: Path
    arguments: Sequence[str]
    environment: Mapping[str, str]
    listed: Path | None = None
    recorded: Recorded = field(default_factory=lambda: Recorded(0, 0, 0, 0, 0))

    def seconds(self) -> float:
        """Run once, and return the seconds of the whole command."""
        if self.listed is None:
            return kedro(
                self.project,
                "run",
                *self.arguments,
                environment=self.environment,
                python=PYTHON,
            ).seconds
        script = str(ROOT / "benchmarks/shared/sdk_loop.py")
        command = [str(PYTHON), script, str(self.listed), LOOPS[self.name]]
        return run(command, self.project, self.environment).seconds


def make_variants(project: str, folder: Path, server: ServerProcess) -> dict[str, Variant]:
    """Make each tracker's copy of a project, and let it run there once."""
    plugin = tell_of_kedro_wandb(folder / "kedro_wandb")
    variants: dict[str, Variant] = {}

    def add(name: str, where: str, *paths: Path, **more: str) -> Variant:
        place = folder / where
        if not place.exists():
            MAKERS[project](place)
            change(project, place, 0)
        environment = on_path(bare_environment(place), ROOT / "src", *paths) | more
        variants[name] = Variant(name, place, PIPELINES[project], environment)
        return variants[name]

    listed = folder / "files.jsonl"
    none = add(NONE, "none")
    told = install(folder / "file_list", "file_list", none.environment)
    kedro(
        none.project,
        "run",
        *none.arguments,
        environment=told | {"FILE_LIST": str(listed)},
        python=PYTHON,
    )
    saved = {
        told["name"]
        for told in map(json.loads, listed.read_text().splitlines())
        if told["is_saved"]
    }
    ours = add(OURS, "ours", plugin)
    ours.seconds()
    ours.recorded = by_local_store(next((ours.project / ".wandb").rglob("store.db")).parent)
    add(AGAIN, "ours", plugin)
    variables = server.environment(folder / "online-sdk")
    (folder / "online-sdk").mkdir()
    to_server = {key: value for key, value in variables.items() if key.startswith("WANDB_")}
    online = add(ONLINE, "online", plugin, **to_server, WANDB_PROJECT=f"online-{project}")
    online.seconds()
    known = server.runs(f"online-{project}")
    online.recorded = by_server(known, server.kept(f"online-{project}"))
    for name, where in ((MLFLOW_PLAIN, "mlflow"), (MLFLOW_GIVEN, "mlflow-given")):
        mlflow = add(name, where, MLFLOW, ROOT / "benchmarks")
        declare(mlflow.project, saved, project, is_given=name == MLFLOW_GIVEN)
        mlflow.seconds()
        mlflow.recorded = by_mlflow(mlflow.project)
    for name, runs in LOOPS.items():
        places = {"DIR": "", "DATA_DIR": "data", "CACHE_DIR": "cache", "CONFIG_DIR": "config"}
        place = folder / f"loop-{runs}"
        place.mkdir()
        variables = {f"WANDB_{key}": str(place / part) for key, part in places.items()}
        loop = Variant(name, place, [], bare_environment(place) | variables, listed)
        loop.seconds()
        loop.recorded = by_sdk(place)
        variants[name] = loop
    return variants


def bare_environment(project: Path) -> dict[str, str]:
    """Return the variables of a command that finds no tracker and nobody's account."""
    kept = clean_environment(project) | {"WANDB_SILENT": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    return kept | {"PYTHONPATH": ""}


def declare(project: Path, saved: set[str], kind: str, *, is_given: bool) -> None:
    """Declare a project's saved datasets to kedro-mlflow, in one catalog in place of its own."""
    entries: dict[str, object] = {}
    for file in sorted((project / "conf/base").glob("catalog*.yml")):
        entries |= yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    wrapped = {name: wrap(name, entry, saved) for name, entry in entries.items()}
    model, arguments = MODELS[kind]
    given = {"pip_requirements": REQUIREMENTS} if is_given else {}
    wrapped[model] = {
        "type": "kedro_mlflow.io.models.MlflowModelTrackingDataset",
        "flavor": "mlflow.sklearn",
        "save_args": {"name": "model", **arguments, **given},
    }
    for file in (project / "conf/base").glob("catalog*.yml"):
        file.unlink()
    for name, content in (("base/catalog", wrapped), ("local/mlflow", MLFLOW_CONFIG)):
        text = yaml.safe_dump(content, sort_keys=False)
        (project / f"conf/{name}.yml").write_text(text, encoding="utf-8")


def wrap(name: str, entry: object, saved: set[str]) -> object:
    """Return an entry as kedro-mlflow's users write it, if its dataset is saved."""
    is_pattern = "{" in name and any(one.endswith(name.partition("}")[2]) for one in saved)
    if not isinstance(entry, dict) or not (name in saved or is_pattern):
        return entry
    inner = {key: value for key, value in entry.items() if key not in {"metadata", "versioned"}}
    inner["type"] = STAND_INS.get(inner["type"], inner["type"])
    return {"type": "kedro_mlflow.io.artifacts.MlflowArtifactDataset", "dataset": inner}


def change(kind: str, project: Path, number: int) -> None:
    """Leave out some rows of a project's raw data: all content is new."""
    if kind == "starter":
        file = project / "data/01_raw/reviews.csv"
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[: SHUTTLES + 1 - number]), encoding="utf-8")
        return
    for source in COMMITTED.glob("*.csv.gz"):
        with gzip.open(source, "rb") as opened:
            lines_of = opened.readlines()
        content = b"".join(lines_of[: len(lines_of) - number])
        (project / f"data/01_raw/listings/{source.name}").unlink(missing_ok=True)
        (project / f"data/01_raw/listings/{source.name.removesuffix('.gz')}").write_bytes(content)

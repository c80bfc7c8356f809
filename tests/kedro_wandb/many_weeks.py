"""A store of many weekly runs, as a project with a search, a release and a watch leaves it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro_wandb.stores.base import Draft, Ending, Source, State, Step, Version
from kedro_wandb.stores.local.store import LocalStore

FIRST_MONDAY = 1_704_700_800.0
"""2024-01-08, in seconds since the epoch."""

WEEK = 7 * 86_400.0

MODEL = "price_model"

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "data_processing": {"processing": {"max_age_weeks": 26, "bounds": [40.4, 41.0], "price":
                                       {"min": 10, "max": 350}}},
    "modeling": {"modeling": {"estimator": "boosting", "boosting": {"learning_rate": 0.05,
                              "max_leaf_nodes": 31, "l2": 1e-6}, "split": {"seed": 5}}},
    "release": {"release": {"min_gain": 0.01, "max_bias": 2.5}},
    "monitoring": {"monitoring": {"max_psi": 0.2}},
}  # fmt: skip

TYPES = {MODEL: "model", "model_metrics": "report", "model_card": "report", "residuals": "plot"}

PIPELINES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "data_processing": {
        "typed_drops": ["weekly_listings"],
        "listings": ["typed_drops"],
        "rejected_listings": ["typed_drops"],
        "processing_report": ["listings", "rejected_listings"],
    },
    "data_validation": {
        "listings_profile": ["listings"],
        "validation_report": ["listings_profile"],
    },
    "modeling": {
        "train_listings": ["listings", "validation_report"],
        "test_listings": ["listings", "validation_report"],
        MODEL: ["train_listings"],
        "model_metrics": [MODEL, "test_listings"],
        "residuals": [MODEL, "test_listings"],
        "model_card": ["model_metrics", MODEL],
    },
    "release": {"release_decision": [MODEL, "model_metrics", "test_listings"]},
    "monitoring": {
        "drift_report": [MODEL, "listings"],
        "monitoring_history": ["drift_report", "monitoring_history"],
    },
    "inference": {"price_estimates": [MODEL, "listings"]},
}
"""What each pipeline makes, and of what."""


@dataclass
class Weeks:
    """Writes week after week into a store.

    Attributes:
        store: That is written to.
        folder: For the files.
        breadth: How many small reports each pipeline makes besides; it also has four further
            metrics and ten further parameters for each.
        known: The newest version of each artifact.
    """

    store: LocalStore
    folder: Path
    breadth: int = 0
    known: dict[str, Version] = field(default_factory=dict)
    _drops: Draft = field(init=False)

    def run(self, week: int) -> None:
        """Log all pipelines of a week; now and then one of them fails."""
        at = FIRST_MONDAY + week * WEEK
        experiment = f"week-{week + 1:03}"
        self._deliver(week)
        for place, (pipeline, made) in enumerate(PIPELINES.items()):
            id_ = f"{experiment}-{pipeline}"
            started = at + 30.0 * place
            fails = pipeline == "monitoring" and week % 17 == 16
            self._open(id_, pipeline, experiment, week, started)
            outside = {name for read in made.values() for name in read} & self.known.keys()
            for name in sorted(outside - (made.keys() - {"monitoring_history"})):
                self.store.use(id_, self.known[name])
            for name, read in made.items():
                if not fails:
                    self._log(id_, name, [each for each in read if each in self.known], week)
            for number in range(self.breadth):
                self._log(id_, f"{pipeline}_report_{number}", [], week)
            state: State = "failed" if fails else "finished"
            metrics = _metrics(pipeline, week)
            for number in range(4 * self.breadth):
                metrics[f"{pipeline}_segments/place_{number}.mae"] = 20 + week / 7 + number
            self.store.close_step(id_, Ending(state, started + 20 + week % 9, metrics))
        if week % 5 == 0:
            self.store.set_alias(self.known[MODEL], "prod")

    def search(self, trials: int, week: int = 0) -> None:
        """Add the trials of a search as runs of their own."""
        chance = random.Random(week)  # noqa: S311 - the same trials whenever it is run
        at = FIRST_MONDAY + week * WEEK + 3_600
        runs = []
        for number in range(trials):
            rate, leaves = 10 ** chance.uniform(-3, -0.3), chance.choice([7, 15, 31, 63])
            kind = chance.choice(["boosting", "forest", "ridge"])
            error = 28 + abs(math.log10(rate) + 1.2) * 3 + (kind == "ridge") * 2 + chance.random()
            parameters = {"estimator": kind, "max_leaf_nodes": leaves} | (
                {} if kind == "ridge" else {"learning_rate": rate}
            )
            step = Step(
                *(f"trial-{week}-{number}", "trials", f"search-{week}", "run", f"trial {number}"),
                config={"parameters": parameters},
                started=at + number,
            )
            scores = {"trials/mae": error, "trials/seconds": 2 + leaves / 20 + chance.random()}
            runs.append((step, Ending("finished", at + number + 3, scores)))
        self.store.add_runs(runs)

    def _deliver(self, week: int) -> None:
        files = [self._file("drops", f"{number:03}.csv", f"drop {number}")
                 for number in range(max(0, week - 25), week + 1)]  # fmt: skip
        sources = tuple(Source(file.name, file) for file in files)
        self._drops = Draft("weekly_listings", "dataset", sources, "One file a week.")

    def _open(self, id_: str, pipeline: str, experiment: str, week: int, started: float) -> None:
        parameters = dict(PARAMETERS.get(pipeline, {}))
        if pipeline == "modeling":
            modeling = PARAMETERS["modeling"]["modeling"]
            rate = 0.05 if week < 60 else 0.08  # somebody has adopted another
            boosting = modeling["boosting"] | {"learning_rate": rate}
            parameters = {"modeling": modeling | {"boosting": boosting}, "as_of": f"week {week}"}
        parameters |= {f"{pipeline}.option_{each}": each / 3 for each in range(10 * self.breadth)}
        about = (id_, pipeline, experiment, f"run-{week}", pipeline, {"parameters": parameters})
        self.store.open_step(Step(*about, started=started))
        if pipeline == "data_processing":
            self.known["weekly_listings"] = self.store.use(id_, self._drops).version

    def _log(self, id_: str, name: str, read: Sequence[str], week: int) -> None:
        seldom = name in {"validation_report", "release_decision"}  # equal content again and again
        text = f"{name} {week // 10} " if seldom else f"{name} {week} " * (1 + week)
        metadata = {
            "inputs": {each: self.known[each].digest for each in read},
            "rows": 10_000 + week,
            "types": dict.fromkeys((f"column_{number}" for number in range(16)), "double"),
        }
        source = Source(f"{name}.parquet", self._file(name, f"{week}.parquet", text))
        draft = Draft(name, TYPES.get(name, "dataset"), (source,), f"What is {name}.", metadata)
        self.known[name] = self.store.log(id_, draft).version

    def _file(self, folder: str, name: str, text: str) -> Path:
        path = self.folder / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8")
        return path


def _metrics(pipeline: str, week: int) -> dict[str, float]:
    chance = random.Random(f"{pipeline} {week}")  # noqa: S311 - as above
    wave = math.sin(week / 8)
    if pipeline == "modeling":
        error = 29 + wave + chance.gauss(0, 0.3) - week / 100
        told = {
            "mae": error,
            "rmse": error * 1.6,
            "r2": 0.6 - wave / 40,
            "bias": chance.gauss(0, 0.5),
            "coverage": 0.9 + chance.gauss(0, 0.01),
            "width": 90 + wave,
        }
        parts = ("test", "validation")
        return {f"model_metrics/{part}.{name}": told[name] for part in parts for name in told}
    if pipeline == "data_processing":
        told = {"kept": 9_000.0 + 40 * week, "rejected": 300.0 + chance.randrange(60)}
        return {f"processing_report/{name}": value for name, value in told.items()}
    return {"drift_report/psi": abs(chance.gauss(0.05, 0.03))} if pipeline == "monitoring" else {}


def make_weeks(folder: Path, weeks: int, trials: int = 40, breadth: int = 0) -> None:
    """Write a store into a folder: so many weeks, and a search after the first and the last.

    Args:
        folder: Of the store; the files are beside it.
        weeks: How many.
        trials: Runs of each search.
        breadth: As of ``Weeks``.
    """
    store = LocalStore(folder)
    made = Weeks(store, folder.parent / "files", breadth)
    for week in range(weeks):
        made.run(week)
        if trials and week in {0, weeks - 1}:
            made.search(trials, week)
    store.close()

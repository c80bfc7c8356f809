"""What experiment tracking adds to a run: ours, kedro-mlflow's, and the SDK's own calls.

Run from anywhere, with the environment that ``make .venv-mlflow/.ready`` makes::

    python benchmarks/tracking_overhead.py [--pairs 5] [--project product|starter|both] [--quick]

All commands run in that one environment, where no tracker is installed: each gets its own on the
path. In each round, in turns, each in its own copy of the project: ``kedro run`` untracked, with
kedro_wandb in the local store, with the same again (nothing new), online (the tests' W&B server,
on this machine), with kedro-mlflow (local SQLite; every file that a node saves declared as an
artifact, the model as a model of scikit-learn), the same with the model's
requirements given; and, after an untracked run, a script of the SDK's own calls for the same
files, offline, with one run of W&B and with as many as ours. Every round's drops are others, so
that all content is new. Each tracker has run before, so that its store is there.

Exit status: 0 if all targets are met, 1 if not, 2 without the environment.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.pairs import turned
from shared.processes import run
from shared.results import ABSENT, Section, Table, Target, close, options, parse
from shared.server import ServerProcess
from shared.trackers import (
    AGAIN,
    ENVIRONMENT,
    LOOP_EACH,
    LOOPS,
    MLFLOW,
    MLFLOW_GIVEN,
    MLFLOW_PLAIN,
    NONE,
    OURS,
    PYTHON,
    Variant,
    change,
    make_variants,
)

PACKAGES = ("kedro-mlflow", "mlflow", "kedro", "wandb", "pyarrow")


@dataclass(frozen=True)
class Limit:
    """What unchanged content may add at the median: seconds, and times the untracked run."""

    seconds: float
    ratio: float


LIMITS = {"product": Limit(0.3, 1.1), "starter": Limit(0.5, 1.1)}
BESIDE_MLFLOW, BESIDE_SDK = 0.4, 1.2
"""Most time that ours adds where all is new: of kedro-mlflow's, of the SDK's with as many runs."""

NAMES = {
    "product": "This project's data processing, validation and modeling (18,000 synthetic rows)",
    "starter": "A project in the shape of Kedro's tutorial (20,000 shuttles)",
}


def main(arguments: Sequence[str]) -> int:
    """Time the rounds of each project, and return the exit status."""
    parser = options(__doc__, pairs=5)
    parser.add_argument("--project", choices=[*LIMITS, "both"], default="both")
    given = parse(parser, arguments)
    if not (PYTHON.is_file() and MLFLOW.is_dir()):
        print(f"There is no {ENVIRONMENT.name}: make .venv-mlflow/.ready", file=sys.stderr)
        return ABSENT
    both = ["starter"] if given.quick else list(LIMITS)
    chosen = both if given.project == "both" else [given.project]
    tables, targets = [], []
    for project in chosen:
        with tempfile.TemporaryDirectory() as folder, ServerProcess() as server:
            variants = make_variants(project, Path(folder), server)
            seconds = time_rounds(project, variants, given)
        added = {
            name: (found if name in LOOPS else [a - b for a, b in pairs(found, seconds[NONE])])
            for name, found in seconds.items()
        }
        tables += [times(project, seconds, added), records(project, variants)]
        targets += judged(project, seconds, added)
    about = (
        "Whole commands, all content new in every round but where nothing is; what is compared "
        f"ran in turns. The environment is `requirements/mlflow.lock` ({mlflow_versions()}), in "
        "which all of them run, each with its own tracker alone. kedro-mlflow has every file that "
        "a node saves declared as an artifact, and the model as a model of scikit-learn: as its "
        "users run it MLflow finds out what the model requires, by a process of its own, unless "
        "that is given. The SDK's own calls come after an untracked run, so that their time is "
        "what they add."
    )
    notes = [
        (
            "They don't record the same. Ours are versions by content with the runs that used and "
            "made them; kedro-mlflow's are files by run, with parameters, without lineage between "
            "datasets, and again whether they have changed or not; the SDK offline keeps copies "
            "for a sync, and knows neither versions nor uses until then."
        ),
        (
            "kedro-mlflow 2.0 takes no versioned dataset under Kedro 1.7, so that the tutorial's "
            "two are plain files there; it asks for paths by pathlib's names, so that this "
            "project's tables have a stand-in that answers; and as the model is a class of its "
            "own, MLflow pickles it."
        ),
    ]
    return close(Section("What tracking adds", about, tables, targets, notes), given)


def mlflow_versions() -> str:
    """Return the versions that the environment has, as text."""
    code = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    with tempfile.TemporaryDirectory() as folder:
        told = run([str(PYTHON), "-c", code, *PACKAGES], Path(folder), {"PYTHONPATH": str(MLFLOW)})
    named = zip(PACKAGES, told.output.split(), strict=True)
    return ", ".join(f"{name} {version}" for name, version in named)


def pairs(these: Sequence[float], those: Sequence[float]) -> list[tuple[float, float]]:
    """Return both of each round."""
    return list(zip(these, those, strict=True))


def time_rounds(
    project: str, variants: Mapping[str, Variant], given: argparse.Namespace
) -> dict[str, list[float]]:
    """Return the seconds of each variant and round."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    in_a_round = {name: each.seconds for name, each in variants.items() if name != AGAIN}
    for number in range(1, given.pairs + 1):
        for place in {each.project for each in variants.values() if each.listed is None}:
            change(project, place, number)
        for name in turned(list(in_a_round), number):
            seconds[name].append(in_a_round[name]())
        seconds[AGAIN].append(variants[AGAIN].seconds())
    return seconds


def times(
    project: str, seconds: Mapping[str, list[float]], added: Mapping[str, list[float]]
) -> Table:
    """Return what each tracker adds, as a share of kedro-mlflow's and in seconds."""
    rows = []
    for name in (name for name in seconds if name != NONE):
        more = statistics.median(added[name])
        share = share_of(added[name], added[MLFLOW_PLAIN])
        low, high = min(added[name]), max(added[name])
        rows.append([name, f"{share:.2f}", f"{more:.2f}", f"{low:.2f} to {high:.2f}"])
    untracked = statistics.median(seconds[NONE])
    return Table(
        f"{NAMES[project]}, {len(seconds[NONE])} rounds; untracked {untracked:.1f} s:",
        ["tracker", "added, of kedro-mlflow's", "added, seconds", "lowest to highest"],
        rows,
    )


def share_of(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the ratio of what two trackers add at the median.

    Of differences that may be near zero, the median of the ratios would say nothing.
    """
    return statistics.median(these) / statistics.median(those)


def records(project: str, variants: Mapping[str, Variant]) -> Table:
    """Return what each tracker's first run has left."""
    return Table(
        f"What one run leaves with each ({project}):",
        ["tracker", "runs", "versions", "edges of lineage", "files", "MB"],
        [
            [
                name,
                *map(str, (found.runs, found.versions, found.edges, found.files)),
                f"{found.size / 1e6:.1f}",
            ]
            for name, found in ((name, each.recorded) for name, each in variants.items())
            if name not in {NONE, AGAIN}
        ],
    )


def judged(
    project: str, seconds: Mapping[str, list[float]], added: Mapping[str, list[float]]
) -> list[Target]:
    """Return the targets of a project."""
    limit = LIMITS[project]
    beside = {MLFLOW_PLAIN: BESIDE_MLFLOW, MLFLOW_GIVEN: BESIDE_MLFLOW, LOOP_EACH: BESIDE_SDK}
    ratio = statistics.median(a / b for a, b in pairs(seconds[AGAIN], seconds[NONE]))
    return [
        *(
            Target(
                f"{project}: added offline, of what {name} adds",
                share_of(added[OURS], added[name]),
                most,
            )
            for name, most in beside.items()
            if name in added
        ),
        Target(
            f"{project}: added offline, nothing new",
            statistics.median(added[AGAIN]),
            limit.seconds,
            "s",
        ),
        Target(f"{project}: tracked, nothing new, of the untracked run", ratio, limit.ratio),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How time and memory grow with the number of rows, by pipeline, from 20 thousand to 20 million.

Run from anywhere::

    python benchmarks/growth.py [--rows 20000 200000 2000000 20000000] [--engine pandas] [--quick]

Each size is ten drops, made from the rows of a committed synthetic one under new ids; each drop
shares 90 % of its ids with the one before. The pipelines run one after the other, each a
``kedro run --pipelines NAME`` of its own, tracked in the local store, in a project whose model
was trained on the committed drops: so inference prices all listings that processing has made.
Modeling runs up to the size above which nobody trains on all rows. Where the extra ``dask`` is
installed (or with ``--engine dask``), each pipeline that knows the engine runs with it too, next
to the one without, on a local cluster of two workers. Time is that of the pipeline's nodes with
loading and saving; memory is each process's own peak. 20 million rows take some minutes and about
8 GB of disk (``--folder`` says where).

Exit status: 0 if all targets are met, 1 if not.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.configuration import base_parameters
from shared.drops import make_drops
from shared.pairs import in_turns
from shared.projects import COMMITTED, make_trained
from shared.results import Section, Table, Target, close, options, parse
from shared.stages import Staged, kedro_by_stage

SIZES, QUICK_SIZES = (20_000, 200_000, 2_000_000, 20_000_000), (20_000, 40_000)
DROPS = 10
PIPELINES = ("data_processing", "data_validation", "modeling", "inference")
WITH_ENGINE = ("data_processing", "data_validation", "inference")

MOST_TRAINED = 200_000
"""Rows of drops above which modeling does not run: training takes all listings into memory."""

FROM, EXPONENT = 200_000, 1.05
"""Rows from which on the exponent of the time counts, and its limit."""

MOST_MEMORY = 4.0
"""Of any process of pandas, at any size, GB."""

DASK_TIME, DASK_MEMORY, DASK_FROM = 2.0, 1.0, 2_000_000
"""Of the engine dask: times the time of pandas at the largest size, and GB a process from so many
rows on."""


@dataclass(frozen=True)
class Taken:
    """One pipeline at one size.

    Attributes:
        engine: ``pandas`` or ``dask``.
        pipeline: Its name.
        rows: Raw rows of all drops.
        seconds: Of its nodes, with loading and saving.
        whole: Of the whole command.
        cpu_seconds: Of the whole command, and of the processes that it awaited.
        memory: Highest resident size by the process's role, GB.
    """

    engine: str
    pipeline: str
    rows: int
    seconds: float
    whole: float
    cpu_seconds: float
    memory: dict[str, float]


def main(arguments: Sequence[str]) -> int:
    """Run all sizes, and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES), help="of all drops")
    parser.add_argument("--engine", choices=["pandas", "dask"], default=default_engine())
    parser.add_argument("--workers", type=int, default=2, help="of the local cluster")
    parser.add_argument("--folder", type=Path, help="for the drops and results")
    given = parse(parser, arguments)
    sizes = QUICK_SIZES if given.quick else sorted(given.rows)
    taken: list[Taken] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        project = make_trained(folder / "project", COMMITTED)
        for rows in sizes:
            drops = make_drops(folder / "drops", DROPS, rows // DROPS)
            for _ in range(given.pairs):
                taken += grow(project, folder, drops, rows, given)
            shutil.rmtree(drops)
    return close(section(taken, given), given)


def default_engine() -> str:
    """Return ``dask`` where the extra is installed."""
    is_there = "engine" in base_parameters() and importlib.util.find_spec("distributed")
    return "dask" if is_there else "pandas"


def grow(
    project: Path, folder: Path, drops: Path, rows: int, given: argparse.Namespace
) -> list[Taken]:
    """Run the pipelines on drops, one after the other, with each engine in turn."""
    taken = []
    for pipeline in PIPELINES:
        if pipeline == "modeling" and rows > MOST_TRAINED:
            continue
        engines = {"pandas": ""}
        if given.engine == "dask" and pipeline in WITH_ENGINE:
            engines["dask"] = f",engine=dask,engine.workers={given.workers}"
        calls = {
            engine: lambda more=more: run_pipeline(project, folder, pipeline, drops, more)  # noqa: B023 - called below
            for engine, more in engines.items()
        }
        for engine, (staged,) in in_turns(calls, 1).items():
            taken.append(as_taken(staged, engine, pipeline, rows))
            print(told(taken[-1]), flush=True)
    return taken


def run_pipeline(project: Path, folder: Path, pipeline: str, drops: Path, more: str) -> Staged:
    """Run one pipeline on the drops, as if it had never run."""
    if pipeline == "data_processing":
        shutil.rmtree(project / "data/02_intermediate", ignore_errors=True)
    # Invented rows need not keep every rule: their columns go together by chance.
    loose = "data_validation.drift.max_correlation_change=1"
    asked = ["--pipelines", pipeline, "--params", f"drops={drops},{loose}{more}"]
    if pipeline == "data_validation":
        asked += ["--to-nodes", "data_validation.validate"]
    return kedro_by_stage(project, folder / "clock", "run", *asked)


def as_taken(staged: Staged, engine: str, pipeline: str, rows: int) -> Taken:
    """Return what a command took."""
    memory = {role: size / 1e9 for role, size in staged.cost.memory.items()}
    peak = max(stage.memory for stage in staged.stages.values()) / 1e9
    memory["command"] = max(memory.get("command", 0.0), peak)
    seconds = sum(stage.seconds for stage in staged.stages.values())
    return Taken(
        engine, pipeline, rows, seconds, staged.cost.seconds, staged.cost.cpu_seconds, memory
    )


def told(taken: Taken) -> str:
    """Return one line on a run."""
    memory = ", ".join(f"{role} {size:.2f} GB" for role, size in taken.memory.items())
    return (
        f"{taken.engine:7}{taken.pipeline:16}{taken.rows:>12,} rows{taken.seconds:8.1f} s"
        f"{taken.whole:8.1f} s in all; {memory}"
    )


def exponent(fewer: Taken, more: Taken) -> float:
    """Return how the time grows: 1 where it does as the rows do."""
    return math.log(more.seconds / fewer.seconds) / math.log(more.rows / fewer.rows)


def by_seconds(taken: Taken) -> float:
    """Return what rounds are ordered by."""
    return taken.seconds


def section(taken: Sequence[Taken], given: argparse.Namespace) -> Section:
    """Return the results."""
    rounds: dict[tuple[str, str, int], list[Taken]] = {}
    for each in taken:
        rounds.setdefault((each.engine, each.pipeline, each.rows), []).append(each)
    middle = [sorted(found, key=by_seconds)[len(found) // 2] for found in rounds.values()]
    pandas = [each for each in middle if each.engine == "pandas"]
    dask = [each for each in middle if each.engine == "dask"]
    tables, targets = [growth_table(pandas)], growth_targets(pandas)
    if dask:
        tables.append(engine_table(dask, pandas))
        targets += engine_targets(dask, pandas)
    about = (
        "Ten drops of synthetic rows, each with 90 % of the ids of the one before; each pipeline "
        "is a command of its own, tracked in the local store. Seconds are of the nodes, with "
        "loading and saving; the exponent is that of the seconds from one size to the next (1: as "
        "the rows). Memory is the peak of Kedro's process by itself."
    )
    notes = [
        (
            f"Modeling is measured up to {MOST_TRAINED:,} rows; inference prices the listings that "
            "processing has made of the rows."
        )
    ]
    if dask:
        notes.append(
            f"With `engine=dask`, {given.workers} local workers; memory is the largest worker's."
        )
    return Section("Growth", about, tables, targets, notes)


def growth_table(taken: Sequence[Taken]) -> Table:
    """Return seconds, exponent and memory of each pipeline and size."""
    rows = []
    for pipeline in PIPELINES:
        before: Taken | None = None
        for each in (each for each in taken if each.pipeline == pipeline):
            power = f"{exponent(before, each):.2f}" if before and before.rows < each.rows else ""
            rows.append(
                [
                    pipeline,
                    f"{each.rows:,}",
                    power,
                    f"{each.rows / each.seconds:,.0f}",
                    f"{each.seconds:.1f}",
                    f"{each.whole:.1f}",
                    f"{each.cpu_seconds:.1f}",
                    f"{each.memory['command']:.2f}",
                ]
            )
            before = each
    head = ["pipeline", "raw rows", "exponent", "rows/s", "seconds", "whole command", "CPU s", "GB"]
    return Table("Pandas:", head, rows)


def growth_targets(taken: Sequence[Taken]) -> list[Target]:
    """Return exponent and memory beside their limits."""
    targets = []
    for pipeline in WITH_ENGINE:
        sized = [each for each in taken if each.pipeline == pipeline and each.rows >= FROM]
        if len({each.rows for each in sized}) > 1:
            power = exponent(sized[0], sized[-1])
            what = f"{pipeline}: exponent from {sized[0].rows:,} to {sized[-1].rows:,} rows"
            targets.append(Target(what, power, EXPONENT, ""))
    largest = max(taken, key=lambda each: each.memory["command"])
    what = f"pandas: largest process ({largest.pipeline}, {largest.rows:,} rows)"
    return [*targets, Target(what, largest.memory["command"], MOST_MEMORY, "GB")]


def engine_table(dask: Sequence[Taken], pandas: Sequence[Taken]) -> Table:
    """Return both engines side by side."""
    rows = []
    for each, beside in side_by_side(dask, pandas):
        processes = {role: each.memory.get(role, 0.0) for role in ("command", "worker", "tracker")}
        rows.append(
            [
                each.pipeline,
                f"{each.rows:,}",
                f"{each.seconds / beside.seconds:.2f}",
                f"{each.seconds:.1f}",
                f"{beside.seconds:.1f}",
                *(f"{size:.2f}" for size in processes.values()),
            ]
        )
    head = ["pipeline", "raw rows", "of pandas' time", "dask, s", "pandas, s"]
    return Table("Dask:", [*head, "Kedro, GB", "worker, GB", "tracker, GB"], rows)


def side_by_side(dask: Sequence[Taken], pandas: Sequence[Taken]) -> list[tuple[Taken, Taken]]:
    """Return what each engine took for the same, in order."""
    keyed = {(each.pipeline, each.rows): each for each in pandas}
    return [(each, keyed[each.pipeline, each.rows]) for each in dask]


def engine_targets(dask: Sequence[Taken], pandas: Sequence[Taken]) -> list[Target]:
    """Return time and memory of the engine beside their limits."""
    most = max(each.rows for each in dask)
    both = [pair for pair in side_by_side(dask, pandas) if pair[0].rows == most]
    ratio = sum(each.seconds for each, _ in both) / sum(beside.seconds for _, beside in both)
    targets = [Target(f"dask: of pandas' time, {most:,} rows, all pipelines", ratio, DASK_TIME)]
    for rows in sorted({each.rows for each in dask if each.rows >= DASK_FROM}):
        largest = max(size for each in dask if each.rows == rows for size in each.memory.values())
        what = f"dask: largest process, {rows:,} rows"
        targets.append(Target(what, largest, DASK_MEMORY, "GB"))
    return targets


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

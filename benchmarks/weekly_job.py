"""The weekly job end to end and by stage, beside a common way to do it as plain scripts.

Run from anywhere::

    python benchmarks/weekly_job.py [--pairs 5] [--quick]

In each round, in turns: the reference flow (``benchmarks/reference_flow``) as plain scripts, the
same with each step a run of W&B (the tests' server, on this machine), ``kedro run`` and
``kedro weekly``, both tracked in the local store, in fresh projects, on the same drop. Then, as
often, the second week by ``kedro run`` and by ``kedro weekly``, from copies of the project as the
first week has left it. The drop is the real one (variable LISTINGS_DATA), else a synthetic one of
as many rows.

Exit status: 0 if all targets are met, 1 if not.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from sklearn.metrics import mean_absolute_error

from reference_flow.flow import FEWEST, Flow, run_flow
from reference_flow.forest import reference_forest
from reference_flow.split import SEED
from shared.drops import REAL_DAY, real_drops, synthetic_drop
from shared.pairs import in_turns, median_ratio, spread
from shared.projects import COMMITTED, make_project
from shared.results import Section, Table, Target, close, options, parse
from shared.server import ServerProcess
from shared.stages import Staged, kedro_by_stage

RUN, WEEKLY, ERROR = 0.40, 0.8, 0.93
"""Of the reference flow: most time of a run and of a weekly command, highest test MAE."""

MOST_SECONDS, MOST_WEEKLY = 20.0, 2.0
"""Of a run on the committed drops; of the second week's weekly command, in times of its run."""

ROWS, QUICK_ROWS = 20_000, 3_000
COMMANDS = {"run": "kedro run", "weekly": "kedro weekly"}
PLAIN, TRACKED = "reference flow, plain scripts", "reference flow, tracked"


@dataclass
class Week:
    """The drop, and what became of it.

    Attributes:
        drop: The file.
        drops: Its folder.
        day: Its date.
        name: In words.
        fewest: Rows that the reference flow asks for.
        flows: Of the reference flow, as plain scripts and tracked.
    """

    drop: Path
    drops: Path
    day: str
    name: str
    fewest: int
    flows: dict[str, list[Flow]] = field(default_factory=lambda: {PLAIN: [], TRACKED: []})


def main(arguments: Sequence[str]) -> int:
    """Time the rounds, and return the exit status."""
    given = parse(options(__doc__, pairs=5), arguments)
    with tempfile.TemporaryDirectory() as name, ServerProcess() as server:
        folder = Path(name)
        week = find_week(folder, given)
        variables = server.environment(folder / "sdk")
        (folder / "sdk").mkdir()
        timed = first_week(week, folder, given.pairs, variables)
        later = later_weeks(folder, week, given)
        errors = same_split(min(folder.glob("run-*")))
    return close(section(week, timed, later, errors), given)


def section(
    week: Week,
    timed: Mapping[str, list[Staged]],
    later: Mapping[str, list[float]],
    errors: tuple[float, float],
) -> Section:
    """Return the results; the errors are ours and the forest's on one split."""
    seconds = {
        **{name: [flow.seconds for flow in found] for name, found in week.flows.items()},
        **{each: [staged.cost.seconds for staged in found] for each, found in timed.items()},
    }
    ours, forest = errors
    flow = week.flows[PLAIN][0]
    twice = median_ratio(later["weekly"], later["run"])
    committed = statistics.median(later["committed"])
    targets = [
        Target("kedro run, of the reference flow's time", ratio(seconds, "run"), RUN),
        Target("kedro weekly, of the reference flow's time", ratio(seconds, "weekly"), WEEKLY),
        Target("test MAE, of the forest's on the same split", ours / forest, ERROR),
        Target("the second week by kedro weekly, of kedro run's time", twice, MOST_WEEKLY),
        Target("kedro run on the committed drops", committed, MOST_SECONDS, "s"),
    ]
    about = (
        f"A first week on {week.name}, from the file to a judged model: the reference flow is "
        "five Python scripts with CSV files between them (clean, check, split, train a random "
        "forest of absolute errors, judge), by themselves and with each step a run of W&B that "
        "downloads its inputs and logs its outputs (a server on this machine; the model as joblib "
        "has it). `kedro run` processes, validates, trains, explains, judges and "
        "releases, `kedro weekly` also prices all listings and writes the week's pages; both are "
        "tracked in the local store, each in a fresh project."
    )
    note = (
        f"Test MAE of the model that `kedro run` has made {ours:.2f} USD, of the forest fitted on "
        f"the same training part {forest:.2f} USD. By its own split the reference flow has "
        f"{flow.validation['mae']:.2f} on validation and {flow.test['mae']:.2f} on test."
    )
    tables = [whole_table(seconds, week.flows, timed), stage_table(week.flows, timed)]
    return Section("The weekly job", about, [*tables, later_table(later)], targets, [note])


def ratio(seconds: Mapping[str, list[float]], name: str) -> float:
    """Return the median ratio to the reference flow as plain scripts."""
    return median_ratio(seconds[name], seconds[PLAIN])


def find_week(folder: Path, given: argparse.Namespace) -> Week:
    """Return the real drop, or invent one; the quick form always does."""
    real = None if given.quick else real_drops()
    if real:
        name = f"the real drop of {REAL_DAY} (New York City, 20,000 rows)"
        return Week(real / f"{REAL_DAY}.csv", real, REAL_DAY, name, FEWEST)
    rows = QUICK_ROWS if given.quick else ROWS
    drops = synthetic_drop(folder / "drops", rows)
    (drop,) = drops.glob("*.csv*")
    return Week(drop, drops, drop.name[:10], f"a synthetic drop of {rows:,} rows", rows // 2)


def first_week(
    week: Week, folder: Path, pairs: int, variables: Mapping[str, str]
) -> dict[str, list[Staged]]:
    """Do the week in all ways; return what Kedro's commands took."""
    numbers = iter(range(10**6))

    def by_flow(name: str) -> Staged | None:
        number = next(numbers)
        project = {"WANDB_PROJECT": f"reference-{number}"}
        tracked = {**variables, **project} if name == TRACKED else None
        place = folder / f"flow-{number}"
        week.flows[name].append(run_flow(week.drop, place, week.fewest, tracked))
        return None

    def by_kedro(command: str) -> Staged | None:
        project = make_project(folder / f"{command}-{next(numbers):03}")
        params = f"drops={week.drops},as_of={week.day}"
        return kedro_by_stage(project, folder / "clock", command, "--params", params)

    calls: dict[str, Callable[[], Staged | None]] = {}
    for name in week.flows:
        calls[name] = lambda name=name: by_flow(name)  # type: ignore[misc]
    for name in COMMANDS:
        calls[name] = lambda name=name: by_kedro(name)  # type: ignore[misc]
    found = in_turns(calls, pairs)
    return {name: [each for each in found[name] if each] for name in COMMANDS}


def later_weeks(folder: Path, week: Week, given: argparse.Namespace) -> dict[str, list[float]]:
    """Return the seconds of the second week by both commands, and of a run on committed drops."""
    drops, whole = week.drops, COMMITTED
    if given.quick:
        whole = drops = synthetic_drop(week.drops, QUICK_ROWS, "2024-01-15", week.drop)
    elif week.drops.parent == folder:
        drops = COMMITTED
    first, *_ = sorted(drops.glob("????-??-??.csv*"))
    before, clock = make_project(folder / "before"), folder / "clock"
    kedro_by_stage(before, clock, "run", "--params", f"drops={drops},as_of={first.name[:10]}")
    numbers = iter(range(10**6))

    def again(command: str, start: Path | None, source: Path) -> float:
        project = folder / f"later-{next(numbers)}"
        if start:
            shutil.copytree(start, project)
        else:
            make_project(project)
        return kedro_by_stage(project, clock, command, "--params", f"drops={source}").cost.seconds

    return in_turns(
        {
            "run": lambda: again("run", before, drops),
            "weekly": lambda: again("weekly", before, drops),
            "committed": lambda: again("run", None, whole),
        },
        given.pairs,
    )


def same_split(project: Path) -> tuple[float, float]:
    """Return the test MAE of a run's model, and of the forest fitted on its training part, USD."""
    train, test = (
        pd.read_parquet(project / f"data/05_model_input/{part}_listings.parquet")
        for part in ("train", "test")
    )
    estimates = pd.read_parquet(project / "data/07_model_output/test_estimates.parquet")
    priced = test[["id", "price"]].merge(estimates[["id", "typical_price"]], on="id")
    ours = float(mean_absolute_error(priced["price"], priced["typical_price"]))
    model = reference_forest("absolute_error", SEED).fit(train, train["price"].to_numpy())
    return ours, float(mean_absolute_error(test["price"], model.predict(test)))


def whole_table(
    seconds: Mapping[str, list[float]],
    flows: Mapping[str, list[Flow]],
    timed: Mapping[str, list[Staged]],
) -> Table:
    """Return what each way took, end to end."""
    plain = seconds[PLAIN]
    cpu = {
        **{name: [flow.cpu_seconds for flow in found] for name, found in flows.items()},
        **{name: [each.cost.cpu_seconds for each in found] for name, found in timed.items()},
    }
    memory = {
        **{
            name: max(cost.peak() for flow in found for cost in flow.costs.values())
            for name, found in flows.items()
        },
        **{name: max(peak(each) for each in found) for name, found in timed.items()},
    }
    return Table(
        f"The first week, medians of {len(plain)} rounds; memory is the largest process's peak:",
        [
            "",
            "of plain scripts",
            "lowest to highest",
            "of those tracked",
            "seconds",
            "CPU seconds",
            "GB",
        ],
        [
            [
                COMMANDS.get(name, name),
                f"{median_ratio(found, plain):.2f}",
                spread(found, plain),
                f"{median_ratio(found, seconds[TRACKED]):.2f}",
                f"{statistics.median(found):.1f}",
                f"{statistics.median(cpu[name]):.1f}",
                f"{memory[name]:.2f}",
            ]
            for name, found in seconds.items()
        ],
    )


def later_table(later: Mapping[str, list[float]]) -> Table:
    """Return what the second week took."""
    rows = [
        [
            name,
            f"{median_ratio(later[command], later['run']):.2f}",
            spread(later[command], later["run"]),
            f"{statistics.median(later[command]):.1f}",
        ]
        for command, name in COMMANDS.items()
    ]
    head = ["command", "of kedro run", "lowest to highest", "seconds"]
    return Table("The second week, from where the first one has left the project:", head, rows)


def peak(staged: Staged) -> float:
    """Return the highest resident size of a command's processes, GB."""
    stages = (stage.memory / 1e9 for stage in staged.stages.values())
    return max(*stages, *(staged.cost.peak(role) for role in staged.cost.memory))


def stage_table(flows: Mapping[str, list[Flow]], timed: Mapping[str, list[Staged]]) -> Table:
    """Return the seconds of each step and pipeline."""
    rows = []
    for name, found in flows.items():
        for step in found[0].costs:
            taken = statistics.median(flow.costs[step].seconds for flow in found)
            rows.append([name, step, f"{taken:.1f}"])
    for name, runs in timed.items():
        stages = {stage for run in runs for stage in run.stages}
        order = [stage for stage in runs[0].stages if stage in stages]
        for stage in order:
            taken = statistics.median(run.stages[stage].seconds for run in runs)
            rows.append([COMMANDS[name], stage, f"{taken:.1f}"])
        rest = statistics.median(
            run.cost.seconds - sum(stage.seconds for stage in run.stages.values()) for run in runs
        )
        rows.append([COMMANDS[name], "start, end", f"{rest:.1f}"])
    return Table("By stage, seconds:", ["", "stage", "seconds"], rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

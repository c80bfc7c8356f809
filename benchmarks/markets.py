"""What many markets cost: to read, to look through, to do one after the other and side by side.

Run from anywhere::

    python benchmarks/markets.py [--pairs 3] [--markets 4] [--jobs 2] [--quick]

Each market is a synthetic city with a folder of configuration of its own and the default model,
tracked locally. ``kedro markets`` does the first week of one half of them with one process at a
time, and of the other half with several; then that of all once more, which is nothing new.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shared.drops import synthetic_drop
from shared.pairs import in_turns, median_ratio, spread
from shared.processes import Cost, kedro
from shared.projects import make_project
from shared.results import Section, Table, close, options, parse

ROWS, QUICK_ROWS = 12_000, 4_000
"""Of each city's drop."""

ALONE, BESIDE = "one at a time", "side by side"
WRONG_NAME = 2
"""Exit status where a market is asked for that there is not: all are read, and none is run."""


class Cities:
    """A project with many markets."""

    def __init__(self, project: Path, number: int, drop: Path) -> None:
        """Make it.

        Args:
            project: A new folder.
            number: Of cities.
            drop: The first delivery of each.
        """
        self.project = make_project(project)
        self.names = [f"city{number}" for number in range(1, number + 1)]
        shutil.copytree(project / "conf", project / "bare")  # without any city
        for name in self.names:
            shutil.copytree(drop, project / f"data/{name}/01_raw/listings")
            (project / "conf" / name).mkdir()
            told = f"market: {{name: {name}}}\n"
            (project / "conf" / name / "parameters.yml").write_text(told, encoding="utf-8")

    def run(self, *arguments: str, status: int = 0) -> Cost:
        """Run ``kedro markets`` to its end."""
        return kedro(self.project, "markets", *arguments, accepted=[status])

    def size(self, *places: str) -> float:
        """Bytes of all files in some folders, for each city."""
        files = (file for place in places for file in (self.project / place).rglob("*"))
        return sum(file.stat().st_size for file in files if file.is_file()) / len(self.names)


def main(arguments: Sequence[str]) -> int:
    """Measure, and return the exit status."""
    parser = options(__doc__, pairs=3)
    parser.add_argument("--markets", type=int, default=4, help="an even number of cities")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    given = parse(parser, arguments)
    number, rows = (2, QUICK_ROWS) if given.quick else (given.markets, ROWS)
    weeks: dict[str, list[Cost]] = {ALONE: [], BESIDE: []}
    others: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        drop = synthetic_drop(Path(folder) / "drop", rows)
        for turn in range(given.pairs):
            cities = Cities(Path(folder) / f"project{turn}", number, drop)
            halves = cities.names[: number // 2], cities.names[number // 2 :]
            calls = week_calls(cities, halves[:: -1 if turn % 2 else 1], given.jobs)
            for name in reversed(calls) if turn % 2 else calls:
                weeks[name].append(calls[name]())
            for name, costs in in_turns(other_calls(cities), 1).items():
                others.setdefault(name, []).extend(costs)
        held = {place: cities.size(place) for place in ("data/_markets", "data", ".wandb")}
    about = (
        f"`kedro markets` on {number} synthetic cities of {rows:,} rows, with the default model, "
        f"tracked locally: the first week of one half by one process at a time, of the other by "
        f"{given.jobs}, and then all of them once more. CPU time is that of all processes."
    )
    tables = [first_weeks(weeks, number // 2), again(others, number), disk(held)]
    return close(Section("Markets side by side", about, tables), given)


def week_calls(
    cities: Cities, halves: Sequence[Sequence[str]], jobs: int
) -> dict[str, Callable[[], Cost]]:
    """Return what does the first week of each half."""
    return {
        ALONE: lambda: cities.run("--jobs", "1", *halves[0]),
        BESIDE: lambda: cities.run("--jobs", str(jobs), *halves[1]),
    }


def other_calls(cities: Cities) -> dict[str, Callable[[], Cost]]:
    """Return what reads all cities, or finds nothing new in them."""
    return {
        "nothing new": lambda: cities.run("--except", "base"),
        "read": lambda: cities.run("nowhere", status=WRONG_NAME),
        "none": lambda: cities.run("nowhere", "--conf-source", "bare", status=WRONG_NAME),
    }


def first_weeks(weeks: Mapping[str, Sequence[Cost]], number: int) -> Table:
    """Return what a first week takes, one at a time and side by side."""
    seconds = {name: [cost.seconds for cost in costs] for name, costs in weeks.items()}
    rows = [
        [
            name,
            f"{median_ratio(seconds[name], seconds[ALONE]):.2f}",
            spread(seconds[name], seconds[ALONE]),
            f"{statistics.median(seconds[name]) / number:.1f}",
            f"{statistics.median(cost.cpu_seconds for cost in costs) / number:.1f}",
            f"{max(cost.peak('other') for cost in costs):.2f}",
        ]
        for name, costs in weeks.items()
    ]
    head = ["", "of the time", "from, to", "seconds", "CPU seconds", "GB, largest process"]
    return Table("First weeks, of each market:", head, rows)


def again(others: Mapping[str, Sequence[Cost]], number: int) -> Table:
    """Return what it takes to read a market's configuration, and to find nothing new in it."""
    cpu = {
        name: statistics.median(cost.cpu_seconds for cost in costs)
        for name, costs in others.items()
    }
    rows = [
        ["its configuration is read", f"{(cpu['read'] - cpu['none']) / number:.2f}"],
        ["nothing is new in it", f"{(cpu['nothing new'] - cpu['read']) / number:.2f}"],
    ]
    return Table("What else it takes, of each market:", ["", "CPU seconds"], rows)


def disk(held: Mapping[str, float]) -> Table:
    """Return what a market holds on disk after its first week."""
    rows = [
        ["data, with the drop", f"{(held['data'] - held['data/_markets']) / 1e6:.1f}"],
        ["store of versions", f"{held['.wandb'] / 1e6:.1f}"],
        ["logs of all starts", f"{held['data/_markets'] / 1e6:.3f}"],
    ]
    return Table("On disk after the first week, of each market:", ["", "MB"], rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

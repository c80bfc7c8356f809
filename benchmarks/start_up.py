"""How long short commands take, beside what Kedro itself takes with the same plugins.

Run from anywhere::

    python benchmarks/start_up.py [--pairs 7] [--quick]

Whole commands are timed, each in a process of its own, in turns; CPU time is that of the command
and of the processes that it awaited. The floor is a project of one trivial node with the same
plugins installed. Tracked runs are tracked locally, without an account. Then the interpreter
tells which imports cost most on the way to the first node (``-X importtime``).

Exit status: 0 if the validation takes no more than its limits at the median, 1 if it does.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.pairs import in_turns, median_ratio
from shared.processes import Cost, clean_environment, kedro, run
from shared.projects import make_product
from shared.results import Section, Table, Target, close, options, parse

VALIDATION = "run --pipelines data_validation"
PROCESSING = "run --pipelines data_processing"
LIMITS = {False: 3.0, True: 3.5}
"""Seconds that the validation of the committed drops may take, untracked and tracked."""

FLOOR = {
    "pyproject.toml": (
        '[tool.kedro]\npackage_name = "floor"\nproject_name = "floor"\n'
        'kedro_init_version = "1.7.0"\nsource_dir = "src"\n'
    ),
    "src/floor/__init__.py": "",
    "src/floor/settings.py": "",
    "src/floor/pipeline_registry.py": (
        "from kedro.pipeline import Node, Pipeline\n\n\n"
        "def nothing():\n    return 1\n\n\n"
        "def register_pipelines():\n"
        "    return {'__default__': Pipeline([Node(nothing, None, 'one')])}\n"
    ),
    "conf/base/catalog.yml": "",
    "conf/local/.gitkeep": "",
}

TOP = 12
"""Packages that are shown."""

_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")


@dataclass(frozen=True)
class Case:
    """A command, where it runs, and whether it is tracked."""

    project: Path
    arguments: str
    tracked: bool = False

    def run(self) -> Cost:
        """Run it to its end."""
        mode = {} if self.tracked else {"WANDB_MODE": "disabled"}
        environment = clean_environment(self.project) | mode
        return kedro(self.project, *self.arguments.split(), environment=environment)


def main(arguments: Sequence[str]) -> int:
    """Time the commands, and return the exit status."""
    given = parse(options(__doc__, pairs=7), arguments)
    with tempfile.TemporaryDirectory() as folder:
        floor, project = make_floor(Path(folder) / "floor"), make_product(Path(folder) / "project")
        kedro(project, "run", "--pipelines", "data_processing,data_validation")
        cases = {
            "kedro --help, floor": Case(floor, "--help"),
            "kedro --help": Case(project, "--help"),
            "one node, floor": Case(floor, "run"),
            "data_processing": Case(project, PROCESSING),
            "data_validation": Case(project, VALIDATION),
            "data_processing, tracked": Case(project, PROCESSING, tracked=True),
            "data_validation, tracked": Case(project, VALIDATION, tracked=True),
        }
        took = in_turns({name: case.run for name, case in cases.items()}, given.pairs)
        imports = import_times(project)
    seconds = {name: [cost.seconds for cost in costs] for name, costs in took.items()}
    targets = [
        Target(name, statistics.median(seconds[name]), LIMITS[case.tracked], "s")
        for name, case in cases.items()
        if case.arguments == VALIDATION
    ]
    about = (
        "Whole commands on the committed drops, with nothing new to read, in turns with a project "
        "of one trivial node and the same plugins (the floor): what Kedro itself takes."
    )
    tables = [commands(took, seconds), packages(imports)]
    return close(Section("Start", about, tables, targets), given)


def make_floor(project: Path) -> Path:
    """Write the least project that Kedro runs."""
    for name, content in FLOOR.items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return project


def import_times(project: Path) -> dict[str, float]:
    """Return the seconds that modules took to import by package, in an untracked validation."""
    command = [sys.executable, "-X", "importtime", "-m", "kedro", *VALIDATION.split()]
    environment = clean_environment(project) | {"WANDB_MODE": "disabled"}
    seconds: dict[str, float] = {}
    for own, module in _IMPORT.findall(run(command, project, environment).output):
        package = module.split(".")[0]
        seconds[package] = seconds.get(package, 0.0) + int(own) / 1e6
    return seconds


def commands(took: Mapping[str, Sequence[Cost]], seconds: Mapping[str, Sequence[float]]) -> Table:
    """Return what each command takes, beside the floor."""
    rows = [
        [
            name,
            f"{median_ratio(seconds[name], seconds['one node, floor']):.2f}",
            f"{statistics.median(seconds[name]):.2f}",
            f"{statistics.median(cost.cpu_seconds for cost in costs):.2f}",
        ]
        for name, costs in took.items()
    ]
    head = ["command", "of the floor's run", "seconds", "CPU seconds"]
    return Table(f"Medians of {len(next(iter(took.values())))} rounds:", head, rows)


def packages(seconds: Mapping[str, float]) -> Table:
    """Return the packages that took longest to import."""
    total = sum(seconds.values())
    longest = sorted(seconds, key=lambda name: -seconds[name])[:TOP]
    rows = [
        [f"`{name}`", f"{seconds[name] / total:.2f}", f"{seconds[name]:.2f}"] for name in longest
    ]
    rows.append(["all", "1.00", f"{total:.2f}"])
    caption = (
        f"Imports of an untracked data_validation, once; the {TOP} packages that take longest:"
    )
    return Table(caption, ["package", "share", "seconds"], rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

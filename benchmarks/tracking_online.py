"""How long a run takes that is tracked online, beside a bare hook of the SDK's own calls.

Run from anywhere::

    python benchmarks/tracking_online.py [--pairs 4] [--project product|starter|both] [--quick]

The tests' W&B server listens in a process of its own. Each pair is two whole `kedro run`s in
one folder, in turns the one first and the other: with `kedro_wandb` online, and with that
disabled and the plugin ``bare_hook``, which calls the SDK as its manual says: a run for each
pipeline, `use_artifact` for what a node has loaded, `log_artifact` for what it has saved. Each
run of a first pair goes to a W&B project of its own, where every version is new; each second one to
the same projects, where almost none is. At the end the server is asked whether both have made
the same runs, with the same artifacts used and logged.

Exit status: 0 if the median ratio is within the limit and both have made the same, else 1.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.plugins import install
from shared.processes import kedro
from shared.projects import MAKERS
from shared.results import Section, Table, Target, close, options, parse
from shared.server import ServerProcess

RATIO = 1.1
"""Limit: multiple of the time that the bare hook takes."""


@dataclass(frozen=True)
class Place:
    """Where the runs of a project go.

    Attributes:
        project: Its folder.
        environment: Of the commands, which leads them to the server.
        plugin: Folder in which the bare hook is told of.
    """

    project: Path
    environment: Mapping[str, str]
    plugin: Path


def main(arguments: list[str]) -> int:
    """Time the pairs of each project, and return the exit status."""
    parser = options(__doc__, pairs=4)
    parser.add_argument("--project", choices=[*MAKERS, "both"], default="starter")
    given = parse(parser, arguments)
    chosen = list(MAKERS) if given.project == "both" else [given.project]
    rows: list[list[str]] = []
    targets: list[Target] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory() as name, ServerProcess() as server:
        for each in chosen:
            timed = time_project(each, given.pairs, Path(name) / each, server)
            for what, pairs in timed.items():
                rows.append([each, what, *told(pairs)])
                ratio = statistics.median(pair.ratio for pair in pairs)
                targets.append(Target(f"{each}, {what}: of the bare hook's time", ratio, RATIO))
            notes += [is_same(server, each, number) for number in range(given.pairs)][-1:]
    about = (
        "Whole runs online (the tests' W&B server, on this machine) beside a bare hook that makes "
        "the same runs, uses and artifacts by the SDK's own calls, in turns; `all new` in a W&B "
        "project of its own each time, `unchanged` once more in the same."
    )
    head = ["project", "content", "of the bare hook", "lowest to highest", "seconds", "bare hook"]
    table = Table(f"{given.pairs} pairs:", [*head, "requests"], rows)
    return close(Section("Tracking online", about, [table], targets, notes), given)


@dataclass(frozen=True)
class Pair:
    """Seconds and requests of both runs of a pair."""

    ours: float
    bare: float
    asked: tuple[int, int]

    @property
    def ratio(self) -> float:
        """Of the times."""
        return self.ours / self.bare


def told(pairs: list[Pair]) -> list[str]:
    """Return the medians of pairs, as they are shown."""
    ratios = [pair.ratio for pair in pairs]
    return [
        f"{statistics.median(ratios):.2f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        f"{statistics.median(pair.ours for pair in pairs):.2f}",
        f"{statistics.median(pair.bare for pair in pairs):.2f}",
        "{} : {}".format(*pairs[-1].asked),
    ]


def time_project(
    name: str, pairs: int, folder: Path, server: ServerProcess
) -> dict[str, list[Pair]]:
    """Time the pairs of a project: those where all is new, and those where nothing is."""
    project = MAKERS[name](folder / "project")
    place = Place(project, server.environment(folder / "sdk"), folder / "plugin")
    (folder / "sdk").mkdir()
    time_run(place, f"{name}-warm", tracked=True)
    found: dict[str, list[Pair]] = {"all new": [], "unchanged": []}
    for number in range(pairs):
        for timed in found.values():
            order = [False, True] if number % 2 else [True, False]
            took: dict[bool, float] = {}
            asked: dict[bool, int] = {}
            for tracked in order:
                server.requests()
                to = project_of(name, number, tracked=tracked)
                took[tracked] = time_run(place, to, tracked=tracked)
                asked[tracked] = server.requests()
            timed.append(Pair(took[True], took[False], (asked[True], asked[False])))
    return found


def project_of(name: str, number: int, *, tracked: bool) -> str:
    """Return the W&B project of a pair."""
    return f"{name}-{'ours' if tracked else 'bare'}-{number}"


def time_run(place: Place, project: str, *, tracked: bool) -> float:
    """Run all pipelines and return the seconds of the whole command."""
    mode = "online" if tracked else "disabled"
    settings = f"project: {project}\nmode: {mode}\n"
    (place.project / "conf/local/wandb.yml").write_text(settings, encoding="utf-8")
    environment = {**place.environment, "WANDB_PROJECT": project}
    if not tracked:
        environment = install(place.plugin, "bare_hook", environment) | {"BARE_PROJECT": project}
    del environment["WANDB_MODE"]
    return kedro(place.project, "run", environment=environment).seconds


def is_same(server: ServerProcess, name: str, number: int) -> str:
    """Return what both runs of a pair have made.

    Raises:
        RuntimeError: They have not made the same, so that their times can't be compared.
    """
    ours, bare = (
        sorted(server.runs(project_of(name, number, tracked=tracked)), key=str)
        for tracked in (True, False)
    )
    if ours != bare or not ours:
        msg = f"pair {number} has not made the same:\n  ours {ours}\n  bare {bare}"
        raise RuntimeError(msg)
    return f"Both have made the same in {name}: {len(ours)} runs, with {count(ours)} artifacts."


def count(runs: list[dict[str, list[str]]]) -> str:
    """Return how many artifacts runs have used and logged."""
    return " and ".join(f"{sum(len(run[key]) for run in runs)} {key}" for key in ("used", "logged"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

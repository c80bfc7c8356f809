"""How long `kedro wandb lineage` takes after 200 weekly runs, beside `kedro --help`.

Run from anywhere::

    python benchmarks/tracking_lineage.py [--weeks 200] [--pairs 5] [--quick]

A small Kedro project gets a local store with a run of three pipelines a week, each of new
content: 2,400 versions after 200 weeks. The tests' W&B server, in a process of its own, is
given the same runs and versions. `kedro wandb lineage model` is then timed in both stores, each
beside `kedro --help` in the same folder, in turns the one first and the other.

Exit status: 0 if the medians keep the limits, 1 if not.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kedro_wandb.stores.base import Draft, Ending, Source, Step, Version
from kedro_wandb.stores.local.store import LocalStore
from shared.pairs import median_ratio, turned
from shared.projects import make_starter
from shared.results import Section, Table, Target, close, options, parse
from shared.server import ServerProcess

QUICK_WEEKS = 5

LOCALLY, ONLINE, LINES = 0.3, 3.0, 40
"""Limits: seconds above `kedro --help`, seconds in all, and lines that are told."""

STEPS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "processing": (["drops"], ["typed", "listings", "rejected", "account"]),
    "validation": (["listings", "account"], ["profile", "report"]),
    "modeling": (["listings", "report"], ["train", "test", "model", "metrics", "card"]),
}
"""What each step of a week uses and logs."""

PROJECT = "starter"


def main(arguments: list[str]) -> int:
    """Time the pairs, and return the exit status."""
    parser = options(__doc__, pairs=5)
    parser.add_argument("--weeks", type=int, default=200)
    given = parse(parser, arguments)
    weeks = QUICK_WEEKS if given.quick else given.weeks
    took: dict[tuple[str, str], list[tuple[float, float]]] = {}
    asked = 0
    with tempfile.TemporaryDirectory() as name, ServerProcess() as server:
        project = make_starter(Path(name) / "project")
        patient = "timeouts: {start: 60, call: 60}\n"  # a busy machine gives a number, no error
        (project / "conf/local/wandb.yml").write_text(patient, encoding="utf-8")
        fill(project, weeks, server)
        environment = server.environment(Path(name) / "sdk")
        for each in ("DIR", "HTTP_TIMEOUT"):  # the store is in the project's folder
            del environment[f"WANDB_{each}"]
        for number in range(given.pairs):
            for store in ("local", "wandb"):
                server.requests()
                for command in turned(["--help", "lineage"], number):
                    found = call(project, command, store, environment)
                    took.setdefault((store, command), []).append(found)
                asked = server.requests()
    return close(section(took, asked, weeks), given)


def section(
    took: Mapping[tuple[str, str], Sequence[tuple[float, float]]], asked: int, weeks: int
) -> Section:
    """Return the results; requests are those of the last time online."""
    rows = []
    for store, name in (("local", "the local store"), ("wandb", "online")):
        lineage, bare = took[store, "lineage"], took[store, "--help"]
        rows.append(
            [
                name,
                f"{median_ratio([one[0] for one in lineage], [one[0] for one in bare]):.2f}",
                f"{statistics.median(one[0] for one in lineage):.2f}",
                f"{statistics.median(one[0] for one in bare):.2f}",
                f"{statistics.median(one[1] for one in lineage):.2f}",
                str(asked) if store == "wandb" else "none",
            ]
        )
    more = statistics.median(
        one[0] - other[0]
        for one, other in zip(took["local", "lineage"], took["local", "--help"], strict=True)
    )
    online = statistics.median(one[0] for one in took["wandb", "lineage"])
    about = (
        f"`kedro wandb lineage` after {weeks} weekly runs of three pipelines, {12 * weeks:,} "
        "versions, beside `kedro --help` in the same project."
    )
    head = ["", "of `kedro --help`", "seconds", "`--help`", "CPU seconds", "requests"]
    targets = [
        Target("locally, more than --help", more, LOCALLY, "s"),
        Target("online, in all", online, ONLINE, "s"),
    ]
    return Section("Lineage", about, [Table("Whole commands:", head, rows)], targets)


def fill(project: Path, weeks: int, server: ServerProcess) -> None:
    """Let the local store and the server know the same weekly runs."""
    store = LocalStore(project / ".wandb" / PROJECT)
    file = project / "content"
    told = []
    for week in range(weeks):
        now: dict[str, Version] = {}
        for job, (used, logged) in STEPS.items():
            id_ = f"{job}-{week}"
            started = 1.7e9 + 604_800 * week + len(now)
            store.open_step(Step(id_, job, f"week {week}", f"run {week}", id_, started=started))
            for each in used:
                target = now.get(each) or draft_of(each, week, file, {})
                now[each] = store.use(id_, target).version
            inputs = {each: now[each].digest for each in used}
            for each in logged:
                now[each] = store.log(id_, draft_of(each, week, file, inputs)).version
            store.close_step(id_, Ending("finished", started + 1))
            told.append(
                {
                    "name": id_,
                    "groupName": f"week {week}",
                    "jobType": job,
                    "used": [as_told(now[each], store) for each in used],
                    "logged": [as_told(now[each], store) for each in logged],
                }
            )
    store.close()
    server.fill(PROJECT, told)


def draft_of(name: str, week: int, file: Path, inputs: Mapping[str, str]) -> Draft:
    """Return a draft of a week's own content, with as much metadata as a table has."""
    file.write_text(f"{name} {week}", encoding="utf-8")
    columns = {f"column_{number}": "float64" for number in range(20)}
    metadata = {"rows": week, "columns": columns, "inputs": inputs}
    kind = "model" if name == "model" else "dataset"
    return Draft(name, kind, (Source(f"{name}.csv", file),), f"The {name}", metadata)


def as_told(version: Version, store: LocalStore) -> dict[str, object]:
    """Return a version as the server is told of it."""
    (entry,) = store.entries(version)
    content = store.blob_path(entry.digest).read_text(encoding="utf-8")
    return {
        "name": version.name,
        "type": version.type,
        "digest": version.digest,
        "metadata": json.dumps(dict(version.metadata)),
        "files": {entry.name: content},
    }


def call(
    project: Path, command: str, store: str, environment: Mapping[str, str]
) -> tuple[float, float]:
    """Run a command and return its seconds, and those of CPU time."""
    asked = ["wandb", "lineage", "model", "--store", store] if command == "lineage" else [command]
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", *asked],
        cwd=project,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    took, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = done.stdout.splitlines()
    if done.returncode or (command == "lineage" and not 4 < len(lines) <= LINES):  # noqa: PLR2004 - a tree
        sys.exit(done.stdout + done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How long a run takes that is tracked online, beside a bare hook of the SDK's own calls.

Run from anywhere::

    python benchmarks/tracking_online.py [--pairs 5] [--project product|starter|both]

The tests' W&B server listens in a process of its own. Each pair is two whole `kedro run`s in
one folder, in turns the one first and the other: with `kedro_wandb` online, and with that
disabled and the hook below, which calls the SDK as its manual says: a run for each pipeline,
`use_artifact` for what a node has loaded, `log_artifact` for what it has saved. Each run of a
first pair goes to a W&B project of its own, where every version is new; each second one to
the same projects, where almost none is. At the end the server is asked whether both have made
the same runs, with the same artifacts used and logged.

Exit status: 0 if the median ratio is within the limit and both have made the same, else 1.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.server import ServerProcess
from tracking_time import LIMITS, MAKERS

RATIO = 1.1
"""Limit: multiple of the time that the bare hook takes."""

BARE = """
import os
from pathlib import Path

import wandb
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines


class BareHook:
    @hook_impl
    def after_catalog_created(self, catalog, save_version):
        self.catalog, self.version = catalog, save_version
        self.runs, self.logged = {}, {}

    @hook_impl
    def after_dataset_loaded(self, dataset_name, data, node):
        files, run = self.files(dataset_name, data), self.run(node)
        if not files:
            self.use_stored(dataset_name, run)
            return
        maker, artifact = self.logged.get(dataset_name, (None, None))
        if maker is run:
            return
        run.use_artifact(artifact.wait() if artifact else self.artifact(dataset_name, files))

    @hook_impl
    def after_dataset_saved(self, dataset_name, data, node):
        files, run = self.files(dataset_name, data), self.run(node)
        if files:
            artifact = run.log_artifact(self.artifact(dataset_name, files))
            self.logged[dataset_name] = run, artifact

    def use_stored(self, name, run):
        if name in self.catalog and not name.startswith("params:"):
            config = self.catalog.config_resolver.resolve_pattern(name)
            if config.get("type") == "kedro_wandb.ArtifactDataset":
                try:
                    run.use_artifact(config["artifact"])
                except (ValueError, wandb.errors.Error):
                    pass  # there is none yet

    @hook_impl
    def after_pipeline_run(self):
        for run in self.runs.values():
            run.finish()

    def run(self, node):
        step = next(
            name for name, each in pipelines.items()
            if name != "__default__" and any(node.name == other.name for other in each.nodes)
        )
        if step not in self.runs:
            about = {"group": self.version, "job_type": step, "reinit": "create_new"}
            self.runs[step] = wandb.init(project=os.environ["BARE_PROJECT"], **about)
        return self.runs[step]

    def artifact(self, name, files):
        artifact = wandb.Artifact(name, "dataset")
        for path in files:
            artifact.add_file(path)
        return artifact

    def files(self, name, data):
        if name.startswith("params:") or name == "parameters" or name not in self.catalog:
            return []
        config = self.catalog.config_resolver.resolve_pattern(name)
        told = config.get("filepath") or config.get("path")
        if told is None or not Path(told).exists():
            return []
        path = Path(told)
        if config.get("versioned"):
            path = path / self.version / path.name
        if not path.is_dir():
            return [path]
        found = sorted(each for each in path.rglob("*") if each.is_file())
        if isinstance(data, dict):
            found = [each for each in found if each.name.startswith(tuple(map(str, data)))]
        return found


hook = BareHook()
"""


@dataclass(frozen=True)
class Place:
    """Where the runs of a project go.

    Attributes:
        project: Its folder.
        environment: Of the commands, which leads them to the server.
        plugin: Folder of the bare hook, as a plugin of Kedro's.
    """

    project: Path
    environment: Mapping[str, str]
    plugin: Path


def main(arguments: list[str]) -> int:
    """Time the pairs of each project, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="pairs of each kind")
    parser.add_argument("--project", choices=[*LIMITS, "both"], default="both")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; seconds of the whole command")
    chosen = [given.project] if given.project in LIMITS else list(LIMITS)
    with tempfile.TemporaryDirectory() as name, ServerProcess() as server:
        plugin = make_plugin(Path(name) / "plugin")
        met = [
            time_project(each, given.pairs, Path(name) / each, plugin, server) for each in chosen
        ]
    return 0 if all(met) else 1


def make_plugin(folder: Path) -> Path:
    """Write the bare hook as a plugin that Kedro finds where its folder is on the path."""
    about = folder / "bare_hook-1.dist-info"
    about.mkdir(parents=True)
    (folder / "bare_hook.py").write_text(BARE, encoding="utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bare-hook\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[kedro.hooks]\nbare = bare_hook:hook\n")
    return folder


def time_project(name: str, pairs: int, folder: Path, plugin: Path, server: ServerProcess) -> bool:
    """Time the pairs of a project, and return whether it keeps the limit."""
    print(f"{name:12}{'bare hook':>10}{'tracked':>10}{'more':>8}{'ratio':>8}{'requests':>12}")
    project = MAKERS[name](folder / "project")
    place = Place(project, server.environment(folder / "sdk"), plugin)
    (folder / "sdk").mkdir()
    time_run(place, f"{name}-warm", tracked=True)
    ratios: dict[str, list[float]] = {"all new": [], "unchanged": []}
    for number in range(pairs):
        for what, found in ratios.items():
            order = [False, True] if number % 2 else [True, False]
            took: dict[bool, float] = {}
            asked: dict[bool, int] = {}
            for tracked in order:
                server.requests()
                to = project_of(name, number, tracked=tracked)
                took[tracked] = time_run(place, to, tracked=tracked)
                asked[tracked] = server.requests()
            found.append(took[True] / took[False])
            more = took[True] - took[False]
            print(
                f"{what:12}{took[False]:10.2f}{took[True]:10.2f}{more:8.2f}{found[-1]:8.3f}"
                f"{asked[True]:6} : {asked[False]}",
                flush=True,
            )
    is_met = True
    for what, found in ratios.items():
        median = statistics.median(found)
        is_met &= median <= RATIO
        print(
            f"{'met   ' if median <= RATIO else 'MISSED'}  {name}, {what}: median ratio"
            f" {median:.3f} ({min(found):.3f}-{max(found):.3f}), limit {RATIO}"
        )
    return all(is_same(server, name, number) for number in range(pairs)) and is_met


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
        environment["PYTHONPATH"] += os.pathsep + str(place.plugin)
        environment["BARE_PROJECT"] = project
    del environment["WANDB_MODE"]
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "kedro", "run"],
        cwd=place.project,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    took = time.perf_counter() - begin
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return took


def is_same(server: ServerProcess, name: str, number: int) -> bool:
    """Return whether both runs of a pair have made the same, and tell what differs."""
    ours, bare = (
        sorted(server.runs(project_of(name, number, tracked=tracked)), key=str)
        for tracked in (True, False)
    )
    if ours == bare and ours:
        print(f"        pair {number}: the same {len(ours)} runs, with {count(ours)}")
        return True
    print(f"MISSED  pair {number}: not the same\n  ours {ours}\n  bare {bare}")
    return False


def count(runs: list[dict[str, list[str]]]) -> str:
    """Return how many artifacts runs have used and logged."""
    return " and ".join(f"{sum(len(run[key]) for run in runs)} {key}" for key in ("used", "logged"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

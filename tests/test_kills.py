"""Runs killed at random moments leave whole datasets, and the next run is as if nothing were.

That each save is whole wherever it is killed is shown quickly in ``datasets/test_whole.py``.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

pytestmark = pytest.mark.slow

FIRST_WEEK = {"as_of": "2024-01-08"}
Content = bytes | dict[str, bytes] | None
WEEKS = ("first", "second")


@dataclass(frozen=True)
class Weeks:
    """A project whose results are those of the first week or of the second, undisturbed.

    Attributes:
        project: Its last run was of the second week.
        catalog: Its catalog.
        places: Where each dataset is that a run writes.
        results: By week, the content of each.
    """

    project: Any
    catalog: Any
    places: dict[str, Path]
    results: dict[str, dict[str, Content]]

    def run(self, week: str) -> None:
        """Make one week's results, in this process."""
        self.project.run(params=parameters(week))

    def start(self, week: str) -> subprocess.Popen[bytes]:
        """Begin to make them in a process group of its own; return at the run's beginning."""
        given = [f"{name}={value}" for name, value in parameters(week).items()]
        process = subprocess.Popen(
            [sys.executable, "-m", "kedro", "run", *(["--params", *given] if given else [])],
            cwd=self.project.path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        lock = self.project.path / "data/.run.lock"
        while process.poll() is None and f'"pid": {process.pid},' not in lock.read_text():
            time.sleep(0.005)
        return process


def parameters(week: str) -> dict[str, str]:
    """What the run of a week is given."""
    return FIRST_WEEK if week == "first" else {}


def content(path: Path) -> Content:
    """The bytes of a file, or of all files of a folder."""
    if path.is_dir():
        return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*.*")}
    return path.read_bytes() if path.exists() else None


def datasets(project: Any) -> tuple[Any, dict[str, Path]]:
    """The catalog, and the place of each of its datasets that a run writes."""
    bootstrap_project(project.path)
    with KedroSession.create(project.path) as session:
        catalog = session.load_context().catalog
    pipelines.set_requested(None)
    places = {}
    for name in sorted(pipelines["__default__"].all_outputs()):
        entry = catalog.config_resolver.resolve_pattern(name)
        if entry["type"] == "kedro_wandb.AliasDataset":
            continue  # a name for a version, kept in the store
        places[name] = Path(entry.get("filepath") or entry["path"])
    return catalog, places


def results(places: dict[str, Path]) -> dict[str, Content]:
    """The content of each dataset that a run writes."""
    return {name: content(place) for name, place in places.items()}


def load_all(weeks: Weeks) -> None:
    """Load each dataset through the catalog, partitions too; pictures are only for people."""
    for name, place in weeks.places.items():
        if place.suffix != ".png":
            loaded = weeks.catalog.load(name)
            for part in loaded.values() if isinstance(loaded, dict) else ():
                if callable(part):
                    part()


def stamps(places: list[Path]) -> list[int]:
    """When each file or folder was put in its place; 0 for one that is not there."""
    found = []
    for place in places:
        try:
            found.append(place.stat().st_mtime_ns)
        except FileNotFoundError:  # or not at this moment: a folder is being replaced
            found.append(0)
    return found


def changed(before: list[int], now: list[int]) -> int:
    """How many of them were put there since."""
    return sum(old != new for old, new in zip(before, now, strict=True))


def leftovers(project: Any) -> list[str]:
    """Hidden names that a killed save leaves behind."""
    hidden = re.compile(r"\..+\.(new|old)")
    found = (project.path / "data").rglob(".*")
    return sorted(one.name for one in found if hidden.fullmatch(one.name))


@pytest.fixture(scope="module")
def weeks(small_project: Any, tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    """Both weeks."""
    project = small_project(tmp_path_factory.mktemp("killed") / "project")
    catalog, places = datasets(project)
    made: dict[str, dict[str, Content]] = {}
    for week in WEEKS:
        project.run(params=parameters(week))
        made[week] = results(places)
    return Weeks(project, catalog, places, made)


def kill(weeks: Weeks, seed: int, times: int, *, recover: int) -> int:
    """Kill runs that make the first week and the second in turn, at moments drawn with the seed.

    What is drawn is how many datasets are written by then, and a short while more: so it is
    inside of a run, however fast the machine is. After each, all datasets are looked at; after
    every ``recover``-th, a run goes to its end.

    Returns:
        How many killed runs left some datasets of the one week and some of the other.
    """
    drawn, half_way = random.Random(seed), 0  # noqa: S311 - no secret
    places = list(weeks.places.values())
    for number in range(1, times + 1):
        week = WEEKS[number % 2 - 1]
        before = stamps(places)
        process = weeks.start(week)
        enough = drawn.randrange(len(places))
        while process.poll() is None and changed(before, stamps(places)) < enough:
            time.sleep(0.002)
        time.sleep(drawn.uniform(0, 0.2))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        half_way += look(weeks)
        if number % recover == 0:
            weeks.run(week)
            assert results(weeks.places) == weeks.results[week]
            assert leftovers(weeks.project) == []
    return half_way


def look(weeks: Weeks) -> bool:
    """Look whether each dataset is whole: loads, and is that of the one week or of the other."""
    load_all(weeks)
    first, second = (weeks.results[week] for week in WEEKS)
    found = results(weeks.places)
    assert [name for name in found if found[name] not in (first[name], second[name])] == []
    return found not in (first, second)


def test_the_two_weeks_differ_in_every_dataset(weeks: Weeks) -> None:
    """Else it would not show which of them a killed run has left."""
    first, second = (weeks.results[week] for week in WEEKS)
    assert set(first) == set(second)
    assert [name for name in first if first[name] == second[name]] == []
    assert None not in first.values()


@pytest.mark.parametrize("seed", range(2, 12))
def test_runs_killed_at_many_moments_leave_whole_datasets(weeks: Weeks, seed: int) -> None:
    """A hundred moments, ten by ten; after every fifth the next run is as if nothing had been."""
    assert kill(weeks, seed, times=10, recover=5) >= 2

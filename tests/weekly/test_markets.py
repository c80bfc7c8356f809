"""Two cities side by side, as a scheduler starts them: in processes of their own."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import yaml
from weekly_market import DAYS, DONE, FAILED, PERSON, SMALL_MARKET, Market

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

pytestmark = pytest.mark.slow

QUARTERS = {
    "Manhattan": "Centre",
    "Brooklyn": "Rive gauche",
    "Queens": "Rive droite",
    "Bronx": "Nord",
    "Staten Island": "Ouest",
}
PARIS = {
    "market": {
        "name": "Paris",
        "currency": "EUR",
        "boroughs": sorted(QUARTERS.values()),
        "latitude": {"min": 48.5, "max": 49.5},
        "longitude": {"min": 2.0, "max": 3.0},
    },
    **SMALL_MARKET,
    "data_validation": {
        **SMALL_MARKET["data_validation"],
        "bins": {
            "latitude": {"start": 48.5, "stop": 49.5, "count": 80},
            "longitude": {"start": 2.0, "stop": 3.0, "count": 75},
        },
    },
}


def in_paris(drop: pd.DataFrame) -> pd.DataFrame:
    """The same listings in another city."""
    return drop.assign(
        neighbourhood_group=drop["neighbourhood_group"].map(QUARTERS),
        latitude=(drop["latitude"] + 48.855 - 40.73).round(5),
        longitude=(drop["longitude"] + 2.35 + 73.95).round(5),
    )


def add_paris(market: Market) -> Market:
    """Let a project have Paris, too: its configuration, and no drop yet."""
    conf, drops = market.path / "conf/paris", paris_drops(market)
    conf.mkdir()
    (conf / "parameters.yml").write_text(yaml.safe_dump(PARIS), encoding="utf-8")
    (conf / "wandb.yml").write_text("mode: local\n", encoding="utf-8")
    drops.mkdir(parents=True)
    return market


def paris_drops(market: Market) -> Path:
    """Where the drops of Paris are."""
    return market.path / "data/paris/01_raw/listings"


def deliver_paris(market: Market, day: str = DAYS[0]) -> None:
    """Put a drop into Paris."""
    file = paris_drops(market) / f"{day}.csv"
    in_paris(market.drop(day)).to_csv(file, index=False, lineterminator="\n")


@pytest.fixture
def cities(first: Market) -> Market:
    """New York after its first week, with its second delivery; Paris without any."""
    first.deliver(DAYS[1])
    return add_paris(first)


def start(market: Market, *arguments: str) -> subprocess.Popen[str]:
    """Start the command."""
    return subprocess.Popen(
        [sys.executable, "-m", "kedro", "markets", *arguments],
        cwd=market.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answered(market: Market, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run it; return the exit code, each market's answer, and what was said meanwhile."""
    with start(market, "--json", *arguments) as process:
        said, progress = process.communicate(timeout=300)
    answer = json.loads(said)
    assert "Traceback" not in said + progress
    return process.returncode, {each["environment"]: each for each in answer["markets"]}, progress


def in_production(market: Market, project: str) -> dict[str, str]:
    """What is in production in a project of the local store: aliases of price_model, versions."""
    store = market.path / ".wandb" / project / "store.db"
    with contextlib.closing(sqlite3.connect(store)) as db:
        rows = db.execute(
            "SELECT alias, 'v' || number FROM aliases JOIN artifacts"
            " ON artifacts.id = aliases.artifact_id JOIN versions ON versions.id = version_id"
            " WHERE artifacts.name = 'price_model'"
        )
        return dict(rows.fetchall())


def alive(market: Market) -> list[str]:
    """The processes that are at work in a project."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(market.path) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until something is so, as long as the command runs."""
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@contextlib.contextmanager
def held(process: subprocess.Popen[str]) -> Iterator[None]:
    """Let the cities' processes do nothing meanwhile, however long it takes."""
    cities = psutil.Process(process.pid).children()
    for city in cities:
        city.suspend()
    try:
        yield
    finally:
        for city in cities:
            city.resume()


def test_a_broken_drop_of_one_city_does_not_stop_the_other(
    cities: Market, second_week: Any
) -> None:
    """Told with where to look; once it is mended, the same command does what is left."""
    broken = paris_drops(cities) / f"{DAYS[0]}.csv"
    broken.write_text("<html>Not found</html>\n")
    with start(cities, "--jobs", "2") as process:
        said, progress = process.communicate(timeout=300)
    assert process.returncode == PERSON, said + progress
    table, problem, end = said.split("\n\n")
    _, base, paris = (" ".join(line.split()) for line in table.splitlines())
    decision = cities.report("release_decision")
    mae = decision["candidate"]["test"]["mae"]
    assert base.startswith(f"base released {mae:.2f} USD 5,200 ")
    assert base.endswith(" data/08_reporting")
    assert paris.startswith("paris needs a person ")
    assert paris.endswith(" data/paris/08_reporting")
    assert f"{DAYS[0]}.csv, line 1: column 'id' is missing" in " ".join(problem.split())
    assert "  See data/paris/08_reporting/weekly_summary.html" in problem
    assert end.startswith("2 markets: 1 released, 1 needs a person.\nLogs: data/_markets/")
    assert max(len(line) for line in said.splitlines()) <= 80
    assert "Traceback" not in said + progress
    # New York has nothing of Paris: all of its files are as if it had been alone.
    outputs = cities.project.outputs()
    own = {name: each for name, each in outputs.items() if name[0].isdigit()}
    assert own == second_week[0].project.outputs()

    deliver_paris(cities)
    code, markets, _ = answered(cities)
    assert code == DONE
    base, paris = markets["base"], markets["paris"]
    assert (base["outcome"], paris["outcome"]) == ("nothing_new", "released")
    assert (paris["market"], paris["currency"], paris["rows"]) == ("Paris", "EUR", 1600)
    assert paris["page"] == str(cities.path / "data/paris/08_reporting/weekly_summary.html")
    log = cities.path / paris["log"]
    assert "kedro weekly: modeling → release" in log.read_text(encoding="utf-8")
    assert in_production(cities, "rental_pricing")["prod"] == "v1"
    assert in_production(cities, "rental_pricing-paris") == {"latest": "v0", "prod": "v0"}


def test_it_is_stopped_and_goes_on_while_nobody_else_can_begin(
    cities: Market, second_week: Any
) -> None:
    """The second start is told of each city's lock; SIGTERM ends all processes in order."""
    deliver_paris(cities)
    weeks = {"data": DAYS[1], "data/paris": DAYS[0]}

    def under_way() -> bool:
        """Both cities have done the first session of this week, and are in the next."""
        for folder, day in weeks.items():
            record = cities.path / folder / "08_reporting/weekly_record.json"
            begun = json.loads(record.read_text())["begun"] if record.exists() else None
            if begun is None or begun["fingerprint"]["as_of"] != day or not begun["ended"]:
                return False
        return True

    with start(cities, "--jobs", "2", "--json") as process:
        wait_for(under_way, process)
        with held(process):
            code, markets, _ = answered(cities)
        process.send_signal(signal.SIGTERM)
        said, progress = process.communicate(timeout=60)
    assert code == FAILED
    assert {each["outcome"] for each in markets.values()} == {"busy"}
    for each in markets.values():
        assert "One run at a time:" in each["told"]
        assert "'kedro weekly'" in each["told"]
    assert process.returncode == 128 + signal.SIGTERM, progress
    stopped = json.loads(said)["markets"]
    assert [each["outcome"] for each in stopped] == ["interrupted", "interrupted"]
    deadline = time.monotonic() + 20  # the trackers close what is open
    while alive(cities) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive(cities) == []

    code, markets, _ = answered(cities)
    assert code == DONE
    assert {each["outcome"] for each in markets.values()} == {"released"}
    for each in markets.values():
        log = (cities.path / each["log"]).read_text(encoding="utf-8")
        assert "data_processing → data_validation" in log
        assert " is done" in log
    outputs = cities.project.outputs()
    own = {name: each for name, each in outputs.items() if name[0].isdigit()}
    assert own == second_week[0].project.outputs()


def test_a_city_of_which_another_run_is_at_work_is_passed(first: Market) -> None:
    """By its lock; the other is done. A dry run needs no lock."""
    script = (
        "import sys; from filelock import FileLock\n"
        "lock = FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    add_paris(first)
    deliver_paris(first)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(first.path / "data/paris/.run.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        other.stdout.readline()
        code, markets, progress = answered(first)
        assert (code, markets["base"]["outcome"]) == (FAILED, "nothing_new")
        assert (markets["paris"]["outcome"], "paris: busy" in progress) == ("busy", True)
        code, markets, progress = answered(first, "--dry-run", "--params", "modeling.seed=7")
        assert code == DONE
        assert {each["outcome"] for each in markets.values()} == {"planned"}
        assert "the configuration changed" in markets["base"]["changes"]
        assert "paris: would run" in progress
        other.communicate(b"\n")


def test_each_city_has_a_project_on_the_server(
    new_market: Any, tmp_path: Path, wandb_server: Any
) -> None:
    """Named after it without anybody's saying, with what is in production there."""
    market = add_paris(new_market(tmp_path / "project"))
    (market.path / "conf/local/wandb.yml").unlink()
    (market.path / "conf/paris/wandb.yml").unlink()
    market.deliver(DAYS[0])
    deliver_paris(market)
    code, markets, _ = answered(market)
    assert code == DONE
    assert {each["outcome"] for each in markets.values()} == {"released"}
    projects = {home.name: home for home in wandb_server.state.projects.values()}
    assert set(projects) == {"rental_pricing", "rental_pricing-paris"}
    digests = set()
    for home in projects.values():
        (models,) = [each for each in home.collections.values() if each.name == "price_model"]
        digests.add(models.aliases["prod"].digest)
    assert len(digests) == 2

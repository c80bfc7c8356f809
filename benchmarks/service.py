"""Speed and memory of the service, over HTTP, as one client after another sees it.

Run from anywhere::

    python benchmarks/service.py [--quick] [--project FOLDER]

A model is trained from the committed drops, and released, in a project folder of its own; or a
folder is named that has one in production. Then ``kedro serve`` is started, and asked by one
client on one connection: single listings, the same with five similar ones and explanations, and
batches of a thousand. CPU times are the service's own: on a machine with other work they say
more than the clock.

Exit status: 0 if all targets are met, 1 if not.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.processes import clean_environment
from shared.projects import COMMITTED, make_trained
from shared.results import Section, Table, Target, close, options, parse

MAX_P50_MS, MAX_P99_MS, MAX_ALL_MS = 12, 35, 40
"""Of one estimate; of one with similar listings and contributions (median)."""

BATCH, MIN_RATE = 1000, 5_000
"""Listings of a batch, and least of them a second."""

MAX_START_S, MAX_MEMORY_MB = 5.0, 500
"""From the command to the first price; highest resident size, 10**6 bytes."""

SINGLES, BATCHES, WARM = 300, 12, 30
QUICK_SINGLES, QUICK_BATCHES = 100, 2
ONE, ALL = "one listing", "one, with similar ones and contributions"
MANY = f"{BATCH:,} listings at once"

_TICKS = os.sysconf("SC_CLK_TCK")
_WHOLE = {
    "id",
    "minimum_nights",
    "number_of_reviews",
    "calculated_host_listings_count",
    "availability_365",
}
_DECIMAL = {"latitude", "longitude", "reviews_per_month"}
_LEFT_OUT = {"host_id", "host_name", "price"}


@dataclass(frozen=True)
class Times:
    """What requests took.

    Attributes:
        milliseconds: Of each, on the clock.
        cpu: Of the service, mean milliseconds of each.
    """

    milliseconds: list[float]
    cpu: float

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.milliseconds)

    @property
    def p99(self) -> float:
        """What one in a hundred is longer than."""
        return statistics.quantiles(self.milliseconds, n=100)[98]


class Service:
    """``kedro serve`` in a process of its own."""

    def __init__(self, project: Path) -> None:
        """Start it, and wait for its first model."""
        start = time.perf_counter()
        with (project / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kedro", "serve", "--port", "0"],
                cwd=project,
                env=clean_environment(project),
                stdout=log,
                stderr=log,
            )
        said = project / "serve.log"
        while (found := re.search(r"http://([^:]+):(\d+)", said.read_text())) is None:
            if self.process.poll() is not None:
                raise RuntimeError(said.read_text())
            time.sleep(0.02)
        self.connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=120)
        while self._ask("GET", "/ready")[0] != http.HTTPStatus.OK:
            time.sleep(0.02)
        self.start_seconds = time.perf_counter() - start

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def timed(self, bodies: list[bytes]) -> Times:
        """Ask for estimates, one after another.

        Raises:
            RuntimeError: One is refused.
        """
        spent, before = [], self.cpu_seconds()
        for body in bodies:
            start = time.perf_counter()
            status, content = self._ask("POST", "/estimates", body)
            spent.append(1000 * (time.perf_counter() - start))
            if status != http.HTTPStatus.OK:
                raise RuntimeError(content.decode())
        return Times(spent, 1000 * (self.cpu_seconds() - before) / len(bodies))

    def cpu_seconds(self) -> float:
        """Return what the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """Return its highest resident size so far, in 10**6 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 / 1e6 if found else float("nan")

    def end(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def read_listings(drop: Path, rows: int) -> list[dict[str, Any]]:
    """Return the first rows of a drop as the service takes them."""
    opened = gzip.open if drop.suffix == ".gz" else open
    with opened(drop, "rt", encoding="utf-8", newline="") as file:
        records = [record for record, _ in zip(csv.DictReader(file), range(rows), strict=False)]
    return [
        {name: _read(name, text) for name, text in record.items() if name not in _LEFT_OUT}
        for record in records
    ]


def _read(name: str, text: str) -> Any:
    if not text:
        return None
    if name in _WHOLE:
        return int(text)
    return float(text) if name in _DECIMAL else text


@contextlib.contextmanager
def _project(given: argparse.Namespace) -> Iterator[Path]:
    if given.project:
        yield given.project.resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield make_trained(Path(folder, "project"), COMMITTED)


def main(arguments: list[str]) -> int:
    """Measure, and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--project", type=Path, help="that has a model in production")
    given = parse(parser, arguments)
    singles, batches = (QUICK_SINGLES, QUICK_BATCHES) if given.quick else (SINGLES, BATCHES)
    listings = read_listings(max(COMMITTED.glob("*.csv*")), BATCH)

    def bodies(number: int, **asked: Any) -> list[bytes]:
        some = (listings[n % len(listings)] for n in range(number))
        return [json.dumps({"listings": [each], **asked}).encode() for each in some]

    everything: dict[str, Any] = {"similar": 5, "explain": True}
    batch = json.dumps({"listings": listings}).encode()
    with _project(given) as project:
        service = Service(project)
        try:
            for warm in (bodies(WARM), bodies(WARM, **everything), [batch]):
                service.timed(warm)
            times = {
                ONE: service.timed(bodies(singles)),
                ALL: service.timed(bodies(singles, **everything)),
                MANY: service.timed([batch] * batches),
            }
            memory, start = service.memory(), service.start_seconds
        finally:
            service.end()
    return close(section(times, start, memory), given)


def section(times: dict[str, Times], start: float, memory: float) -> Section:
    """Return the results."""
    one, everything = times[ONE], times[ALL]
    rate = 1000 * BATCH / times[MANY].p50
    rows = [
        [
            name,
            f"{each.p50 / one.p50:.1f}",
            f"{each.p50:.1f}",
            f"{each.p99:.1f}",
            f"{each.cpu:.1f}",
        ]
        for name, each in times.items()
    ]
    about = (
        "`kedro serve` with the model of the committed drops, asked over HTTP by one client, one "
        "request after another; CPU time is the service's own."
    )
    head = ["request", "of one", "p50, ms", "p99, ms", "CPU, ms"]
    notes = [f"Ready {start:.1f} s after the command, {memory:.0f} MB at most."]
    targets = [
        Target("one estimate, p50", one.p50, MAX_P50_MS, "ms"),
        Target("one estimate, p99", one.p99, MAX_P99_MS, "ms"),
        Target("with all, p50", everything.p50, MAX_ALL_MS, "ms"),
        Target("rows a second in batches", rate, MIN_RATE, "", is_least=True),
        Target("ready after", start, MAX_START_S, "s"),
        Target("memory", memory, MAX_MEMORY_MB, "MB"),
    ]
    return Section("The service", about, [Table("Latency:", head, rows)], targets, notes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
